// How far the sensor has to thin to stay within a share of a CPU.
#pragma once
#include <cstdint>

namespace quince {

/// Sets the quota of events that a process may have, of one kind, in a tenth of a second (thin.bpf.h): less when the sensor used
/// more than its share since the last look, more when it used clearly less, none when nobody comes near it. What is counted is
/// the reader's time and what events take in the kernel from their beginning to their hand-over; not what looking at calls without a row takes.
class CpuShare {
 public:
  /// `share` of one CPU, above 0.
  explicit CpuShare(double share) : share_(share) {}

  /// The quota from now on, 0 for none. `used_ns`: CPU time since the start. Looks at most every 250 ms.
  uint32_t quota(uint64_t now_ns, uint64_t used_ns);

  /// As of the last look.
  double used() const { return used_; }

 private:
  double share_;
  double used_ = 0;
  uint32_t quota_ = 0;
  uint64_t looked_ns_ = 0;
  uint64_t used_before_ns_ = 0;
};

}  // namespace quince
