#include "tally.h"

#include <bpf/bpf.h>

#include <cerrno>

namespace quince {
namespace {

constexpr uint32_t kBatch = 512;

// The first's event becomes that of those counted since.
void complete(std::vector<uint64_t>& event, const q_sum& sum, uint64_t now_ns) {
  auto& head = *reinterpret_cast<q_head*>(event.data());
  head.boot_ns = now_ns;
  if (head.kind == Q_SEND || head.kind == Q_RECV) {
    auto& e = *reinterpret_cast<q_net*>(event.data());
    e.count = sum.count;
    e.duration_ns = now_ns - sum.first_ns;
    (head.kind == Q_SEND ? e.bytes_out : e.bytes_in) = sum.bytes;
  } else {
    auto& e = *reinterpret_cast<q_unix*>(event.data());
    e.count = sum.count;
    e.duration_ns = now_ns - sum.first_ns;
  }
}

}  // namespace

void Tally::open(const KernelSide& kernel) {
  outer_ = bpf_map__fd(kernel.map(name_));
  for (int i = 0; i < 2; i++) {
    const bpf_map* table = kernel.map(name_ + "_" + std::to_string(i));
    tables_[i] = bpf_map__fd(table);
    key_bytes_ = bpf_map__key_size(table);
    value_bytes_ = bpf_map__value_size(table);
  }
}

void Tally::take(uint64_t now_ns, bool last, const std::function<void(const std::vector<uint64_t>&)>& give) {
  if (!last && now_ns - taken_ns_ < period_ns_) return;
  taken_ns_ = now_ns;
  std::vector<uint8_t> key(key_bytes_);
  const int table = tables_[current_];
  if (bpf_map_get_next_key(table, nullptr, key.data()) != 0) return;
  if (last || turn()) empty(table, now_ns, give);
}

// The kernel answers when every program that could still hold the table before has ended (maybe_wait_bpf_programs).
bool Tally::turn() {
  const uint32_t zero = 0;
  if (bpf_map_update_elem(outer_, &zero, &tables_[1 - current_], BPF_ANY) != 0) return false;
  current_ = 1 - current_;
  return true;
}

void Tally::empty(int table, uint64_t now_ns, const std::function<void(const std::vector<uint64_t>&)>& give) {
  uint32_t size = kBatch, at = 0;
  bool first = true;
  for (bool more = true; more;) {
    std::vector<uint8_t> keys(size_t{size} * key_bytes_), values(size_t{size} * value_bytes_);
    uint32_t count = size;
    const int err = bpf_map_lookup_and_delete_batch(table, first ? nullptr : &at, &at, keys.data(), values.data(), &count, nullptr);
    // A bucket that holds more than asked for.
    if (err == -ENOSPC) {
      size *= 2;
      continue;
    }
    if (err != 0 && err != -ENOENT) return;
    more = err == 0;
    first = false;
    for (uint32_t i = 0; i < count; i++) {
      const auto* sum = reinterpret_cast<const q_sum*>(values.data() + size_t{i} * value_bytes_);
      if (sum->count == 0) continue;
      const auto* from = reinterpret_cast<const uint64_t*>(sum + 1);
      std::vector<uint64_t> event(from, from + (value_bytes_ - sizeof *sum) / 8);
      complete(event, *sum, now_ns);
      give(event);
    }
  }
}

}  // namespace quince
