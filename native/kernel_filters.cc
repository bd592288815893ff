// What user space tells the program: sensitive names, noise, quotas.
#include <bpf/bpf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstring>

#include "kernel_side.h"

namespace quince {

std::string KernelSide::mark_sensitive(const std::vector<SensitiveName>& names) {
  const int names_fd = bpf_object__find_map_fd_by_name(object_, "sensitive_names");
  const int inodes_fd = bpf_object__find_map_fd_by_name(object_, "sensitive_inodes");
  const uint8_t yes = 1;
  for (const SensitiveName& name : names) {
    q_name key = {};
    key.what = name.what;
    if (name.text.empty() || name.text.size() >= Q_NAME_MAX) {
      return "a sensitive name requires 1 to " + std::to_string(Q_NAME_MAX - 1) + " bytes, got " + name.text;
    }
    std::memcpy(key.text, name.text.data(), name.text.size());
    if (bpf_map_update_elem(names_fd, &key, &yes, BPF_ANY) != 0) return failed("sensitive names cannot be set", errno);
    if (name.what == Q_NAME_WRITES && !add_filter(Q_FILTER_WRITES)) return failed("global variable cannot be set", errno);
    struct stat file;
    if (name.what != Q_NAME_FILE || stat(("/etc/" + name.text).c_str(), &file) != 0) continue;
    // Known by inode from the start: a hard link may be older than the sensor.
    q_inode id = {};
    id.ino = file.st_ino;
    id.dev = major(file.st_dev) << 20 | minor(file.st_dev);
    bpf_map_update_elem(inodes_fd, &id, &yes, BPF_ANY);
  }
  return "";
}

std::string KernelSide::mark_unreported_ports(const std::vector<uint16_t>& ports) {
  const uint8_t yes = 1;
  for (const uint16_t port : ports) {
    if (bpf_map_update_elem(bpf_map__fd(map("unreported_ports")), &port, &yes, BPF_ANY) != 0) return failed("ports cannot be set", errno);
  }
  return ports.empty() || add_filter(Q_FILTER_PORTS) ? "" : failed("global variable cannot be set", errno);
}

std::string KernelSide::mark_name_services(const std::vector<std::string>& paths) {
  const int fd = bpf_map__fd(map("name_services"));
  const uint8_t yes = 1;
  for (const std::string& path : paths) {
    char key[Q_SUN_PATH + 4] = {};
    if (path.empty() || path.size() > Q_SUN_PATH) {
      return "the address of a name service requires 1 to " + std::to_string(Q_SUN_PATH) + " bytes, got '" + path + "'";
    }
    std::memcpy(key, path.data(), path.size());
    if (bpf_map_update_elem(fd, key, &yes, BPF_ANY) != 0) return failed("address of a name service cannot be set", errno);
  }
  return "";
}

bpf_map* KernelSide::globals() const {
  bpf_map* map;
  bpf_object__for_each_map(map, object_) {
    if (std::strstr(bpf_map__name(map), ".bss") != nullptr && bpf_map__value_size(map) == sizeof(q_shared)) return map;
  }
  return nullptr;
}

q_shared* KernelSide::mapped_globals() {
  if (mapped_ != nullptr) return mapped_;
  void* at = mmap(nullptr, sizeof(q_shared), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(globals()), 0);
  if (at != MAP_FAILED) mapped_ = static_cast<q_shared*>(at);
  return mapped_;
}

bool KernelSide::add_filter(uint32_t filter) {
  q_shared* shared = mapped_globals();
  if (shared != nullptr) shared->filters |= filter;
  return shared != nullptr;
}

bool KernelSide::set_quota(uint32_t quota) {
  q_shared* shared = mapped_globals();
  if (shared == nullptr) return false;
  __atomic_store_n(&shared->is_timed, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&shared->quota, quota, __ATOMIC_RELAXED);
  return true;
}

}  // namespace quince
