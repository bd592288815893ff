// Who is who: every process seen, with what its rows need. Used by the reader thread only.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "events.h"
#include "proc_fs.h"
#include "string_store.h"

namespace quince {

/// What an exec set up; processes forked from it share it.
struct Image {
  Text exe, args, cwd, script, exe_flags, stdio, tty;
  bool cut = false;
};

struct Process {
  uint64_t proc = 0;
  uint64_t start_ns = 0;
  /// The parent at birth: who started it, also after it is gone and init has taken its place.
  uint64_t parent_proc = 0;
  uint32_t pid = 0;
  uint32_t ppid = 0;
  uint32_t ns_ppid = 0;
  /// When it will never act again for all we know; 0 while it lives. Then it is kept a while.
  uint64_t dead_ns = 0;
  std::shared_ptr<Image> image;
  /// What it ran before its last exec, at `exec_ns`: counts of that time are told later.
  std::shared_ptr<Image> image_before;
  uint64_t exec_ns = 0;
  /// As they were at birth.
  std::shared_ptr<Image> parent_image;
  std::shared_ptr<Text> ancestors;
  /// `ancestors` for its own children, and for which image it holds.
  std::shared_ptr<Text> lineage;
  const Image* lineage_of = nullptr;
};

class ProcessTable {
 public:
  ProcessTable();

  /// The process instance: fmix64 of MurmurHash3 (Appleby, 2011) chained over the boot id's halves, the thread group's id and
  /// its leader's start in ticks of 10 ms of boot time, which is all that /proc shows. Never 0.
  uint64_t proc_of(uint32_t tgid, uint64_t start_ticks) const;

  /// Reads every process there is. O(processes), about 50 µs each.
  void snapshot(uint64_t boot_ns);

  /// The process that acted at `boot_ns`; read from /proc, or made from the event alone, when it was not known.
  Process& find(const q_who& who, uint64_t boot_ns);

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
  Process* load(uint32_t pid, uint64_t boot_ns, int depth);
  void adopt(Process& child, Process* parent);
  std::shared_ptr<Text> lineage_for_children(Process& parent);
  void bury(Process& process, uint64_t boot_ns);
  void forget(uint64_t boot_ns);

  uint64_t boot_first_ = 0, boot_second_ = 0;
  uint64_t nameless_ = 0;
  std::unordered_map<uint64_t, Process> processes_;
  struct Dead {
    uint64_t proc;
    uint64_t boot_ns;
  };
  std::deque<Dead> dead_;
};

}  // namespace quince
