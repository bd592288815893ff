#include "proc_fs.h"

#include <dirent.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace quince {
namespace {

std::string place(uint32_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

std::string read_all(const std::string& path, size_t limit) {
  std::string text;
  FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return text;
  text.resize(limit);
  text.resize(std::fread(text.data(), 1, limit, file));
  std::fclose(file);
  return text;
}

}  // namespace

std::optional<ProcStat> read_stat(uint32_t pid) {
  const std::string text = read_all(place(pid, "stat"), 4096);
  const size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  ProcStat stat = {};
  char state;
  unsigned long ppid;
  unsigned long long start;
  // Fields 3 to 22: state, ppid, … starttime.
  const int n = std::sscanf(text.c_str() + close + 1,
                            " %c %lu %*d %*d %*u %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
                            &ppid, &start);
  if (n != 3) return std::nullopt;
  stat.ppid = static_cast<uint32_t>(ppid);
  stat.start_ticks = start;
  stat.ended = state == 'Z' || state == 'X';
  return stat;
}

std::string read_command_line(uint32_t pid, size_t limit) { return read_all(place(pid, "cmdline"), limit); }

std::vector<uint32_t> list_processes() {
  std::vector<uint32_t> pids;
  DIR* dir = opendir("/proc");
  if (dir == nullptr) return pids;
  while (const dirent* entry = readdir(dir)) {
    char* end;
    const unsigned long pid = std::strtoul(entry->d_name, &end, 10);
    if (pid > 0 && *end == 0) pids.push_back(static_cast<uint32_t>(pid));
  }
  closedir(dir);
  return pids;
}

void read_boot_id(uint64_t& first, uint64_t& second) {
  std::string hex;
  for (const char c : read_all("/proc/sys/kernel/random/boot_id", 64)) {
    if (std::isxdigit(static_cast<unsigned char>(c))) hex.push_back(c);
  }
  first = hex.size() < 32 ? 0 : std::strtoull(hex.substr(0, 16).c_str(), nullptr, 16);
  second = hex.size() < 32 ? 0 : std::strtoull(hex.substr(16, 16).c_str(), nullptr, 16);
}

}  // namespace quince
