// The process table's look at what runs, by the kernel's iterators: at the start, and to repair what was lost.
#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "image.h"
#include "process_table.h"

namespace quince {
namespace {

constexpr std::chrono::milliseconds kLookEvery(200);

void each_record(const std::string& records, const std::function<void(const q_exec&, uint32_t)>& take) {
  std::vector<uint64_t> aligned;
  for (size_t at = 0; at + sizeof(q_exec) <= records.size();) {
    q_exec head;
    std::memcpy(&head, records.data() + at, sizeof head);
    const uint64_t length = sizeof head + uint64_t{head.args_len} + head.exe_len + head.cwd_len;
    if (length > records.size() - at) return;
    aligned.resize(length / 8 + 1);
    std::memcpy(aligned.data(), records.data() + at, length);
    take(*reinterpret_cast<const q_exec*>(aligned.data()), static_cast<uint32_t>(length));
    at += length;
  }
}

}  // namespace

bool ProcessTable::look_again() {
  const auto began = std::chrono::steady_clock::now();
  owes_look_ = began < look_from_;
  if (owes_look_) return false;
  look_at_all(false);
  const auto ended = std::chrono::steady_clock::now();
  look_from_ = ended + std::max<std::chrono::steady_clock::duration>(kLookEvery, 20 * (ended - began));
  return true;
}

void ProcessTable::look_at_all(bool with_args) {
  if (!running_) return;
  const std::optional<std::string> records = running_(0, with_args);
  if (!records) return;
  each_record(*records, [&](const q_exec& e, uint32_t length) {
    if (with_args) {
      on_running(e, length);
    } else if (is_news(e.head.who)) {
      look_at_news(e, length);
    }
  });
  for (auto& [proc, process] : processes_) adopt_running(process, 0);
}

// Arguments are read from the process's memory, which whoever it belongs to can make slow: of as few as possible.
void ProcessTable::look_at_news(const q_exec& e, uint32_t length) {
  const std::optional<std::string> records = running_(e.head.who.tgid, true);
  if (records) each_record(*records, [this](const q_exec& one, uint32_t one_length) { on_running(one, one_length); });
  if (is_news(e.head.who)) on_running(e, length);
}

// The process of an id. Where the kernel does not take one: all of them, when there is time for that.
void ProcessTable::look(uint32_t pid) {
  if (!running_) return;
  const std::optional<std::string> records = running_(pid, true);
  if (records) {
    each_record(*records, [this](const q_exec& e, uint32_t length) { on_running(e, length); });
  } else {
    look_again();
  }
}

// Threads speak for a leader that ended, all with the same words.
bool ProcessTable::is_news(const q_who& who) {
  const Process* process = known(proc_of(who.tgid, who.start_ns / kTickNs));
  if (process == nullptr || process->program.exec_id == Q_UNKNOWN_U32) return true;
  if (process->program.exec_id == who.exec_id) return process->program.image->exe.value.empty();
  return is_newer(who.exec_id, process->program.exec_id);
}

void ProcessTable::on_running(const q_exec& e, uint32_t length) {
  const q_who& who = e.head.who;
  if (!is_news(who)) return;
  const uint64_t proc = proc_of(who.tgid, who.start_ns / kTickNs);
  Process& process = processes_[proc];
  auto image = image_of_running(e, length);
  set_program(process, {who.exec_id, image ? std::move(image) : unknown_});
  // One made from its event alone may be here for its end only.
  process.dead_ns = 0;
  if (process.proc != 0) return;
  process.proc = proc;
  process.pid = who.tgid;
  process.start_ns = who.start_ns;
  process.ppid = who.ppid;
  process.ns_ppid = e.ns_ppid;
  if (who.ppid != 0) process.parent_proc = proc_of(who.ppid, who.parent_start_ns / kTickNs);
}

// The page of the arguments could not be read at the exec: the kernel was moving it, say. The program may still be asked, as
// long as it runs no other.
void ProcessTable::ask_arguments(const q_exec& e, Image& image) {
  const auto began = std::chrono::steady_clock::now();
  // Whoever the memory belongs to can make reading it slow.
  if (!running_ || began < ask_from_) return;
  const std::optional<std::string> records = running_(e.head.who.tgid, true);
  ask_from_ = began + 20 * (std::chrono::steady_clock::now() - began);
  if (!records) return;
  each_record(*records, [&](const q_exec& one, uint32_t length) {
    const q_who& who = one.head.who;
    if (who.tgid != e.head.who.tgid || who.start_ns != e.head.who.start_ns || who.exec_id != e.head.who.exec_id) return;
    const std::shared_ptr<Image> running = image_of_running(one, length);
    if (!running || running->args.value.empty()) return;
    // Read later than the exec, as `cut` goes on to say: the program may have written over them.
    image.args.value = running->args.value;
  });
}

}  // namespace quince
