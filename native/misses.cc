#include "misses.h"

#include <bpf/bpf.h>

namespace quince {
namespace {

constexpr uint64_t kEveryNs = 1'000'000'000;

}  // namespace

void Misses::open(const KernelSide& kernel) {
  const bpf_map* map = kernel.map("misses");
  map_ = bpf_map__fd(map);
  value_bytes_ = bpf_map__value_size(map);
}

void Misses::take(uint64_t now_ns, bool last, const std::function<void(const std::vector<uint64_t>&)>& give) {
  if (!last && now_ns - taken_ns_ < kEveryNs) return;
  taken_ns_ = now_ns;
  std::vector<uint64_t> event(value_bytes_ / 8);
  auto& miss = *reinterpret_cast<q_exec_failed*>(event.data());
  for (const uint32_t thread : threads()) {
    if (bpf_map_lookup_elem(map_, &thread, event.data()) != 0) continue;
    if (!last && miss.head.boot_ns + Q_MISSES_READERS_NS > now_ns) continue;
    if (bpf_map_delete_elem(map_, &thread) != 0) continue;
    miss.head.boot_ns = now_ns;
    give(event);
  }
}

// One that goes while it is stepped over starts the walk anew, so some are met twice.
std::vector<uint32_t> Misses::threads() const {
  std::vector<uint32_t> threads;
  uint32_t thread;
  for (const uint32_t* at = nullptr; threads.size() < 2 * Q_MISSES && bpf_map_get_next_key(map_, at, &thread) == 0; at = &threads.back()) {
    threads.push_back(thread);
  }
  return threads;
}

}  // namespace quince
