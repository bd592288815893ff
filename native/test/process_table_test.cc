// Tests of the process table on events of processes that /proc does not know. Prints "ok" or the first failure; run by
// test/perf-units.test.ts.
#include "../process_table.h"

#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

using namespace quince;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
/// Above the kernel's largest id.
constexpr uint32_t kNobody = 1u << 23;

q_who who_of(uint32_t tgid, uint64_t start_ns) {
  q_who who = {};
  who.tgid = tgid;
  who.start_ns = start_ns;
  return who;
}

void nameless_processes_are_forgotten_without_an_exit() {
  ProcessTable table;
  for (uint32_t i = 0; i < 40'000; i++) table.find(who_of(kNobody + i, kSecond), 2 * kSecond);
  CHECK(table.nameless() == 40'000);
  CHECK(table.size() < 17'000);
  table.find(who_of(kNobody, 3 * kSecond), 1000 * kSecond);
  CHECK(table.size() == 1);
}

void a_nameless_process_that_executes_lives() {
  ProcessTable table;
  q_exec exec = {};
  exec.head.who = who_of(kNobody, kSecond);
  exec.head.boot_ns = 2 * kSecond;
  table.find(exec.head.who, exec.head.boot_ns);
  table.on_exec(exec, sizeof exec);
  const uint32_t later = kNobody + 1;
  table.find(who_of(later, kSecond), 1000 * kSecond);
  CHECK(table.size() == 2);
  table.on_exit(table.find(exec.head.who, 1000 * kSecond), 1000 * kSecond);
  CHECK(table.size() == 2);
  table.find(who_of(later + 1, kSecond), 2000 * kSecond);
  CHECK(table.size() == 1);
  CHECK(table.nameless() == 3);
}

void a_zombie_has_had_its_exit() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  CHECK(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  const auto stat = read_stat(static_cast<uint32_t>(child));
  CHECK(stat && stat->ended);
  CHECK(!read_stat(static_cast<uint32_t>(getpid()))->ended);
  ProcessTable table;
  const q_who zombie = who_of(static_cast<uint32_t>(child), stat->start_ticks * 10'000'000);
  table.find(zombie, 2 * kSecond);
  CHECK(table.nameless() == 0);
  CHECK(waitpid(child, nullptr, 0) == child);
  table.find(who_of(kNobody, kSecond), 1000 * kSecond);
  table.find(zombie, 1000 * kSecond);
  CHECK(table.nameless() == 2);
}

}  // namespace

int main() {
  nameless_processes_are_forgotten_without_an_exit();
  a_nameless_process_that_executes_lives();
  a_zombie_has_had_its_exit();
  std::puts("ok");
}
