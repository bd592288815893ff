// What /proc tells about a running process: for those that run already when the sensor starts, and to repair a lost event.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quince {

struct ProcStat {
  uint32_t ppid;
  uint32_t tty;
  /// Start in boot time, in clock ticks of 10 ms.
  uint64_t start_ticks;
  /// Ended, but not waited for: its exit event is over.
  bool ended;
  std::string comm;
};

/// Empty when the process is gone.
std::optional<ProcStat> read_stat(uint32_t pid);
/// Arguments, each ended by NUL, at most `limit` bytes.
std::string read_command_line(uint32_t pid, size_t limit);
/// Target of /proc/PID/NAME, empty when it cannot be read. A " (deleted)" that the kernel appended is taken off and `deleted` set.
std::string read_link(uint32_t pid, const char* name, bool& deleted);
/// Word for the kind of a descriptor: file, tty, pipe, socket, null, other, closed.
std::string descriptor_kind(uint32_t pid, int fd);
/// The parent's id in the process's own pid namespace, 0 when the parent is outside.
uint32_t read_ns_ppid(uint32_t pid, uint32_t ppid);
/// Name of a terminal by its device number, empty for none.
std::string tty_name(uint32_t device);
std::vector<uint32_t> list_processes();
/// The boot id's 16 bytes as two numbers, first half first.
void read_boot_id(uint64_t& first, uint64_t& second);

}  // namespace quince
