#include "image.h"

#include <cstring>

#include "text.h"

namespace quince {
namespace {

constexpr const char* kStdioNames[] = {"closed", "file", "tty", "pipe", "socket", "null", "other"};

/// A program changed less than this before it is executed is "just_written".
constexpr int64_t kJustS = 600;

std::string flags_of(const std::string& exe, bool unlinked, bool just_written) {
  // A memfd never has a name on disk, and unlinking is a change: saying so once is enough.
  if (exe.compare(0, 7, "/memfd:") == 0) return "memfd";
  if (unlinked) return "unlinked";
  return just_written ? "just_written" : "";
}

std::string stdio_of(const uint8_t* kinds) {
  std::string text;
  for (int fd = 0; fd < 3; fd++) {
    if (fd > 0) text.push_back(',');
    text.append(kinds[fd] < std::size(kStdioNames) ? kStdioNames[kinds[fd]] : "other");
  }
  return text;
}

// The kernel's "pts3" is the user's "pts/3".
std::string tty_of(const char* name, size_t size) {
  std::string text = valid_utf8({name, strnlen(name, size)});
  if (text.compare(0, 3, "pts") == 0) text.insert(3, 1, '/');
  return text;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A script runs under its own name: the kernel sets comm from it, and gives it to the interpreter as an argument.
std::string script_of(const std::string& command_line, const std::string& comm, const std::string& exe, const std::string& cwd) {
  if (base_name(exe).substr(0, 15) == comm) return "";
  for (size_t at = command_line.find('\0'); at != std::string::npos && at + 1 < command_line.size();
       at = command_line.find('\0', at + 1)) {
    const std::string arg(command_line.c_str() + at + 1);
    if (arg.empty() || arg[0] == '-') continue;
    return base_name(arg).substr(0, 15) == comm ? absolute_path(arg, cwd) : "";
  }
  return "";
}

}  // namespace

std::shared_ptr<Image> image_of_exec(const q_exec& e, uint32_t length, int64_t wall_s) {
  const uint64_t needed = sizeof e + uint64_t{e.args_len} + e.exe_len + e.cwd_len + e.file_len;
  if (needed > length) return nullptr;
  auto image = std::make_shared<Image>();
  const char* at = e.data;
  image->cut = e.truncated != 0;
  image->args.value = quote_arguments({at, e.args_len}, image->cut);
  at += e.args_len;
  image->exe.value = join_components({at, e.exe_len}, e.truncated & Q_CUT_EXE);
  at += e.exe_len;
  image->cwd.value = join_components({at, e.cwd_len}, e.truncated & Q_CUT_CWD);
  at += e.cwd_len;
  if (e.script) image->script.value = absolute_path({at, strnlen(at, e.file_len)}, image->cwd.value);
  const bool known = e.changed_s != static_cast<int64_t>(Q_UNKNOWN_U64);
  image->exe_flags.value = flags_of(image->exe.value, e.unlinked != 0, known && wall_s - e.changed_s < kJustS);
  image->stdio.value = stdio_of(e.stdio);
  image->tty.value = tty_of(e.tty, sizeof e.tty);
  return image;
}

std::shared_ptr<Image> image_of_running(const q_exec& e, uint32_t length) {
  auto image = image_of_exec(e, length, 0);
  if (!image) return nullptr;
  if (e.exe_len == 0) image->exe.value.clear();
  if (e.cwd_len == 0) image->cwd.value.clear();
  std::string command_line(e.data, e.args_len);
  if (command_line.empty()) {
    command_line = read_command_line(e.head.who.tgid, Q_ARGS_MAX);
    image->cut |= command_line.size() == Q_ARGS_MAX;
  }
  // A program that wrote a title over its arguments left the rest of them as NULs.
  while (command_line.size() > 1 && command_line[command_line.size() - 2] == 0) command_line.pop_back();
  image->args.value = quote_arguments(command_line, image->cut);
  const std::string comm(e.head.who.comm, strnlen(e.head.who.comm, sizeof e.head.who.comm));
  image->script.value = script_of(command_line, comm, image->exe.value, image->cwd.value);
  return image;
}

}  // namespace quince
