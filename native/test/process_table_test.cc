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

/// A running process as the kernel side gives it; its program is called after its exec.
std::string running_record(const q_who& who) {
  const std::string name = "program-" + std::to_string(who.exec_id), args = name + '\0';
  q_exec e = {};
  e.head.who = who;
  e.changed_s = static_cast<int64_t>(Q_UNKNOWN_U64);
  e.args_len = static_cast<uint32_t>(args.size());
  e.exe_len = static_cast<uint32_t>(args.size());
  return std::string(reinterpret_cast<const char*>(&e), sizeof e) + args + args;
}

void a_lost_exec_is_repaired_or_unknown_but_never_the_program_before() {
  q_who who = who_of(kNobody, kSecond);
  std::string running;
  ProcessTable table([&](uint32_t) { return running; });
  who.exec_id = 7;
  running = running_record(who);
  CHECK(table.find(who, 2 * kSecond).image->exe.value == "/program-7");
  who.exec_id = 8;
  running = running_record(who);
  CHECK(table.find(who, 3 * kSecond).image->exe.value == "/program-8");
  // What a socket remembers from before the exec.
  who.exec_id = 7;
  CHECK(table.find(who, 3 * kSecond).image->exe.value == "/program-8");
  who.exec_id = 9;
  running.clear();
  CHECK(table.find(who, 4 * kSecond).image->exe.value.empty());
  // By the time it is looked at, it runs yet another.
  who.exec_id = 11;
  running = running_record(who);
  who.exec_id = 10;
  CHECK(table.find(who, 5 * kSecond).image->exe.value.empty());
  who.exec_id = 11;
  CHECK(table.find(who, 6 * kSecond).image->args.value == "program-11");
  CHECK(table.nameless() == 0);
}

void a_child_of_a_lost_exec_has_its_creators_program() {
  q_who parent = who_of(kNobody, kSecond);
  std::string running;
  ProcessTable table([&](uint32_t) { return running; });
  parent.exec_id = 3;
  running = running_record(parent);
  table.find(parent, 2 * kSecond);
  parent.exec_id = 4;
  running = running_record(parent);
  q_fork fork = {};
  fork.head.who = who_of(kNobody + 1, 3 * kSecond);
  fork.head.who.exec_id = 4;
  fork.head.who.ppid = parent.tgid;
  fork.head.who.parent_start_ns = parent.start_ns;
  fork.creator_tgid = parent.tgid;
  fork.creator_start_ns = parent.start_ns;
  CHECK(table.on_fork(fork).image->exe.value == "/program-4");
  CHECK(table.on_fork(fork).ancestors->value == "/program-4");
}

void children_may_be_listed_before_their_parents() {
  const q_who parent = who_of(kNobody + 5, kSecond);
  q_who child = who_of(kNobody, 2 * kSecond);
  child.ppid = parent.tgid;
  child.parent_start_ns = parent.start_ns;
  child.exec_id = 2;
  ProcessTable table([&](uint32_t) { return running_record(child) + running_record(parent); });
  table.look_again();
  const Process& process = table.find(child, 3 * kSecond);
  CHECK(process.parent_image->exe.value == "/program-0");
  CHECK(process.ancestors->value == "/program-0");
  CHECK(table.size() == 2);
}

void a_torn_record_ends_the_list() {
  const std::string record = running_record(who_of(kNobody, kSecond));
  for (size_t length = 0; length < record.size(); length++) {
    ProcessTable table([&](uint32_t) { return record.substr(0, length); });
    table.look_again();
    CHECK(table.size() == 0);
  }
}

}  // namespace

int main() {
  nameless_processes_are_forgotten_without_an_exit();
  a_nameless_process_that_executes_lives();
  a_zombie_has_had_its_exit();
  a_lost_exec_is_repaired_or_unknown_but_never_the_program_before();
  a_child_of_a_lost_exec_has_its_creators_program();
  children_may_be_listed_before_their_parents();
  a_torn_record_ends_the_list();
  std::puts("ok");
}
