#include "process_table.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "image.h"

namespace quince {
namespace {

constexpr size_t kDeadKept = 16'384;
constexpr uint64_t kDeadKeptNs = 120'000'000'000;
constexpr int kAncestors = 8;
constexpr int kParentsRead = 64;

uint64_t fmix64(uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccd;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53;
  return k ^ k >> 33;
}

// The first `parts` of a text joined by '>', fewer when they are longer than `limit` bytes.
std::string_view first_parts(std::string_view text, int parts, size_t limit) {
  size_t end = 0;
  for (int i = 0; i < parts && end < text.size(); i++) {
    const size_t next = std::min(text.find('>', end + (i > 0)), text.size());
    if (next > limit) break;
    end = next;
  }
  return text.substr(0, end);
}

}  // namespace

ProcessTable::ProcessTable(Running running) : running_(std::move(running)) { read_boot_id(boot_first_, boot_second_); }

uint64_t ProcessTable::proc_of(uint32_t tgid, uint64_t start_ticks) const {
  uint64_t h = fmix64(boot_first_);
  h = fmix64(h ^ boot_second_);
  h = fmix64(h ^ tgid);
  h = fmix64(h ^ start_ticks);
  return h == 0 ? 1 : h;
}

void ProcessTable::snapshot(uint64_t boot_ns) {
  look_at_all(true);
  // What is left: kernel threads, and those that ended but were not waited for.
  for (const uint32_t pid : list_processes()) load(pid, boot_ns, 0);
}

// Keeps the last two: events that waited while the table looked at what runs come with older numbers.
void ProcessTable::set_program(Process& process, Program program) {
  Program& last = process.program;
  if (last.exec_id == Q_UNKNOWN_U32 || last.exec_id == program.exec_id) {
    last = std::move(program);
  } else if (is_newer(program.exec_id, last.exec_id)) {
    process.before = std::exchange(last, std::move(program));
  } else if (!process.before.image || !is_newer(process.before.exec_id, program.exec_id)) {
    process.before = std::move(program);
  }
}

const std::shared_ptr<Image>& ProcessTable::image_of(const Process& process, uint32_t exec_id) const {
  if (exec_id == process.program.exec_id) return process.program.image;
  return process.before.image && exec_id == process.before.exec_id ? process.before.image : unknown_;
}

// Running processes come in no order: a parent may be younger than its child's entry.
void ProcessTable::adopt_running(Process& child, int depth) {
  if (child.parent_image || depth > kParentsRead) return;
  Process* parent = known(child.parent_proc);
  if (parent == nullptr || parent == &child) return;
  adopt_running(*parent, depth + 1);
  adopt(child, *parent, parent->program.image);
}

Process* ProcessTable::known(uint64_t proc) {
  const auto found = processes_.find(proc);
  return found == processes_.end() ? nullptr : &found->second;
}

Process* ProcessTable::load(uint32_t pid, uint64_t boot_ns, int depth) {
  const std::optional<ProcStat> stat = pid == 0 || depth > kParentsRead ? std::nullopt : read_stat(pid);
  if (!stat) return nullptr;
  const uint64_t proc = proc_of(pid, stat->start_ticks);
  if (Process* process = known(proc)) return process;
  Process* parent = load(stat->ppid, boot_ns, depth + 1);
  Process& process = processes_[proc];
  process.proc = proc;
  process.pid = pid;
  process.start_ns = stat->start_ticks * kTickNs;
  process.ppid = stat->ppid;
  process.ns_ppid = Q_UNKNOWN_U32;
  process.program.image = unknown_;
  if (parent != nullptr) adopt(process, *parent, parent->program.image);
  if (stat->ended) bury(process, boot_ns);
  return &process;
}

std::shared_ptr<Text> ProcessTable::lineage_for_children(Process& parent, const std::shared_ptr<Image>& image) {
  if (parent.lineage && parent.lineage_of == image) return parent.lineage;
  std::string text = image->exe.value;
  if (parent.ancestors && !parent.ancestors->value.empty()) {
    const size_t room = kStringMaxBytes - std::min<size_t>(text.size() + 1, kStringMaxBytes);
    const std::string_view above = first_parts(parent.ancestors->value, kAncestors - 1, room);
    if (!text.empty() && !above.empty()) text.push_back('>');
    text.append(above);
  }
  parent.lineage = std::make_shared<Text>(std::move(text));
  parent.lineage_of = image;
  return parent.lineage;
}

void ProcessTable::adopt(Process& child, Process& parent, const std::shared_ptr<Image>& image) {
  child.parent_proc = parent.proc;
  child.parent_image = image;
  child.ancestors = lineage_for_children(parent, image);
  child.lineage.reset();
}

Process& ProcessTable::find(const q_who& who, uint64_t boot_ns) {
  Process& process = locate(who, boot_ns);
  if (process.program.exec_id == Q_UNKNOWN_U32) process.program.exec_id = who.exec_id;
  if (!is_newer(who.exec_id, process.program.exec_id)) return process;
  // An exec was lost. What runs now may be yet another program.
  look(who.tgid);
  if (is_newer(who.exec_id, process.program.exec_id)) set_program(process, {who.exec_id, unknown_});
  return process;
}

Process& ProcessTable::locate(const q_who& who, uint64_t boot_ns) {
  const uint64_t proc = proc_of(who.tgid, who.start_ns / kTickNs);
  if (Process* process = known(proc)) return *process;
  // The process of this id that runs now may be a later one.
  look(who.tgid);
  if (Process* process = known(proc)) {
    adopt_running(*process, 0);
    return *process;
  }
  Process* running = load(who.tgid, boot_ns, 0);
  if (running != nullptr && running->proc == proc) return *running;
  nameless_++;
  forget(boot_ns);
  const uint64_t parent_proc = proc_of(who.ppid, who.parent_start_ns / kTickNs);
  Process* parent = known(parent_proc);
  Process& process = processes_[proc];
  process.proc = proc;
  process.pid = who.tgid;
  process.ppid = who.ppid;
  process.ns_ppid = Q_UNKNOWN_U32;
  process.start_ns = who.start_ns;
  process.program.image = unknown_;
  if (parent != nullptr) adopt(process, *parent, parent->program.image);
  process.parent_proc = parent_proc;
  // Its exit may be over, or lost.
  bury(process, boot_ns);
  return process;
}

Process& ProcessTable::on_fork(const q_fork& e) {
  const q_who& who = e.head.who;
  const uint64_t proc = proc_of(who.tgid, who.start_ns / kTickNs);
  q_who maker = {};
  maker.tgid = e.creator_tgid;
  maker.start_ns = e.creator_start_ns;
  maker.exec_id = who.exec_id;
  // References into the map survive insertions.
  Process& creator = find(maker, e.head.boot_ns);
  const std::shared_ptr<Image> image = image_of(creator, who.exec_id);
  Process& process = processes_[proc];
  const bool is_new = process.proc == 0;
  if (is_new) process.program.image = unknown_;
  // One that was looked at while this event waited may run a later program by now.
  if (image_of(process, who.exec_id)->exe.value.empty()) set_program(process, {who.exec_id, image});
  const uint64_t parent_proc = proc_of(who.ppid, who.parent_start_ns / kTickNs);
  Process* parent = parent_proc == creator.proc ? &creator : known(parent_proc);
  if (parent == &creator) {
    adopt(process, creator, image);
  } else if (parent != nullptr && !process.parent_image) {
    adopt(process, *parent, parent->program.image);
  }
  process.parent_proc = parent_proc;
  if (!is_new) return process;
  process.proc = proc;
  process.pid = who.tgid;
  process.start_ns = who.start_ns;
  process.ppid = who.ppid;
  process.ns_ppid = e.ns_ppid;
  return process;
}

Process& ProcessTable::on_exec(const q_exec& e, uint32_t length) {
  Process& process = locate(e.head.who, e.head.boot_ns);
  process.dead_ns = 0;
  if (process.ns_ppid == Q_UNKNOWN_U32) process.ns_ppid = e.ns_ppid;
  const auto wall_ns = static_cast<int64_t>(e.head.boot_ns + static_cast<uint64_t>(offset_ns_));
  auto image = image_of_exec(e, length, wall_ns / 1'000'000'000);
  if (image && e.args_len == 0 && (e.truncated & Q_CUT_ARGS)) ask_arguments(e, *image);
  set_program(process, {e.head.who.exec_id, image ? std::move(image) : unknown_});
  return process;
}

void ProcessTable::on_exit(Process& process, uint64_t boot_ns) {
  bury(process, boot_ns);
  forget(boot_ns);
}

void ProcessTable::sweep(uint64_t boot_ns) {
  for (auto& [proc, process] : processes_) {
    if (process.dead_ns != 0) continue;
    const std::optional<ProcStat> stat = read_stat(process.pid);
    if (!stat || stat->ended || proc_of(process.pid, stat->start_ticks) != proc) bury(process, boot_ns);
  }
  forget(boot_ns);
}

void ProcessTable::bury(Process& process, uint64_t boot_ns) {
  process.dead_ns = boot_ns;
  dead_.push_back({process.proc, boot_ns});
}

void ProcessTable::forget(uint64_t boot_ns) {
  while (!dead_.empty() && (dead_.size() > kDeadKept || dead_.front().boot_ns + kDeadKeptNs < boot_ns)) {
    // Another time than in the queue: it acted on, or its exit came later.
    const auto found = processes_.find(dead_.front().proc);
    if (found != processes_.end() && found->second.dead_ns == dead_.front().boot_ns) processes_.erase(found);
    dead_.pop_front();
  }
}

}  // namespace quince
