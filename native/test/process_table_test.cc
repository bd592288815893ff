// Tests of the process table on events of processes that /proc does not know. Prints "ok" or the first failure; run by
// test/perf-units.test.ts.
#include "../process_table.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

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

Process& execute(ProcessTable& table, uint32_t tgid, const std::string& components) {
  q_fork fork = {};
  fork.head.who = who_of(tgid, kSecond);
  fork.head.boot_ns = 2 * kSecond;
  fork.head.who.ppid = fork.creator_tgid = tgid - 1;
  fork.head.who.parent_start_ns = fork.creator_start_ns = kSecond;
  table.on_fork(fork);
  std::vector<uint64_t> room((sizeof(q_exec) + components.size() + 7) / 8);
  auto& exec = *reinterpret_cast<q_exec*>(room.data());
  exec.head = fork.head;
  exec.exe_len = static_cast<uint32_t>(components.size());
  std::copy(components.begin(), components.end(), exec.data);
  return table.on_exec(exec, static_cast<uint32_t>(sizeof exec + components.size()));
}

void a_lineage_is_cut_at_a_whole_path() {
  ProcessTable table;
  // 4,096 bytes that are no UTF-8 are 12,288 of text: two of them and a separator fit into kStringMaxBytes, three do not.
  const std::string longest(Q_PATH_MAX, '\xff');
  for (uint32_t i = 1; i < 12; i++) execute(table, kNobody + i, longest);
  const Process& last = execute(table, kNobody + 12, std::string("last\0", 5));
  const std::string path = last.parent_image->exe.value;
  CHECK(path.size() == 1 + 3 * Q_PATH_MAX);
  CHECK(last.ancestors->value == path + ">" + path);
  const Process& child = execute(table, kNobody + 13, std::string("child\0", 6));
  CHECK(child.ancestors->value == "/last>" + path + ">" + path);
  for (uint32_t i = 14; i < 30; i++) execute(table, kNobody + i, std::string("p\0", 2));
  CHECK(execute(table, kNobody + 30, "").ancestors->value == "/p>/p>/p>/p>/p>/p>/p>/p");
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

const std::string& exe_of(ProcessTable& table, const q_who& who) {
  return table.image_of(table.find(who, 9 * kSecond), who.exec_id)->exe.value;
}

void a_lost_exec_is_repaired_or_unknown_but_never_another_program() {
  q_who who = who_of(kNobody, kSecond);
  std::string running;
  ProcessTable table([&](uint32_t, bool) { return running; });
  who.exec_id = 7;
  running = running_record(who);
  CHECK(exe_of(table, who) == "/program-7");
  who.exec_id = 8;
  running = running_record(who);
  CHECK(exe_of(table, who) == "/program-8");
  // What a socket remembers from before the exec.
  who.exec_id = 7;
  CHECK(exe_of(table, who) == "/program-7");
  who.exec_id = 6;
  CHECK(exe_of(table, who).empty());
  who.exec_id = 9;
  running.clear();
  CHECK(exe_of(table, who).empty());
  // By the time it is looked at, it runs yet another.
  who.exec_id = 11;
  running = running_record(who);
  who.exec_id = 10;
  CHECK(exe_of(table, who).empty());
  who.exec_id = 11;
  CHECK(exe_of(table, who) == "/program-11");
  CHECK(table.find(who, 6 * kSecond).program.image->args.value == "program-11");
  CHECK(table.nameless() == 0);
}

void arguments_that_could_not_be_read_are_asked_of_the_program_that_has_them() {
  q_exec e = {};
  e.head.who = who_of(kNobody, kSecond);
  e.head.who.exec_id = 5;
  e.truncated = Q_CUT_ARGS;
  q_who now = e.head.who;
  ProcessTable table([&](uint32_t pid, bool with_args) { return pid == kNobody && with_args ? running_record(now) : ""; });
  const auto executed = [&] {
    usleep(10'000);
    return table.on_exec(e, sizeof e).program.image;
  };
  CHECK(executed()->args.value == "program-5");
  CHECK(executed()->cut);
  now.exec_id = 6;
  CHECK(executed()->args.value.empty() && executed()->cut);
  now.exec_id = 5;
  now.start_ns = 2 * kSecond;
  CHECK(executed()->args.value.empty());
  now.start_ns = kSecond;
  e.truncated = 0;
  CHECK(executed()->args.value.empty() && !executed()->cut);
}

void exec_record(ProcessTable& table, const q_who& who) {
  const std::string record = running_record(who);
  std::vector<uint64_t> room(record.size() / 8 + 1);
  std::copy(record.begin(), record.end(), reinterpret_cast<char*>(room.data()));
  table.on_exec(*reinterpret_cast<const q_exec*>(room.data()), static_cast<uint32_t>(record.size()));
}

void events_that_wait_while_the_table_looks_have_the_program_of_their_time() {
  q_who who = who_of(kNobody, kSecond);
  std::string running;
  ProcessTable table([&](uint32_t, bool) { return running; });
  who.exec_id = 3;
  exec_record(table, who);
  who.exec_id = 6;
  running = running_record(who);
  CHECK(table.look_again());
  who.exec_id = 3;
  CHECK(exe_of(table, who) == "/program-3");
  for (who.exec_id = 4; who.exec_id < 7; who.exec_id++) {
    if (who.exec_id != 5) exec_record(table, who);
    CHECK(exe_of(table, who) == (who.exec_id == 5 ? "" : "/program-" + std::to_string(who.exec_id)));
  }
}

void a_child_in_the_list_before_its_fork_has_its_creators_program_until_its_exec() {
  q_who parent = who_of(kNobody, kSecond), child = who_of(kNobody + 1, 2 * kSecond);
  child.ppid = parent.tgid;
  child.parent_start_ns = parent.start_ns;
  child.exec_id = 5;
  std::string running;
  ProcessTable table([&](uint32_t, bool) { return running; });
  parent.exec_id = 4;
  exec_record(table, parent);
  parent.exec_id = 9;
  running = running_record(child) + running_record(parent);
  CHECK(table.look_again());
  q_fork fork = {};
  fork.head.who = child;
  fork.head.who.exec_id = 4;
  fork.creator_tgid = parent.tgid;
  fork.creator_start_ns = parent.start_ns;
  Process& process = table.on_fork(fork);
  CHECK(table.image_of(process, 4)->exe.value == "/program-4");
  CHECK(exe_of(table, child) == "/program-5");
  CHECK(process.parent_image->exe.value == "/program-4");
  CHECK(process.ancestors->value == "/program-4");
}

void a_kernel_that_takes_no_id_lists_all_but_not_for_each_process() {
  int lists = 0;
  std::string running;
  ProcessTable table([&](uint32_t pid, bool) -> std::optional<std::string> {
    if (pid != 0) return std::nullopt;
    lists++;
    return running;
  });
  const q_who parent = who_of(kNobody + 1, kSecond), late = who_of(kNobody + 3, kSecond);
  q_who child = who_of(kNobody + 2, 2 * kSecond);
  child.ppid = parent.tgid;
  child.parent_start_ns = parent.start_ns;
  running = running_record(child) + running_record(parent);
  CHECK(exe_of(table, parent) == "/program-0");
  CHECK(table.find(child, 3 * kSecond).parent_image->exe.value == "/program-0");
  CHECK(!table.owes_look());
  running += running_record(late);
  for (uint32_t i = 3; i < 100; i++) CHECK(exe_of(table, who_of(kNobody + i, kSecond)).empty());
  CHECK(lists == 1);
  CHECK(table.owes_look());
  while (!table.look_again()) usleep(10'000);
  CHECK(exe_of(table, late) == "/program-0");
  CHECK(!table.owes_look());
}

void arguments_are_read_again_of_those_alone_that_executed() {
  std::vector<std::pair<uint32_t, bool>> asked;
  q_who one = who_of(kNobody, kSecond), other = who_of(kNobody + 1, kSecond);
  ProcessTable table([&](uint32_t pid, bool with_args) {
    asked.push_back({pid, with_args});
    return (pid == other.tgid ? "" : running_record(one)) + (pid == one.tgid ? "" : running_record(other));
  });
  CHECK(table.look_again());
  asked.clear();
  other.exec_id = 1;
  while (!table.look_again()) usleep(10'000);
  CHECK((asked == std::vector<std::pair<uint32_t, bool>>{{0, false}, {other.tgid, true}}));
  CHECK(exe_of(table, other) == "/program-1");
}

void a_child_of_a_lost_exec_has_its_creators_program() {
  q_who parent = who_of(kNobody, kSecond);
  std::string running;
  ProcessTable table([&](uint32_t, bool) { return running; });
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
  CHECK(table.on_fork(fork).program.image->exe.value == "/program-4");
  CHECK(table.on_fork(fork).ancestors->value == "/program-4");
}

void children_may_be_listed_before_their_parents() {
  const q_who parent = who_of(kNobody + 5, kSecond);
  q_who child = who_of(kNobody, 2 * kSecond);
  child.ppid = parent.tgid;
  child.parent_start_ns = parent.start_ns;
  child.exec_id = 2;
  ProcessTable table([&](uint32_t, bool) { return running_record(child) + running_record(parent); });
  table.look_again();
  const Process& process = table.find(child, 3 * kSecond);
  CHECK(process.parent_image->exe.value == "/program-0");
  CHECK(process.ancestors->value == "/program-0");
  CHECK(table.size() == 2);
}

void a_torn_record_ends_the_list() {
  const std::string record = running_record(who_of(kNobody, kSecond));
  for (size_t length = 0; length < record.size(); length++) {
    ProcessTable table([&](uint32_t, bool) { return record.substr(0, length); });
    table.look_again();
    CHECK(table.size() == 0);
  }
}

}  // namespace

int main() {
  nameless_processes_are_forgotten_without_an_exit();
  a_nameless_process_that_executes_lives();
  a_lineage_is_cut_at_a_whole_path();
  a_zombie_has_had_its_exit();
  a_lost_exec_is_repaired_or_unknown_but_never_another_program();
  arguments_that_could_not_be_read_are_asked_of_the_program_that_has_them();
  events_that_wait_while_the_table_looks_have_the_program_of_their_time();
  a_child_in_the_list_before_its_fork_has_its_creators_program_until_its_exec();
  a_kernel_that_takes_no_id_lists_all_but_not_for_each_process();
  arguments_are_read_again_of_those_alone_that_executed();
  a_child_of_a_lost_exec_has_its_creators_program();
  children_may_be_listed_before_their_parents();
  a_torn_record_ends_the_list();
  std::puts("ok");
}
