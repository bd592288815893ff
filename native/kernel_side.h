// The BPF object: loading, attaching, its counters and rings. Owned and used by one thread.
#pragma once
#include <bpf/libbpf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared.h"

namespace quince {

/// One CPU's ring as mapped memory: the control page, then the data.
struct Ring {
  void* control;
  const uint8_t* data;
  uint64_t size;
  uint16_t cpu;
};

/// Files of this name, in a folder of this name, or with this suffix (with its dot): opens for reading get rows. Or a first folder below which
/// they do not, or those for writing.
struct SensitiveName {
  q_name_what what;
  std::string text;
};

/// Where a start failed: the step, and the system's error number.
struct Failure {
  const char* step;
  int error;
};

class KernelSide {
 public:
  KernelSide() = default;
  ~KernelSide();
  KernelSide(const KernelSide&) = delete;
  KernelSide& operator=(const KernelSide&) = delete;

  /// Loads the object; enough to know whether the kernel takes it. Returns an error text, empty when all went well.
  /// `connections`: of how many open ones the owner is remembered. `pid_namespace`: the inode number of the only one to be watched, 0 for all.
  std::string load(uint32_t connections, uint32_t pid_namespace = 0);
  /// Local or remote ports whose connections and messages are declared noise. To be called between loading and attaching.
  std::string mark_unreported_ports(const std::vector<uint16_t>& ports);
  /// To be called between loading and attaching.
  std::string mark_sensitive(const std::vector<SensitiveName>& names);
  /// Addresses of Unix sockets whose connects and accepts are counted together. To be called between loading and attaching.
  std::string mark_name_services(const std::vector<std::string>& paths);
  /// Makes rings of `pages` pages (a power of two) a CPU, attaches, and seeds the owners of existing connections.
  std::string attach(uint32_t pages);
  /// What failed, after `load` or `attach` returned a text.
  Failure failure() const;
  /// Every process that runs, or that of one id when it is not 0, as the exec event it would have had: q_exec records one behind
  /// the other. Arguments, where the kernel can, when asked for. Nothing when the kernel does not take an id (before 6.1).
  std::optional<std::string> read_running(uint32_t pid, bool with_args) const;
  /// Events of a kind that each process may have in a tenth of a second from now on, 0 for all; from the first call on what events
  /// take is added up (q_counters.busy_ns). False when the kernel does not share the variable.
  bool set_quota(uint32_t quota);
  /// Ends the events; the rings can still be read.
  void detach();

  /// Waits until a ring is a quarter full, at most `timeout_ms`.
  void wait(int timeout_ms) const;

  /// Null when there is none of that name.
  const bpf_map* map(const std::string& name) const;
  const std::vector<Ring>& rings() const { return rings_; }
  const std::string& node_name() const { return node_name_; }
  /// Counters by CPU; one system call.
  std::vector<q_counters> counters() const;
  /// Runs of a program that the kernel refused because it was running on that CPU already.
  uint64_t recursion_misses() const;

 private:
  /// Keeps the error number for failure(); returns the text.
  std::string failed(const char* what, int err);
  void leave_out_missing();
  std::string size_maps(uint32_t connections, uint32_t pid_namespace);
  int run(const char* program, const bpf_iter_attach_opts* options, std::string& output) const;
  std::string seed();
  std::string open_rings(uint32_t pages);
  bpf_map* globals() const;
  q_shared* mapped_globals();
  bool add_filter(uint32_t filter);

  const char* step_ = "load";
  int error_ = 0;
  bpf_object* object_ = nullptr;
  std::vector<bpf_link*> links_;
  perf_buffer* buffer_ = nullptr;
  std::vector<Ring> rings_;
  std::string node_name_;
  int counters_fd_ = -1;
  /// Shared with the running program; null until it is needed.
  q_shared* mapped_ = nullptr;
  bool reads_args_ = false;
};

}  // namespace quince
