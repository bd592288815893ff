#include "file_paths.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace quince {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// A ".." in the path is refused when something is renamed or mounted anywhere meanwhile (EAGAIN).
constexpr int kTries = 100;

int open_within(int root, const std::string& path) {
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int i = 0; i < kTries; i++) {
    const long fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) return static_cast<int>(fd);
  }
  return -1;
}

std::string path_of(int fd) {
  char target[4096];
  const ssize_t n = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
  return n > 0 && n < static_cast<ssize_t>(sizeof target) ? std::string(target, static_cast<size_t>(n)) : "";
}

std::string joined(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (path.empty() || path.back() != '/') path.push_back('/');
  // A name that begins with a slash begins at the directory, which is its root.
  const size_t from = name.find_first_not_of('/');
  if (from != std::string_view::npos) path.append(name.substr(from));
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

std::string_view without_slashes_behind(std::string_view name) {
  while (name.size() > 1 && name.back() == '/') name.remove_suffix(1);
  return name;
}

}  // namespace

FilePaths::FilePaths() {
  struct stat own;
  if (stat("/proc/self/ns/mnt", &own) == 0) own_mount_ns_ = static_cast<uint32_t>(own.st_ino);
}

ResolvedPath FilePaths::resolve(const NamedFile& file) const {
  if (file.name.empty()) return {file.directory, true};
  const std::string_view name = without_slashes_behind(file.name);
  const bool plain = name.find('/') == std::string_view::npos && !is_dots(name);
  if (plain && !file.follows) return {joined(file.directory, name), true};
  std::string found = look_up(file);
  if (!found.empty()) return {std::move(found), true};
  // A plain name that is no link: the file may be gone already.
  return {joined(file.directory, name), false};
}

// Empty when it cannot be found.
std::string FilePaths::look_up(const NamedFile& file) const {
  const bool absolute = file.name.front() == '/';
  const bool own_root = file.mount_ns == own_mount_ns_ && !file.chrooted;
  // Below another root only what begins there can be found: where the directory lies in it is not known.
  if (file.chrooted && !absolute) return "";
  const Descriptor root(open(own_root ? "/" : ("/proc/" + std::to_string(file.pid) + "/root").c_str(), O_PATH | O_CLOEXEC));
  if (!root.ok()) return "";
  const std::string path = absolute ? std::string(file.name) : joined(file.directory, file.name);
  const std::string_view whole = without_slashes_behind(path);
  const size_t slash = whole.rfind('/');
  const std::string_view last = whole.substr(slash + 1);
  if (file.follows || is_dots(last)) {
    const Descriptor target(open_within(root.get(), std::string(whole)));
    if (target.ok()) return path_of(target.get());
    if (is_dots(last)) return "";
  }
  const Descriptor parent(open_within(root.get(), slash == 0 ? "/" : std::string(whole.substr(0, slash))));
  const std::string directory = parent.ok() ? path_of(parent.get()) : "";
  return directory.empty() ? "" : joined(directory, last);
}

}  // namespace quince
