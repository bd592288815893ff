// Names with dots while files are renamed all the time. Prints "ok" or the first failure; run by test/perf-units.test.ts.
#include "../file_paths.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "check.h"

using namespace quince;

namespace {

void renames_meanwhile_leave_no_name_unresolved() {
  char folder[] = "/tmp/quince-names-XXXXXX";
  CHECK(mkdtemp(folder) != nullptr && chdir(folder) == 0 && mkdir("sub", 0700) == 0 && symlink("sub", "linked") == 0);
  const pid_t renaming = fork();
  if (renaming == 0) {
    fclose(fopen("a", "w"));
    for (;;) {
      rename("a", "b");
      rename("b", "a");
    }
  }
  struct stat own;
  CHECK(stat("/proc/self/ns/mnt", &own) == 0);
  const FilePaths paths;
  const NamedFile file = {static_cast<uint32_t>(getpid()), static_cast<uint32_t>(own.st_ino), false, folder, "sub/../linked/new", false};
  int resolved = 0;
  for (int i = 0; i < 20000; i++) {
    const ResolvedPath found = paths.resolve(file);
    resolved += found.resolved && found.path == std::string(folder) + "/sub/new";
  }
  kill(renaming, SIGKILL);
  waitpid(renaming, nullptr, 0);
  CHECK(chdir("/") == 0 && system(("rm -r " + std::string(folder)).c_str()) == 0);
  CHECK(resolved == 20000);
}

}  // namespace

int main() {
  renames_meanwhile_leave_no_name_unresolved();
  std::puts("ok");
}
