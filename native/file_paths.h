// Paths of files that a call named: the directory as the kernel knows it, the name as the program gave it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace quince {

struct NamedFile {
  /// Who named it, and where names begin for it.
  uint32_t pid;
  uint32_t mount_ns;
  bool chrooted;
  /// The directory that the name is relative to (of an absolute name the process's root), from the kernel's objects.
  std::string directory;
  /// As the program gave it; empty when `directory` is the file itself.
  std::string_view name;
  /// The call follows a symbolic link at the end of the name.
  bool follows;
};

struct ResolvedPath {
  std::string path;
  /// Whether it is what the kernel saw; else ".", "..", and links were left as the program wrote them.
  bool resolved;
};

class FilePaths {
 public:
  FilePaths();

  /// A name without a slash, to a call that does not follow links, is exact. Others are looked up now, within the
  /// process's root, so that links changed since the call lead elsewhere. Up to four system calls, about 5 µs.
  ResolvedPath resolve(const NamedFile& file) const;

 private:
  std::string look_up(const NamedFile& file) const;

  uint32_t own_mount_ns_ = 0;
};

}  // namespace quince
