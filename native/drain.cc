#include "drain.h"

#include <linux/perf_event.h>

#include <algorithm>
#include <ctime>

#include "ring_walk.h"

namespace quince {
namespace {

// Far more than a program takes (some µs), so that one held up by an interrupt or a hypervisor is not late.
constexpr uint64_t kHoldNs = 5'000'000;

}  // namespace

uint64_t boot_clock_ns() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

uint8_t* Drain::append(uint32_t length, uint64_t& offset) {
  offset = bytes_.size();
  bytes_.resize(offset + (length + 7) / 8);
  return reinterpret_cast<uint8_t*>(bytes_.data() + offset);
}

void Drain::read_ring(const Ring& ring) {
  auto* control = static_cast<perf_event_mmap_page*>(ring.control);
  const uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
  RingWalk walk(ring.data, ring.size, control->data_tail, head);
  for (Walk step = walk.next(); step != Walk::kEnd; step = walk.next()) {
    if (step == Walk::kOther) continue;
    if (step == Walk::kBroken) {
      undecodable_++;
      break;
    }
    if (walk.length() < sizeof(q_head)) {
      undecodable_++;
      continue;
    }
    Held held = {0, 0, walk.length(), ring.cpu};
    uint8_t* bytes = append(walk.length(), held.offset);
    walk.copy_sample(bytes);
    held.boot_ns = reinterpret_cast<const q_head*>(bytes)->boot_ns;
    held_.push_back(held);
  }
  __atomic_store_n(&control->data_tail, head, __ATOMIC_RELEASE);
}

void Drain::add(const std::vector<uint64_t>& bytes) {
  const auto boot_ns = reinterpret_cast<const q_head*>(bytes.data())->boot_ns;
  Held held = {boot_ns, 0, static_cast<uint32_t>(bytes.size() * 8), 0};
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<uint64_t*>(append(held.length, held.offset)));
  held_.push_back(held);
}

const std::vector<Event>& Drain::take(bool last) {
  // What the last call gave out is no longer needed; what it held back moves to the front.
  spare_.clear();
  for (Held& held : held_) {
    const auto from = bytes_.begin() + static_cast<int64_t>(held.offset);
    held.offset = spare_.size();
    spare_.insert(spare_.end(), from, from + (held.length + 7) / 8);
  }
  bytes_.swap(spare_);

  const uint64_t now = boot_clock_ns();
  for (const Ring& ring : rings_) read_ring(ring);
  std::stable_sort(held_.begin(), held_.end(), [](const Held& a, const Held& b) { return a.boot_ns < b.boot_ns; });

  const uint64_t until = last ? UINT64_MAX : now - kHoldNs;
  out_.clear();
  size_t n = 0;
  for (; n < held_.size() && held_[n].boot_ns <= until; n++) {
    const Held& held = held_[n];
    if (held.boot_ns < watermark_ns_) late_++;
    out_.push_back({held.boot_ns, reinterpret_cast<const uint8_t*>(bytes_.data() + held.offset), held.length, held.cpu});
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<int64_t>(n));
  watermark_ns_ = std::max(watermark_ns_, last ? now : until);
  return out_;
}

}  // namespace quince
