// Rows of what is done by name: renames, links, unlinks, and opens of which only the name is known.
#include "row_builder.h"
#include "text.h"

namespace quince {
namespace {

/// A name as a program gave it, absolute in its mount namespace. `folder`: components of where it starts, leaf first. "." and
/// ".." are taken away; an absolute name does not leave the program's root by them. Sets `cut` when bytes were left out.
std::string path_of_name(std::string_view folder, std::string_view name, bool& cut) {
  name = name.substr(0, name.find('\0'));
  const std::string start = join_components(folder, cut);
  std::string path;
  if (name.empty() || name[0] != '/') {
    path = absolute_path(name, start);
  } else {
    path = absolute_path(name, "/");
    if (start != "/") path.insert(0, start);
  }
  if (cut_utf8(path, 2 * Q_PATH_MAX)) cut = true;
  return path;
}

void add_name(std::string& text, const char* name) {
  if (!text.empty()) text.push_back('|');
  text.append(name);
}

/// A folder on the way may be a symbolic link, so that the file is elsewhere.
bool may_be_elsewhere(std::string_view name) { return name.find('/') != std::string_view::npos; }

std::string flag_names(const q_names& e, bool elsewhere) {
  std::string text;
  if (e.head.kind == Q_UNLINK && (e.flags & 0x200) != 0) add_name(text, "DIR");
  if (e.head.kind == Q_RENAME && (e.flags & 1) != 0) add_name(text, "NOREPLACE");
  if (e.head.kind == Q_RENAME && (e.flags & 2) != 0) add_name(text, "EXCHANGE");
  if (e.head.kind == Q_RENAME && (e.flags & 4) != 0) add_name(text, "WHITEOUT");
  if (elsewhere) add_name(text, "UNRESOLVED");
  return text;
}

}  // namespace

void RowBuilder::write_names(const q_names& e, Process& process) {
  const std::string_view folder(e.data, e.folder_len);
  const std::string_view name(e.data + e.folder_len, e.name_len);
  const std::string_view to_folder(name.data() + name.size(), e.to_folder_len);
  const std::string_view to(to_folder.data() + to_folder.size(), e.to_name_len);
  const bool points = e.head.kind == Q_SYMLINK;
  bool cut = e.truncated != 0;
  slot_.set_code(Column::path, strings_.code(StringClass::path, path_of_name(folder, name, cut)));
  if (e.head.kind != Q_UNLINK) {
    const std::string second = points ? valid_utf8(to.substr(0, to.find('\0'))) : path_of_name(to_folder, to, cut);
    slot_.set_code(Column::path_to, strings_.code(StringClass::path, second));
  }
  const bool elsewhere = may_be_elsewhere(name) || (!points && may_be_elsewhere(to));
  slot_.set_code(Column::flags, word(flag_names(e, elsewhere)));
  if (e.ret != Q_RET_UNKNOWN) slot_.set_i32(Column::ret, e.ret);
  if (cut && !process.image->cut) slot_.set_true(Column::truncated);
}

std::string RowBuilder::path_of_open(const q_open& e) {
  const std::string_view components(e.data, e.path_len);
  if (e.name_len != 0) {
    bool cut = e.truncated != 0;
    return path_of_name(components, {e.data + e.path_len, e.name_len}, cut);
  }
  std::string path = join_components(components, e.truncated != 0);
  if (e.unlinked != 0 && path.compare(0, 7, "/memfd:") != 0) path.append(" (deleted)");
  return path;
}

}  // namespace quince
