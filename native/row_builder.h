// Makes rows out of events: one event, one row.
#pragma once
#include <string>

#include "account_names.h"
#include "dns_names.h"
#include "drain.h"
#include "file_paths.h"
#include "process_table.h"
#include "slot_writer.h"
#include "string_store.h"

namespace quince {

/// Why events did not become rows; the words of the column `reason`.
enum class Loss { kRingFull, kNoSlot, kTooBig, kRecursion, kDecode, kShed, kCount };
extern const char* const kLossNames[static_cast<int>(Loss::kCount)];

struct LostRow {
  uint64_t from_ns, to_ns, count;
  Loss reason;
  /// -1 when it is of no one CPU.
  int cpu;
};

/// Names of open's flags, the access first; `mode` is the kernel's f_mode.
std::string open_flags(uint32_t flags, uint32_t mode);

/// Whether an event's length fits its kind, so that its struct may be read.
bool is_whole(const Event& event);

class RowBuilder {
 public:
  RowBuilder(StringStore& strings, SlotWriter& slot, std::string host, ProcessTable::Running running);

  /// Wall clock less boot clock, sampled at each drain.
  void set_clock_offset(int64_t offset_ns) {
    offset_ns_ = offset_ns;
    processes_.set_clock_offset(offset_ns);
  }
  void refresh_names(uint64_t boot_ns) { names_.refresh(boot_ns); }

  ProcessTable& processes() { return processes_; }
  /// Rows written so far of processes whose program is not known.
  uint64_t rows_without_exe() const { return rows_without_exe_; }

  /// Lets the event into the process table. To be called for every event, also for those that get no row.
  Process& learn(const Event& event);
  /// Writes the row of a learned event. Requires room in slot and strings.
  void write(const Event& event, Process& process);
  void write_lost(const LostRow& lost);
  /// The wall clock jumped by `step_ns` against boot time.
  void write_clock_step(uint64_t boot_ns, int64_t step_ns);

 private:
  uint32_t word(std::string_view text) { return strings_.code(StringClass::word, text); }
  uint32_t flags(std::string_view text) { return strings_.code(StringClass::flags, text); }
  void begin(Syscall syscall, uint64_t boot_ns);
  void write_who(const q_who& who, const Process& process, Image& image);
  void write_flow(const q_flow& flow);
  void write_net(const q_net& event);
  void write_dns(const q_dns& event);
  void write_socket(const q_socket& event);
  void write_unix(const q_unix& event, const Image& image);
  void write_open(const q_open& event, const Image& image);
  void write_file(const q_file& event, const Image& image);
  void write_exit(const q_exit& event);
  void write_exec_failed(const q_exec_failed& event, const Image& image);
  void write_setid(const q_setid& event);
  void write_ptrace(const q_ptrace& event, const Image& image);

  StringStore& strings_;
  SlotWriter& slot_;
  ProcessTable processes_;
  AccountNames names_;
  DnsNames dns_names_;
  FilePaths paths_;
  Text host_;
  Text source_{"perf"};
  Text syscalls_[std::size(kSyscallNames)];
  int64_t offset_ns_ = 0;
  uint64_t rows_without_exe_ = 0;
  /// Of the process, before the event learned last.
  Ids ids_before_;
};

Ids ids_after(const q_setid& event);

}  // namespace quince
