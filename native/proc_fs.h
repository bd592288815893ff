// What /proc tells everybody about a process; the rest comes from the kernel side (running.bpf.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quince {

struct ProcStat {
  uint32_t ppid;
  /// Start in boot time, in clock ticks of 10 ms.
  uint64_t start_ticks;
  /// Ended, but not waited for: its exit event is over.
  bool ended;
};

/// Empty when the process is gone.
std::optional<ProcStat> read_stat(uint32_t pid);
/// Arguments, each ended by NUL, at most `limit` bytes.
std::string read_command_line(uint32_t pid, size_t limit);
std::vector<uint32_t> list_processes();
/// The boot id's 16 bytes as two numbers, first half first.
void read_boot_id(uint64_t& first, uint64_t& second);

}  // namespace quince
