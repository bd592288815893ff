// The host's names for user and group ids.
#pragma once
#include <cstdint>
#include <ctime>
#include <unordered_map>

#include "string_store.h"

namespace quince {

/// Looks names up through the name service and keeps them; a name service over the network can hold its caller, which the rings
/// bridge. Names are asked for again when /etc/passwd or /etc/group has changed, looked at most every 5 s.
class AccountNames {
 public:
  /// An id without a name stays a number.
  Text& user(uint32_t uid);
  Text& group(uint32_t gid);
  void refresh(uint64_t boot_ns);

 private:
  std::unordered_map<uint32_t, Text> users_, groups_;
  uint64_t checked_ns_ = 0;
  timespec users_changed_ = {}, groups_changed_ = {};
};

}  // namespace quince
