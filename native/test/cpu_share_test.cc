// Tests of the quota under a CPU share. Prints "ok" or the first failure; run by test/perf-units.test.ts.
#include "../cpu_share.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "check.h"

using namespace quince;

namespace {

constexpr uint64_t kStepNs = 300'000'000;

/// A process that makes `rate` events a second which are thinned as the quota says, beside `forks` that are not; 2 µs each.
struct Host {
  CpuShare share;
  uint64_t now_ns = 1;
  CpuShare::Use use;
  uint32_t quota = 0;

  explicit Host(double limit) : share(limit) { share.quota(now_ns, use); }

  /// The share that the process's events used over the last ten looks.
  double run(double rate, double forks = 0) {
    double late = 0;
    for (int i = 0; i < 60; i++) {
      const double kept = quota == 0 ? rate : std::min(rate, quota * 10.0);
      const double step_s = kStepNs / 1e9;
      use.events += static_cast<uint64_t>((kept + forks) * step_s);
      use.fixed += static_cast<uint64_t>(forks * step_s);
      use.cpu_ns += static_cast<uint64_t>((kept + forks) * step_s * 2000);
      if (i >= 50) late += kept * 2e-6 / 10;
      now_ns += kStepNs;
      quota = share.quota(now_ns, use);
    }
    return late;
  }
};

void stays_within_its_share_and_lets_go() {
  for (const double limit : {0.005, 0.02, 0.1}) {
    Host host(limit);
    CHECK(std::abs(host.run(limit / 4e-6) - limit / 2) < 1e-9 && host.quota == 0);
    const double flooded = host.run(500'000);
    CHECK(flooded < 1.1 * limit);
    CHECK(flooded > 0.6 * limit);
    host.run(10);
    CHECK(host.quota == 0);
  }
}

void keeps_a_least_for_everybody() {
  Host host(1e-6);
  host.run(1e6);
  CHECK(host.quota == 8);
}

// Thinning others would not lower what a storm of forks takes.
void a_storm_of_forks_thins_nobody() {
  Host host(0.01);
  CHECK(std::abs(host.run(1000, 50'000) - 0.002) < 1e-9);
  CHECK(host.quota == 0);
}

}  // namespace

int main() {
  stays_within_its_share_and_lets_go();
  keeps_a_least_for_everybody();
  a_storm_of_forks_thins_nobody();
  std::puts("ok");
}
