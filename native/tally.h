// What the kernel side counts instead of telling it one by one (tally.bpf.h): takes the counts and makes events of them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernel_side.h"

namespace quince {

class Tally {
 public:
  /// `period_ns`: how long is counted before it is told.
  Tally(std::string name, uint64_t period_ns) : name_(std::move(name)), period_ns_(period_ns) {}

  /// To be called once after loading.
  void open(const KernelSide& kernel);

  /// Gives out an event for each kind of thing counted, when a period is over. Waits for the programs that still count (some
  /// 10 ms) when there is something. `last`: no program runs any more; what is left is given out.
  /// The event's bytes are the callee's until it returns.
  void take(uint64_t now_ns, bool last, const std::function<void(const std::vector<uint64_t>&)>& give);

 private:
  bool turn();
  void empty(int table, uint64_t now_ns, const std::function<void(const std::vector<uint64_t>&)>& give);

  std::string name_;
  uint64_t period_ns_;
  uint64_t taken_ns_ = 0;
  int outer_ = -1;
  int tables_[2] = {-1, -1};
  int current_ = 0;
  uint32_t key_bytes_ = 0, value_bytes_ = 0;
};

}  // namespace quince
