// Tests of the order in which the drain gives events out, on rings in plain memory. Prints "ok" or the first failure;
// run by test/perf-units.test.ts.
#include "../drain.h"

#include <linux/perf_event.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "../ring_walk.h"
#include "check.h"

using namespace quince;

namespace {

constexpr uint64_t kMs = 1'000'000;

/// The ring of one CPU, written as the kernel does.
struct TestRing {
  void write(uint64_t boot_ns) {
    q_exit event = {};
    event.head.boot_ns = boot_ns;
    event.head.kind = Q_EXIT;
    const uint32_t length = sizeof event + 4;
    const RecordHeader header = {kRecordSample, 0, sizeof header + sizeof length + length};
    static_assert((sizeof header + sizeof length + sizeof event + 4) % 8 == 0);
    uint8_t* at = bytes + control.data_head;
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + sizeof header, &length, sizeof length);
    std::memcpy(at + sizeof header + sizeof length, &event, sizeof event);
    control.data_head += header.size;
  }
  Ring ring(uint16_t cpu) { return {&control, bytes, sizeof bytes, cpu}; }

  perf_event_mmap_page control = {};
  uint8_t bytes[4096] = {};
};

/// False when the machine took the CPU away in between, so that nothing was shown. A program on one CPU has read its clock and not yet written its record when the other CPU's younger event is there.
bool a_program_held_up_for_a_moment_is_not_late() {
  const auto first = std::make_unique<TestRing>(), second = std::make_unique<TestRing>();
  const std::vector<Ring> rings = {first->ring(0), second->ring(1)};
  Drain drain(rings);
  const uint64_t now = boot_clock_ns();
  first->write(now);
  const size_t early = drain.take(false).size();
  const bool in_time = boot_clock_ns() - now < 4 * kMs;
  second->write(now - 1 * kMs);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::vector<Event>& events = drain.take(false);
  if (!in_time) return false;
  CHECK(early == 0);
  CHECK(events.size() == 2);
  CHECK(events[0].cpu == 1 && events[0].boot_ns == now - 1 * kMs);
  CHECK(events[1].cpu == 0 && events[1].boot_ns == now);
  CHECK(drain.late() == 0);
  return true;
}

void what_comes_later_still_is_counted() {
  const auto first = std::make_unique<TestRing>(), second = std::make_unique<TestRing>();
  const std::vector<Ring> rings = {first->ring(0), second->ring(1)};
  Drain drain(rings);
  const uint64_t now = boot_clock_ns();
  first->write(now - 100 * kMs);
  CHECK(drain.take(false).size() == 1);
  CHECK(drain.watermark_ns() >= now - 100 * kMs && drain.watermark_ns() < boot_clock_ns());
  second->write(now - 200 * kMs);
  CHECK(drain.take(false).size() == 1);
  CHECK(drain.late() == 1);
}

void the_last_drain_holds_nothing_back() {
  const auto ring = std::make_unique<TestRing>();
  const std::vector<Ring> rings = {ring->ring(0)};
  Drain drain(rings);
  ring->write(boot_clock_ns());
  CHECK(drain.take(true).size() == 1);
}

}  // namespace

int main() {
  int shown = 0;
  for (int i = 0; i < 20; i++) shown += a_program_held_up_for_a_moment_is_not_late();
  CHECK(shown > 0);
  what_comes_later_still_is_counted();
  the_last_drain_holds_nothing_back();
  std::puts("ok");
}
