// Failed execs that the kernel side has collected (exec_failed.bpf.h) and that their threads will not touch any more.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "kernel_side.h"

namespace quince {

class Misses {
 public:
  /// To be called once after loading.
  void open(const KernelSide& kernel);

  /// Takes out those that are the reader's, once a second, and gives the event of each. `last`: no program runs any more; all are taken.
  void take(uint64_t now_ns, bool last, const std::function<void(const std::vector<uint64_t>&)>& give);

 private:
  std::vector<uint32_t> threads() const;

  int map_ = -1;
  uint32_t value_bytes_ = 0;
  uint64_t taken_ns_ = 0;
};

}  // namespace quince
