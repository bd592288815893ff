// How far the sensor has to thin to stay within a share of a CPU.
#pragma once
#include <cstdint>

namespace quince {

/// Sets the quota of events that a process may have, of one kind, in a tenth of a second (thin.bpf.h): less when the sensor used
/// more than its share since the last look, more when it used clearly less, none when nobody comes near it. What is counted is
/// the reader's time and what events take in the kernel from their beginning to their hand-over; not what looking at calls without a row takes,
/// and of the whole the part of the events that are never thinned (forks, execs, exits), by their number: no quota would lower it.
class CpuShare {
 public:
  /// `share` of one CPU, above 0.
  explicit CpuShare(double share) : share_(share) {}

  /// Since the start: CPU time, events delivered, and how many of them are never thinned.
  struct Use {
    uint64_t cpu_ns = 0, events = 0, fixed = 0;
  };
  /// The quota from now on, 0 for none. Looks at most every 250 ms.
  uint32_t quota(uint64_t now_ns, const Use& use);

  /// As of the last look.
  double used() const { return used_; }

 private:
  double share_;
  double used_ = 0;
  uint32_t quota_ = 0;
  uint64_t looked_ns_ = 0;
  Use before_;
};

}  // namespace quince
