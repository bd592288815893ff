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

uint32_t CpuShare::quota(uint64_t now_ns, const Use& use) {
  if (looked_ns_ == 0) {
    looked_ns_ = now_ns;
    before_ = use;
  }
  if (now_ns - looked_ns_ < kLookNs) return quota_;
  used_ = static_cast<double>(use.cpu_ns - before_.cpu_ns) / static_cast<double>(now_ns - looked_ns_);
  const uint64_t events = use.events - before_.events, fixed = use.fixed - before_.fixed;
  const double thinnable = events == 0 ? 0 : used_ * static_cast<double>(events - fixed) / static_cast<double>(events);
  looked_ns_ = now_ns;
  before_ = use;
  const double quota = quota_ == 0 ? kMost : quota_;
  if (thinnable > share_) {
    quota_ = std::max(kLeast, static_cast<uint32_t>(quota * std::max(kHalf, share_ / thinnable)));
  } else if (quota_ != 0 && thinnable < kClearlyLess * share_) {
    quota_ = static_cast<uint32_t>(quota * kBack) + 1;
    if (quota_ > kMost) quota_ = 0;
  }
  return quota_;
}

}  // namespace quince
