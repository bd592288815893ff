// Tests of the order in which the drain gives events out, on rings in plain memory. Prints "ok" or the first failure;
// run by test/perf-units.test.ts.
#include "../drain.h"

#include <chrono>
#include <memory>
#include <thread>

#include "check.h"
#include "test_ring.h"

using namespace quince;

namespace {

constexpr uint64_t kMs = 1'000'000;

/// The ring of one CPU.
struct CpuRing : TestRing {
  CpuRing() : TestRing(4096) {}
  void write(uint64_t boot_ns) {
    q_exit event = {};
    event.head.boot_ns = boot_ns;
    event.head.kind = Q_EXIT;
    sample({reinterpret_cast<const char*>(&event), sizeof event});
  }
  Ring ring(uint16_t cpu) { return {&control, bytes.data(), bytes.size(), cpu}; }
};

/// False when the machine took the CPU away in between, so that nothing was shown. A program on one CPU has read its clock and not yet written its record when the other CPU's younger event is there.
bool a_program_held_up_for_a_moment_is_not_late() {
  const auto first = std::make_unique<CpuRing>(), second = std::make_unique<CpuRing>();
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
  const auto first = std::make_unique<CpuRing>(), second = std::make_unique<CpuRing>();
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
  const auto ring = std::make_unique<CpuRing>();
  const std::vector<Ring> rings = {ring->ring(0)};
  Drain drain(rings);
  ring->write(boot_clock_ns());
  CHECK(drain.take(true).size() == 1);
}

void a_sample_shorter_than_any_event_is_counted_and_costs_no_other() {
  const auto ring = std::make_unique<CpuRing>();
  const std::vector<Ring> rings = {ring->ring(0)};
  Drain drain(rings);
  const uint64_t now = boot_clock_ns();
  ring->write(now - 2);
  for (size_t n = 0; n < sizeof(q_head); n += 5) ring->sample(std::string(n, 'x'));
  ring->lost(3);
  ring->write(now - 1);
  const std::vector<Event>& events = drain.take(true);
  CHECK(events.size() == 2 && events[0].boot_ns == now - 2 && events[1].boot_ns == now - 1);
  CHECK(drain.undecodable() == (sizeof(q_head) + 4) / 5);
  CHECK(ring->tail() == ring->head());
}

void a_broken_ring_is_given_up_once_and_read_on() {
  const auto broken = std::make_unique<CpuRing>(), good = std::make_unique<CpuRing>();
  const std::vector<Ring> rings = {broken->ring(0), good->ring(1)};
  Drain drain(rings);
  const uint64_t now = boot_clock_ns();
  broken->write(now - 5);
  broken->header(kRecordSample, 4);
  broken->write(now - 4);
  good->write(now - 3);
  const std::vector<Event>& events = drain.take(true);
  CHECK(events.size() == 2 && events[0].boot_ns == now - 5 && events[1].boot_ns == now - 3);
  CHECK(drain.undecodable() == 1);
  // A head that jumped over more than the ring holds: nothing there can be trusted, what comes after can.
  broken->control.data_head += 8192;
  CHECK(drain.take(true).empty());
  CHECK(drain.undecodable() == 2);
  broken->write(now - 1);
  CHECK(drain.take(true).size() == 1);
  CHECK(drain.undecodable() == 2);
}

}  // namespace

int main() {
  int shown = 0;
  for (int i = 0; i < 20; i++) shown += a_program_held_up_for_a_moment_is_not_late();
  CHECK(shown > 0);
  what_comes_later_still_is_counted();
  the_last_drain_holds_nothing_back();
  a_sample_shorter_than_any_event_is_counted_and_costs_no_other();
  a_broken_ring_is_given_up_once_and_read_on();
  std::puts("ok");
}
