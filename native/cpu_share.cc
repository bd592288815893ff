#include "cpu_share.h"

#include <algorithm>

namespace quince {
namespace {

constexpr uint64_t kLookNs = 250'000'000;
// Of a quota: where thinning begins and ends, and what every process keeps.
constexpr uint32_t kMost = 4096;
constexpr uint32_t kLeast = 8;
// One look may halve it or give a quarter back; between the two it rests.
constexpr double kHalf = 0.5;
constexpr double kBack = 1.25;
constexpr double kClearlyLess = 0.75;

}  // namespace

uint32_t CpuShare::quota(uint64_t now_ns, uint64_t used_ns) {
  if (looked_ns_ == 0) {
    looked_ns_ = now_ns;
    used_before_ns_ = used_ns;
  }
  if (now_ns - looked_ns_ < kLookNs) return quota_;
  used_ = static_cast<double>(used_ns - used_before_ns_) / static_cast<double>(now_ns - looked_ns_);
  looked_ns_ = now_ns;
  used_before_ns_ = used_ns;
  const double quota = quota_ == 0 ? kMost : quota_;
  if (used_ > share_) {
    quota_ = std::max(kLeast, static_cast<uint32_t>(quota * std::max(kHalf, share_ / used_)));
  } else if (quota_ != 0 && used_ < kClearlyLess * share_) {
    quota_ = static_cast<uint32_t>(quota * kBack) + 1;
    if (quota_ > kMost) quota_ = 0;
  }
  return quota_;
}

}  // namespace quince
