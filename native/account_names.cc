#include "account_names.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "text.h"

namespace quince {
namespace {

constexpr uint64_t kCheckNs = 5'000'000'000;
constexpr size_t kNamesKept = 65'536;

bool changed(const char* path, timespec& last) {
  struct stat st;
  if (stat(path, &st) != 0) return false;
  const bool differs = st.st_mtim.tv_sec != last.tv_sec || st.st_mtim.tv_nsec != last.tv_nsec;
  last = st.st_mtim;
  return differs;
}

}  // namespace

Text& AccountNames::user(uint32_t uid) {
  const auto found = users_.find(uid);
  if (found != users_.end()) return found->second;
  passwd entry;
  passwd* result = nullptr;
  std::vector<char> room(16'384);
  getpwuid_r(uid, &entry, room.data(), room.size(), &result);
  if (users_.size() >= kNamesKept) users_.clear();
  return users_[uid] = Text(result == nullptr ? std::to_string(uid) : valid_utf8(entry.pw_name));
}

Text& AccountNames::group(uint32_t gid) {
  const auto found = groups_.find(gid);
  if (found != groups_.end()) return found->second;
  ::group entry;
  ::group* result = nullptr;
  std::vector<char> room(65'536);
  getgrgid_r(gid, &entry, room.data(), room.size(), &result);
  if (groups_.size() >= kNamesKept) groups_.clear();
  return groups_[gid] = Text(result == nullptr ? std::to_string(gid) : valid_utf8(entry.gr_name));
}

void AccountNames::refresh(uint64_t boot_ns) {
  if (boot_ns - checked_ns_ < kCheckNs) return;
  checked_ns_ = boot_ns;
  if (changed("/etc/passwd", users_changed_)) users_.clear();
  if (changed("/etc/group", groups_changed_)) groups_.clear();
}

}  // namespace quince
