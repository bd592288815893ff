// Rows of calls that change files by name.
#include <cstdio>

#include "row_builder.h"
#include "text.h"

namespace quince {
namespace {

struct Flag {
  uint32_t bit;
  const char* name;
};

template <size_t N>
void append_flags(std::string& text, uint32_t flags, const Flag (&names)[N]) {
  for (const auto& [bit, name] : names) {
    if ((flags & bit) != 0) text.append(text.empty() ? "" : "|").append(name);
  }
}

std::string mode_flags(uint32_t mode) {
  char octal[8];
  std::snprintf(octal, sizeof octal, "%04o", mode & 07777);
  std::string text = octal;
  append_flags(text, mode, {{04000, "SETUID"}, {02000, "SETGID"}, {01000, "STICKY"}});
  return text;
}

std::string owner_flags(const q_file& e) {
  std::string text;
  if (e.uid != Q_UNKNOWN_U32) text = "UID=" + std::to_string(e.uid);
  if (e.gid != Q_UNKNOWN_U32) text.append(text.empty() ? "" : "|").append("GID=" + std::to_string(e.gid));
  return text;
}

std::string mount_flags(const q_file& e) {
  if (e.mode == Q_MOUNT_GONE) return "UMOUNT";
  if (e.mode == Q_MOUNT_MOVED) return "MOVE";
  std::string text;
  // What is done, then how: MS_REMOUNT, MS_BIND, MS_MOVE.
  append_flags(text, e.flags, {{0x20, "REMOUNT"}, {0x1000, "BIND"}, {0x2000, "MOVE"}});
  if (text.empty()) text = "MOUNT";
  const size_t length = strnlen(e.type, sizeof e.type);
  if (length > 0) text.append("|").append(valid_utf8({e.type, length}));
  append_flags(text, e.flags, {{1, "RDONLY"}, {2, "NOSUID"}, {4, "NODEV"}, {8, "NOEXEC"}});
  return text;
}

std::string file_flags(const q_file& e) {
  std::string text;
  switch (e.head.kind) {
    case Q_OPEN_FAILED:
      return open_flags(e.flags, 0);
    case Q_RENAME:
      append_flags(text, e.flags, {{1, "NOREPLACE"}, {2, "EXCHANGE"}, {4, "WHITEOUT"}});
      return text;
    case Q_UNLINK:
      append_flags(text, e.flags, {{0x200, "DIR"}});
      return text;
    case Q_CHMOD:
      return mode_flags(e.mode);
    case Q_CHOWN:
      return owner_flags(e);
    case Q_MEMFD:
      append_flags(text, e.flags, {{1, "CLOEXEC"}, {2, "SEALING"}, {4, "HUGETLB"}, {8, "NOEXEC"}, {16, "EXEC"}});
      return text;
    case Q_MOUNT:
      return mount_flags(e);
    default:
      return text;
  }
}

}  // namespace

void RowBuilder::write_file(const q_file& e, const Image& image) {
  std::string flags = file_flags(e);
  const char* at = e.data;
  for (int which = 0; which < 2; which++) {
    if (e.dir_len[which] + e.name_len[which] == 0) continue;
    const std::string directory = join_components({at, e.dir_len[which]}, e.truncated != 0);
    at += e.dir_len[which];
    const std::string_view name(at, e.name_len[which] == 0 ? 0 : e.name_len[which] - 1);
    at += e.name_len[which];
    // The text of a symbolic link, and what is mounted, need not be a path.
    const bool is_text = which == 0 && (e.head.kind == Q_SYMLINK || (e.head.kind == Q_MOUNT && (e.flags & 0x1000) == 0));
    const ResolvedPath path = is_text ? ResolvedPath{std::string(name), true}
                                      : paths_.resolve({e.head.who.tgid, e.mount_ns, e.chrooted != 0, directory, name, e.follows != 0});
    if (!path.resolved) flags.append(flags.empty() ? "" : "|").append("UNRESOLVED");
    slot_.set_code(which == 0 ? Column::path : Column::path_to, strings_.code(StringClass::path, valid_utf8(path.path)));
  }
  slot_.set_code(Column::flags, this->flags(flags));
  if (e.ret != Q_RET_UNKNOWN) slot_.set_i32(Column::ret, e.ret < 0 ? e.ret : 0);
  if (e.head.kind == Q_MEMFD) slot_.set_i32(Column::fd, e.ret);
  if (e.truncated != 0 && !image.cut) slot_.set_true(Column::truncated);
}

}  // namespace quince
