// Every way to change files, COUNT times each, in the current folder. Prints what it knows: one JSON line a call. Built
// by test/perf-files.test.ts; run as root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char here[4096];

static void told(const char *syscall, const char *path, const char *to, const char *flags, int ret) {
  printf("{\"syscall\":\"%s\"", syscall);
  if (path) printf(",\"path\":\"%s%s\"", path[0] == '/' || path[0] == '=' ? "" : here, path[0] == '=' ? path + 1 : path);
  if (to) printf(",\"path_to\":\"%s%s\"", to[0] == '/' ? "" : here, to);
  if (flags) printf(",\"flags\":\"%s\"", flags);
  printf(",\"ret\":%d}\n", ret == 0 ? 0 : -errno);
}

static void touch(const char *path) { close(open(path, O_WRONLY | O_CREAT, 0600)); }

static const char *name(const char *base, int i) {
  static char names[8][64];
  static int next;
  char *text = names[next++ % 8];
  sprintf(text, "%s-%d", base, i);
  return text;
}

static void change(int i) {
  char other[128];
  const char *a = name("a", i), *d = name("d", i);
  touch(a);
  int fd = open(a, O_RDWR);
  told("chmod", a, NULL, "4750|SETUID", chmod(a, 04750));
  told("chmod", a, NULL, "0640", fchmodat(AT_FDCWD, a, 0640, 0));
  told("chmod", a, NULL, "0600", fchmod(fd, 0600));
  told("chown", a, NULL, "UID=65534|GID=65534", fchown(fd, 65534, 65534));
  told("truncate", a, NULL, NULL, ftruncate(fd, 3));
  close(fd);
  told("truncate", a, NULL, NULL, truncate(a, 2));
  told("chown", a, NULL, "UID=0", chown(a, 0, -1));
  told("chown", a, NULL, "GID=0", lchown(a, -1, 0));
  sprintf(other, "=%s", a);
  told("symlink", other, d, NULL, symlink(a, d));
  /* Through the link, which is followed. */
  told("chmod", a, NULL, "0400", chmod(d, 0400));
}

static void move(int i, int dir) {
  char other[128], full[4300];
  const char *a = name("a", i), *b = name("b", i), *c = name("c", i), *d = name("d", i);
  told("rename", a, b, NULL, rename(a, b));
  told("link", b, c, NULL, link(b, c));
  /* By an absolute name with dots and a linked folder. */
  sprintf(full, "%s./sub/../linked/%s", here, c);
  sprintf(other, "sub/%s", c);
  told("rename", c, other, NULL, rename(c, full));
  told("rename", other, c, "NOREPLACE", syscall(SYS_renameat2, dir, c, AT_FDCWD, c, 1));
  told("unlink", c, NULL, NULL, unlink(c));
  told("unlink", d, NULL, NULL, unlinkat(AT_FDCWD, d, 0));
  told("unlink", b, NULL, NULL, unlink(name("./b", i)));
  mkdir(a, 0700);
  told("unlink", a, NULL, "DIR", rmdir(a));
  sprintf(other, "/memfd:%s", a);
  int memory = memfd_create(a, MFD_CLOEXEC);
  told("memfd", other, NULL, "CLOEXEC", memory < 0);
  close(memory);
}

static void refused(int i) {
  const char *a = name("kept", i);
  touch(a);
  touch("shadow");
  setegid(65534);
  seteuid(65534);
  told("unlink", a, NULL, NULL, unlink(a));
  told("rename", a, name("lost", i), NULL, rename(a, name("lost", i)));
  told("chmod", a, NULL, "0666", chmod(a, 0666));
  told("open", a, NULL, "WRONLY", open(a, O_WRONLY));
  told("open", "shadow", NULL, "RDONLY", open("shadow", O_RDONLY));
  /* Refused too, but neither for writing nor sensitive. */
  open(a, O_RDONLY);
  seteuid(0);
  setegid(0);
}

static void mounts(int i) {
  const char *at = name("mount", i);
  mkdir(at, 0700);
  told("mount", "=nothing", at, "MOUNT|tmpfs|NOSUID|NODEV", mount("nothing", at, "tmpfs", MS_NOSUID | MS_NODEV, NULL));
  told("mount", "sub", at, "BIND", mount("sub", at, NULL, MS_BIND, NULL));
  told("mount", NULL, at, "UMOUNT", umount2(at, MNT_DETACH));
  told("mount", NULL, at, "UMOUNT", umount2(at, MNT_DETACH));
}

int main(int argc, char **argv) {
  int count = atoi(argv[argc - 1]);
  if (!getcwd(here, sizeof here - 1)) return 1;
  strcat(here, "/");
  mkdir("sub", 0700);
  told("symlink", "=sub", "linked", NULL, symlink("sub", "linked"));
  int dir = open("sub", O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < count; i++) change(i);
  /* A name that is followed is looked up when the reader comes to it: until then the file must be there. */
  usleep(400000);
  for (int i = 0; i < count; i++) move(i, dir);
  for (int i = 0; i < count; i++) refused(i);
  for (int i = 0; i < count; i++) mounts(i);
  usleep(400000);
  return 0;
}
