// Takes the events out of all rings in the order of their boot time.
#pragma once
#include <cstdint>
#include <vector>

#include "events.h"
#include "kernel_side.h"

namespace quince {

/// An event's bytes; valid until the next drain.
struct Event {
  uint64_t boot_ns;
  const uint8_t* bytes;
  uint32_t length;
  uint16_t cpu;
};

/// Each ring is nearly in order, the rings against each other are not. So: read the clock, take everything up to the
/// heads as they are then, sort, and give out what is older than the clock less the time a program needs between reading its
/// clock and writing its record. The rest waits for the next drain.
class Drain {
 public:
  explicit Drain(const std::vector<Ring>& rings) : rings_(rings) {}

  /// Lets in an event that came by another way; `bytes` begin with its head.
  void add(const std::vector<uint64_t>& bytes);

  /// Sorted events up to the returned watermark. `last` gives out everything. O(n log n).
  const std::vector<Event>& take(bool last);

  /// Events given out so far are not younger than this, and later ones not older, except `late()` ones.
  uint64_t watermark_ns() const { return watermark_ns_; }
  /// Ring contents that could not be decoded.
  uint64_t undecodable() const { return undecodable_; }
  /// Events that came after a younger one had been given out.
  uint64_t late() const { return late_; }

 private:
  struct Held {
    uint64_t boot_ns;
    uint64_t offset;
    uint32_t length;
    uint16_t cpu;
  };

  void read_ring(const Ring& ring);
  uint8_t* append(uint32_t length, uint64_t& offset);

  const std::vector<Ring>& rings_;
  /// Bytes of the held events, each at a multiple of 8.
  std::vector<uint64_t> bytes_;
  std::vector<uint64_t> spare_;
  std::vector<Held> held_;
  std::vector<Event> out_;
  uint64_t watermark_ns_ = 0;
  uint64_t undecodable_ = 0;
  uint64_t late_ = 0;
};

uint64_t boot_clock_ns();

}  // namespace quince
