// Makes rows out of events: one event, one row.
#pragma once
#include <string>

#include "account_names.h"
#include "drain.h"
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

/// Whether an event's length fits its kind, so that its struct may be read.
bool is_whole(const Event& event);

class RowBuilder {
 public:
  RowBuilder(StringStore& strings, SlotWriter& slot, std::string host);

  /// Wall clock less boot clock, sampled at each drain.
  void set_clock_offset(int64_t offset_ns) { offset_ns_ = offset_ns; }
  void refresh_names(uint64_t boot_ns) { names_.refresh(boot_ns); }

  ProcessTable& processes() { return processes_; }

  /// Lets the event into the process table. To be called for every event, also for those that get no row.
  Process& learn(const Event& event);
  /// Writes the row of a learned event. Requires room in slot and strings.
  void write(const Event& event, Process& process);
  void write_lost(const LostRow& lost);
  /// The wall clock jumped by `step_ns` against boot time.
  void write_clock_step(uint64_t boot_ns, int64_t step_ns);

 private:
  uint32_t word(std::string_view text) { return strings_.code(StringClass::word, text); }
  void begin(Syscall syscall, uint64_t boot_ns);
  void write_who(const q_who& who, Process& process);
  void write_net(const q_net& event);
  void write_open(const q_open& event, Process& process);
  void write_names(const q_names& event, Process& process);
  std::string path_of_open(const q_open& event);
  void write_exit(const q_exit& event);

  StringStore& strings_;
  SlotWriter& slot_;
  ProcessTable processes_;
  AccountNames names_;
  Text host_;
  Text source_{"perf"};
  Text syscalls_[std::size(kSyscallNames)];
  int64_t offset_ns_ = 0;
};

}  // namespace quince
