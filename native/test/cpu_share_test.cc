// Tests of the quota under a CPU share. Prints "ok" or the first failure; run by test/perf-units.test.ts.
#include "../cpu_share.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "check.h"

using namespace quince;

namespace {

constexpr uint64_t kStepNs = 300'000'000;

// A process that makes `rate` events a second which cost 2 µs each, thinned as the quota says; the share used over the last ten looks.
double share_used(CpuShare& share, double rate, int looks, uint64_t& now_ns, double& used_ns, uint32_t& quota) {
  double late = 0;
  for (int i = 0; i < looks; i++) {
    const double kept = quota == 0 ? rate : std::min(rate, quota * 10.0);
    const double step_s = kStepNs / 1e9;
    used_ns += kept * step_s * 2000;
    if (i >= looks - 10) late += kept * 2e-6 / 10;
    now_ns += kStepNs;
    quota = share.quota(now_ns, static_cast<uint64_t>(used_ns));
  }
  return late;
}

void stays_within_its_share_and_lets_go() {
  for (const double limit : {0.005, 0.02, 0.1}) {
    CpuShare share(limit);
    uint64_t now_ns = 1;
    double used_ns = 0;
    uint32_t quota = share.quota(now_ns, 0);
    CHECK(quota == 0);
    CHECK(std::abs(share_used(share, limit / 4e-6, 40, now_ns, used_ns, quota) - limit / 2) < 1e-9 && quota == 0);
    const double flooded = share_used(share, 500'000, 60, now_ns, used_ns, quota);
    CHECK(flooded < 1.1 * limit);
    CHECK(flooded > 0.6 * limit);
    share_used(share, 10, 60, now_ns, used_ns, quota);
    CHECK(quota == 0);
  }
}

void keeps_a_least_for_everybody() {
  CpuShare share(1e-6);
  uint64_t now_ns = 1;
  double used_ns = 0;
  uint32_t quota = share.quota(now_ns, 0);
  share_used(share, 1e6, 60, now_ns, used_ns, quota);
  CHECK(quota == 8);
}

}  // namespace

int main() {
  stays_within_its_share_and_lets_go();
  keeps_a_least_for_everybody();
  std::puts("ok");
}
