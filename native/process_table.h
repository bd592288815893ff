// Who is who: every process seen, with what its rows need. Used by the reader thread only.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "events.h"
#include "proc_fs.h"
#include "string_store.h"

namespace quince {

/// A tick of the process's start time, as /proc shows it.
constexpr uint64_t kTickNs = 10'000'000;

/// Whether a program of the same process came later; the number wraps around.
inline bool is_newer(uint32_t exec_id, uint32_t than) { return static_cast<int32_t>(exec_id - than) > 0; }

/// What an exec set up; processes forked from it share it.
struct Image {
  Text exe, args, cwd, script, exe_flags, stdio, tty;
  bool cut = false;
};

/// What the last event that told of them said; Q_UNKNOWN_U32 when none did.
struct Ids {
  uint32_t ruid = Q_UNKNOWN_U32, euid = Q_UNKNOWN_U32, suid = Q_UNKNOWN_U32, fsuid = Q_UNKNOWN_U32;
  uint32_t rgid = Q_UNKNOWN_U32, egid = Q_UNKNOWN_U32, sgid = Q_UNKNOWN_U32, fsgid = Q_UNKNOWN_U32;
};

/// What one exec of a process set up. `exec_id` is unknown for one read from /proc.
struct Program {
  uint32_t exec_id = Q_UNKNOWN_U32;
  std::shared_ptr<Image> image;
};

struct Process {
  uint64_t proc = 0;
  uint64_t start_ns = 0;
  /// The parent at birth: who started it, also after it is gone and init has taken its place.
  uint64_t parent_proc = 0;
  uint32_t pid = 0;
  uint32_t ppid = 0;
  uint32_t ns_ppid = 0;
  Ids ids;
  /// When it will never act again for all we know; 0 while it lives. Then it is kept a while.
  uint64_t dead_ns = 0;
  /// The last it is known to run, which after a loss may be ahead of the events; its image is never null.
  Program program;
  /// The one before, whose counts are told later, and whose events after a loss. Null image: none.
  Program before;
  /// As they were at birth.
  std::shared_ptr<Image> parent_image;
  std::shared_ptr<Text> ancestors;
  /// `ancestors` for its own children, and for which image it holds.
  std::shared_ptr<Text> lineage;
  std::shared_ptr<Image> lineage_of;
};

class ProcessTable {
 public:
  /// KernelSide::read_running.
  using Running = std::function<std::optional<std::string>(uint32_t pid, bool with_args)>;

  ProcessTable(Running running = nullptr);

  /// Wall clock less boot clock.
  void set_clock_offset(int64_t offset_ns) { offset_ns_ = offset_ns; }

  /// The process instance: fmix64 of MurmurHash3 (Appleby, 2011) chained over the boot id's halves, the thread group's id and
  /// its leader's start in ticks of 10 ms of boot time, which is all that /proc shows. Never 0.
  uint64_t proc_of(uint32_t tgid, uint64_t start_ticks) const;

  /// Reads every process there is. O(processes), about 20 µs each.
  void snapshot(uint64_t boot_ns);

  /// Repairs what lost events left unknown of processes that still run. O(processes), about 20 µs each, but at most a
  /// twentieth of the time, so that many processes do not make for more loss: false when it has to be asked again later.
  bool look_again();
  /// A look was needed and put off.
  bool owes_look() const { return owes_look_; }

  /// The process that acted at `boot_ns`. When it was not known, or its last exec was lost, what runs is looked at; when
  /// that is over already, it is made from the event alone, or its program is unknown.
  Process& find(const q_who& who, uint64_t boot_ns);
  /// What the process ran when its execs were at `exec_id`: empty when that is none of the last two known.
  const std::shared_ptr<Image>& image_of(const Process& process, uint32_t exec_id) const;

  Process& on_fork(const q_fork& event);
  Process& on_exec(const q_exec& event, uint32_t length);
  /// Keeps the process a while, for what its sockets still do.
  void on_exit(Process& process, uint64_t boot_ns);
  /// Finds processes whose exit was lost. O(processes), about 20 µs each; to be called after a loss.
  void sweep(uint64_t boot_ns);

  size_t size() const { return processes_.size(); }
  /// Processes that were not known when they acted and were gone from /proc.
  uint64_t nameless() const { return nameless_; }

 private:
  Process* known(uint64_t proc);
  Process& locate(const q_who& who, uint64_t boot_ns);
  void set_program(Process& process, Program program);
  void look(uint32_t pid);
  void look_at_all(bool with_args);
  void look_at_news(const q_exec& event, uint32_t length);
  void on_running(const q_exec& event, uint32_t length);
  void ask_arguments(const q_exec& event, Image& image);
  bool is_news(const q_who& who);
  Process* load(uint32_t pid, uint64_t boot_ns, int depth);
  void adopt(Process& child, Process* parent);
  void adopt_running(Process& child, int depth);
  void adopt(Process& child, Process& parent, const std::shared_ptr<Image>& image);
  std::shared_ptr<Text> lineage_for_children(Process& parent, const std::shared_ptr<Image>& image);
  void bury(Process& process, uint64_t boot_ns);
  void forget(uint64_t boot_ns);

  Running running_;
  int64_t offset_ns_ = 0;
  uint64_t boot_first_ = 0, boot_second_ = 0;
  uint64_t nameless_ = 0;
  bool owes_look_ = false;
  std::chrono::steady_clock::time_point look_from_;
  std::chrono::steady_clock::time_point ask_from_;
  /// Of every program that is not known.
  const std::shared_ptr<Image> unknown_ = std::make_shared<Image>();
  std::unordered_map<uint64_t, Process> processes_;
  struct Dead {
    uint64_t proc;
    uint64_t boot_ns;
  };
  std::deque<Dead> dead_;
};

}  // namespace quince
