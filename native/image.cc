#include "image.h"

#include <cstring>

#include "text.h"

namespace quince {
namespace {

constexpr const char* kStdioNames[] = {"closed", "file", "tty", "pipe", "socket", "null", "other"};

std::string flags_of(const std::string& exe, bool unlinked) {
  // A memfd never has a name on disk; saying so once is enough.
  if (exe.compare(0, 7, "/memfd:") == 0) return "memfd";
  return unlinked ? "unlinked" : "";
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
  if (text.compare(0, 3, "pts") == 0) text.insert(3, "/");
  return text;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A script runs under its own name: the kernel sets comm from it, and gives it to the interpreter as an argument.
std::string script_of(const std::string& command_line, const ProcStat& stat, const std::string& exe, const std::string& cwd) {
  if (base_name(exe).substr(0, 15) == stat.comm) return "";
  for (size_t at = command_line.find('\0'); at != std::string::npos && at + 1 < command_line.size();
       at = command_line.find('\0', at + 1)) {
    const std::string arg(command_line.c_str() + at + 1);
    if (arg.empty() || arg[0] == '-') continue;
    return base_name(arg).substr(0, 15) == stat.comm ? absolute_path(arg, cwd) : "";
  }
  return "";
}

}  // namespace

std::shared_ptr<Image> image_of_exec(const q_exec& e, uint32_t length) {
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
  image->exe_flags.value = flags_of(image->exe.value, e.unlinked);
  image->stdio.value = stdio_of(e.stdio);
  image->tty.value = tty_of(e.tty, sizeof e.tty);
  return image;
}

std::shared_ptr<Image> image_of_running(uint32_t pid, const ProcStat& stat) {
  auto image = std::make_shared<Image>();
  bool unlinked = false, gone = false;
  image->exe.value = valid_utf8(read_link(pid, "exe", unlinked));
  image->cwd.value = valid_utf8(read_link(pid, "cwd", gone));
  std::string command_line = read_command_line(pid, Q_ARGS_MAX);
  image->cut = command_line.size() == Q_ARGS_MAX;
  // A program that wrote a title over its arguments left the rest of them as NULs.
  while (command_line.size() > 1 && command_line[command_line.size() - 2] == 0) command_line.pop_back();
  image->args.value = quote_arguments(command_line, image->cut);
  image->exe_flags.value = flags_of(image->exe.value, unlinked);
  image->script.value = script_of(command_line, stat, image->exe.value, image->cwd.value);
  image->tty.value = tty_name(stat.tty);
  // A kernel thread has no exe and no descriptors; another user's process shows neither.
  if (!image->exe.value.empty()) {
    image->stdio.value = descriptor_kind(pid, 0) + "," + descriptor_kind(pid, 1) + "," + descriptor_kind(pid, 2);
  }
  return image;
}

}  // namespace quince
