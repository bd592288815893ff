#include "proc_fs.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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

std::vector<uint32_t> read_ns_pids(uint32_t pid) {
  const std::string status = read_all(place(pid, "status"), 8192);
  std::vector<uint32_t> pids;
  const char* at = std::strstr(status.c_str(), "\nNSpid:");
  if (at == nullptr) return pids;
  char* end;
  for (at += 7; *at == '\t'; at = end) pids.push_back(static_cast<uint32_t>(std::strtoul(at + 1, &end, 10)));
  return pids;
}

}  // namespace

std::optional<ProcStat> read_stat(uint32_t pid) {
  const std::string text = read_all(place(pid, "stat"), 4096);
  const size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  ProcStat stat = {0, 0, 0, false, text.substr(open + 1, close - open - 1)};
  char state;
  unsigned long ppid, tty;
  unsigned long long start;
  // Fields 3 to 22: state, ppid, pgrp, session, tty_nr, … starttime.
  const int n = std::sscanf(text.c_str() + close + 1,
                            " %c %lu %*d %*d %lu %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
                            &ppid, &tty, &start);
  if (n != 4) return std::nullopt;
  stat.ppid = static_cast<uint32_t>(ppid);
  stat.tty = static_cast<uint32_t>(tty);
  stat.start_ticks = start;
  stat.ended = state == 'Z' || state == 'X';
  return stat;
}

std::string read_command_line(uint32_t pid, size_t limit) { return read_all(place(pid, "cmdline"), limit); }

std::string read_link(uint32_t pid, const char* name, bool& deleted) {
  static const std::string mark = " (deleted)";
  char target[4097];
  const ssize_t n = readlink(place(pid, name).c_str(), target, sizeof target - 1);
  if (n <= 0) return "";
  std::string text(target, static_cast<size_t>(n));
  deleted = text.size() > mark.size() && text.compare(text.size() - mark.size(), mark.size(), mark) == 0;
  if (deleted) text.resize(text.size() - mark.size());
  return text;
}

std::string descriptor_kind(uint32_t pid, int fd) {
  struct stat st;
  if (stat(place(pid, ("fd/" + std::to_string(fd)).c_str()).c_str(), &st) != 0) return "closed";
  switch (st.st_mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFIFO:
      return "pipe";
    case S_IFSOCK:
      return "socket";
    case S_IFCHR: {
      const unsigned major_number = major(st.st_rdev);
      if (major_number == 1 && minor(st.st_rdev) == 3) return "null";
      const bool tty = major_number == 4 || major_number == 5 || (major_number >= 136 && major_number <= 143) ||
                       major_number == 204 || major_number == 205;
      return tty ? "tty" : "other";
    }
  }
  return "other";
}

uint32_t read_ns_ppid(uint32_t pid, uint32_t ppid) {
  const std::vector<uint32_t> own = read_ns_pids(pid), parent = read_ns_pids(ppid);
  if (own.empty() || parent.size() < own.size()) return 0;
  bool deleted;
  const std::string space = read_link(pid, "ns/pid", deleted), above = read_link(ppid, "ns/pid", deleted);
  if (own.size() == parent.size() && space != above) return 0;
  return parent[own.size() - 1];
}

std::string tty_name(uint32_t device) {
  // tty_nr: minor in bits 31 to 20 and 7 to 0, major in bits 15 to 8.
  const uint32_t major_number = device >> 8 & 0xff, minor_number = (device >> 12 & 0xfff00) | (device & 0xff);
  if (major_number >= 136 && major_number <= 143) {
    return "pts/" + std::to_string((major_number - 136) * 256 + minor_number);
  }
  if (major_number == 4) {
    return minor_number < 64 ? "tty" + std::to_string(minor_number) : "ttyS" + std::to_string(minor_number - 64);
  }
  return "";
}

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
