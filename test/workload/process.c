// What processes do to themselves and to each other, for test/perf-process.test.ts, which builds it. Each mode prints a line of JSON
// for each event that the sensor must tell, with what the program knows about it. Run as root in an empty folder.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static char *self;
static char folder[4096];

static void wait_all(void) {
  while (wait(NULL) > 0) {
  }
}

static int touch(const char *path) { return close(open(path, O_WRONLY | O_CREAT, 0666)); }

static void try(const char *path) {
  char *const argv[] = {(char *)path, NULL};
  execve(path, argv, environ);
}

static void tell_failed(const char *path, int count) {
  printf("{\"pid\":%d,\"path\":\"%s\",\"ret\":%d,\"count\":%d}\n", getpid(), path, -errno, count);
  fflush(stdout);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

/* Misses `count` absolute paths, then goes on. On a machine too busy to do so within a second it ends: nobody can say how many rows that is. */
static void miss(int count) {
  char path[8192];
  double began = now();
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/search-%d/program", folder, i);
    try(path);
  }
  if (now() - began > 0.9) exit(1);
  snprintf(path, sizeof path, "%s/search-0/program", folder);
  errno = ENOENT;
  tell_failed(path, count);
}

static void failed(void) {
  char name[64], path[8192];
  for (int i = 0; i < 13; i++) {
    snprintf(name, sizeof name, "refused-%d", i);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    close(open(name, O_WRONLY | O_CREAT, 0600));
    try(i % 2 ? path : name);
    tell_failed(path, 1);
  }
  for (int i = 0; i < 5; i++) {
    snprintf(path, sizeof path, "%s/refused-%d/below", folder, i);
    try(path);
    tell_failed(path, 1);
  }
  mkdir("deep", 0700);
  int at = open("deep", O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 3; i++) {
    char *const argv[] = {"x", NULL};
    snprintf(name, sizeof name, "absent-%d", i);
    syscall(SYS_execveat, at, name, argv, environ, 0);
    snprintf(path, sizeof path, "%s/deep/%s", folder, name);
    tell_failed(path, 1);
  }
  int file = open("refused-0", O_RDONLY);
  char *const argv[] = {"x", NULL};
  syscall(SYS_execveat, file, "", argv, environ, AT_EMPTY_PATH);
  snprintf(path, sizeof path, "%s/refused-0", folder);
  tell_failed(path, 1);
  close(file);
}

static void searches(void) {
  if (fork() == 0) {
    miss(11);
    execl(self, self, "nothing", NULL);
  }
  if (fork() == 0) {
    miss(7);
    _exit(0);
  }
  if (fork() == 0) {
    miss(2);
    usleep(1200000);
    miss(3);
    _exit(0);
  }
  if (fork() == 0) {
    miss(4);
    usleep(1700000);
    miss(1);
    _exit(0);
  }
}

/* Its child lives on and does nothing more, until the test ends it. */
static void silent(void) {
  if (fork() != 0) _exit(0);
  miss(5);
  fclose(stdout);
  sleep(60);
}

/* Ids as the kernel gives them: ruid euid suid rgid egid sgid. */
static void tell_ids(const char *call) {
  unsigned r, e, s, rg, eg, sg;
  getresuid(&r, &e, &s);
  getresgid(&rg, &eg, &sg);
  printf("{\"pid\":%d,\"call\":\"%s\",\"ruid\":%u,\"uid\":%u,\"suid\":%u,\"rgid\":%u,\"gid\":%u,\"sgid\":%u}\n", getpid(), call, r, e,
         s, rg, eg, sg);
  fflush(stdout);
}

static void drop_capability(int capability) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  syscall(SYS_capget, &header, data);
  data[capability / 32].effective &= ~(1u << capability % 32);
  syscall(SYS_capset, &header, data);
}

static void ids(void) {
  gid_t groups[] = {4, 24, 27};
  setgroups(3, groups), tell_ids("SETGROUPS");
  drop_capability(CAP_SYS_TIME), tell_ids("CAPSET");
  setegid(65534), tell_ids("SETRESGID");
  setregid(12, 13), tell_ids("SETREGID");
  setgid(14), tell_ids("SETGID");
  setfsgid(15), tell_ids("SETFSGID");
  setfsuid(16), tell_ids("SETFSUID");
  setresuid(1001, 1002, 0), tell_ids("SETRESUID");
  setreuid(-1, 0), tell_ids("SETREUID");
  setuid(1003), tell_ids("SETUID");
  /* Changes nothing, and is refused: no rows. */
  setuid(1003);
  setuid(0);
}

static void *linger(void *seconds) {
  usleep((long)seconds * 1000);
  return NULL;
}

/* The C library makes each change by one call for each of the six threads. */
#define CHANGES 101
static void thread_ids(void) {
  pthread_t threads[5];
  for (int i = 0; i < 5; i++) pthread_create(&threads[i], NULL, linger, (void *)300L);
  for (int i = 0; i < CHANGES; i++) setresuid(i % 2 ? 0 : 1004, i % 2 ? 0 : 1004, 0);
  for (int i = 0; i < 5; i++) pthread_join(threads[i], NULL);
}

static void tell_hold(int target, const char *request) {
  printf("{\"pid\":%d,\"target\":%d,\"request\":\"%s\"}\n", getpid(), target, request);
  fflush(stdout);
}

static long word = 7;

/* Each request twice: the second time within the minute. */
static void hold(int target) {
  struct iovec own = {&word, sizeof word}, other = {&word, sizeof word};
  for (int i = 0; i < 2; i++) {
    if (ptrace(PTRACE_ATTACH, target, 0, 0) != 0) perror("attach"), exit(1);
    waitpid(target, NULL, __WALL);
    long text = ptrace(PTRACE_PEEKTEXT, target, &word, 0);
    if (ptrace(PTRACE_POKETEXT, target, &word, text) != 0) perror("poke"), exit(1);
    ptrace(PTRACE_DETACH, target, 0, 0);
    if (process_vm_readv(target, &own, 1, &other, 1, 0) != sizeof word) perror("read"), exit(1);
    if (process_vm_writev(target, &own, 1, &other, 1, 0) != sizeof word) perror("write"), exit(1);
    if (process_vm_readv(getpid(), &own, 1, &other, 1, 0) != sizeof word) perror("self"), exit(1);
  }
  tell_hold(target, "ATTACH"), tell_hold(target, "POKETEXT"), tell_hold(target, "VM_READ"), tell_hold(target, "VM_WRITE");
}

static int copy_to(const char *name, int mode) {
  char buffer[65536];
  long n;
  int from = open("/proc/self/exe", O_RDONLY), to = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);
  while ((n = read(from, buffer, sizeof buffer)) > 0) {
    if (write(to, buffer, n) != n) exit(1);
  }
  fchmod(to, mode);
  close(from);
  return close(to);
}

static void trace(void) {
  copy_to("target", 0755);
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) exit(1);
  int target = fork();
  if (target == 0) execl("./target", "./target", "wait", NULL);
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) != 0) exit(1);
  hold(target);
  kill(target, SIGKILL);
  waitpid(target, NULL, 0);
  int traced = fork();
  if (traced == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    tell_hold(getpid(), "TRACEME");
    _exit(0);
  }
}

/* As init of a pid namespace, where the target has another id than outside. */
static void trace_inside(void) {
  unshare(CLONE_NEWPID);
  if (fork() == 0) {
    trace();
    wait_all();
    _exit(0);
  }
}

static void setuid_program(void) {
  copy_to("privileged", 04755);
  if (chown("privileged", 0, 0) != 0 || chmod("privileged", 04755) != 0 || chmod(".", 0777) != 0) exit(1);
  if (setgroups(0, NULL) != 0 || setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0) exit(1);
  execl("./privileged", "./privileged", "touch", "by-privileged", NULL);
}

static long clone_at(int pid) {
  pid_t ids[] = {pid};
  struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (unsigned long)ids, .set_tid_size = 1};
  return syscall(SYS_clone3, &args, sizeof args);
}

static void reuse(void) {
  int first = fork();
  if (first == 0) execl(self, self, "nothing", "first", NULL);
  waitpid(first, NULL, 0);
  usleep(50000);
  long second = clone_at(first);
  if (second == 0) execl(self, self, "touch", "second", NULL);
  if (second < 0) perror("clone3"), exit(1);
  printf("{\"first\":%d,\"second\":%ld}\n", first, second);
}

static void double_fork(void) {
  int between = fork();
  if (between == 0) {
    int daemon = fork();
    if (daemon != 0) _exit(0);
    setsid();
    usleep(100000);
    touch("by-daemon");
    printf("{\"daemon\":%d,\"ppid\":%d}\n", getpid(), getppid());
    fflush(stdout);
    _exit(0);
  }
  waitpid(between, NULL, 0);
  printf("{\"between\":%d}\n", between);
  fflush(stdout);
  usleep(200000);
}

static int sibling(void *unused) {
  (void)unused;
  touch("by-sibling");
  return 0;
}

/* The middle process makes one; its parent is ours. */
static void clone_parent(void) {
  int middle = fork();
  if (middle == 0) {
    static char stack[65536];
    int pid = clone(sibling, stack + sizeof stack, CLONE_PARENT | SIGCHLD, NULL);
    printf("{\"sibling\":%d,\"middle\":%d,\"parent\":%d}\n", pid, getpid(), getppid());
    fflush(stdout);
    usleep(100000);
    _exit(0);
  }
  wait_all();
}

static void by_vfork(void) {
  pid_t child = vfork();
  if (child == 0) {
    execl(self, self, "nothing", "after-vfork", NULL);
    _exit(1);
  }
  printf("{\"child\":%d}\n", child);
}

static void *rename_thread(void *unused) {
  prctl(PR_SET_NAME, "of-a-thread");
  touch("named-2");
  return unused;
}

static void names(void) {
  pthread_t thread;
  prctl(PR_SET_NAME, "another (name)");
  touch("named-1");
  pthread_create(&thread, NULL, rename_thread, NULL);
  pthread_join(thread, NULL);
}

static void *outlive(void *unused) {
  usleep(100000);
  for (int i = 0; i < 1000 && access("go", F_OK) != 0; i++) usleep(20000);
  touch("by-survivor");
  return unused;
}

/* The leader ends before its thread, which acts once a file `go` is there. */
static void headless(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, outlive, NULL);
  pthread_exit(NULL);
}

static void chain(const char *left) {
  char next[16];
  snprintf(next, sizeof next, "%d", atoi(left) - 1);
  if (atoi(left) > 0) execl(self, self, "chain", next, NULL);
}

static void written(void) {
  copy_to("fresh", 0755);
  execl("./fresh", "./fresh", "nothing", NULL);
}

/* Until its standard input ends, then acts, more than once, for an event may be lost. */
static void wait_then_touch(const char *path) {
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  for (int i = 0; i < 20; i++) touch(path), usleep(50000);
}

/* Executes at the first byte of its standard input. */
static void swap(const char *path) {
  char byte;
  if (read(0, &byte, 1) == 1) execl(self, self, "wait-touch", path, NULL);
}

/* Children that live on: forked, and executed, while the sensor loses events. */
static void crowd(int count) {
  for (int i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "crowd-%d", i);
    if (fork() != 0) continue;
    if (i % 2) execl(self, self, "wait-touch", name, NULL);
    wait_then_touch(name);
    _exit(0);
  }
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(void);
  } modes[] = {{"failed", failed},       {"searches", searches}, {"silent", silent},
               {"ids", ids},             {"thread-ids", thread_ids},
               {"trace", trace},         {"trace-inside", trace_inside},
               {"setuid", setuid_program}, {"reuse", reuse},
               {"double-fork", double_fork}, {"clone-parent", clone_parent},
               {"vfork", by_vfork},      {"names", names},
               {"headless", headless},   {"written", written}};
  self = realpath("/proc/self/exe", NULL);
  if (getcwd(folder, sizeof folder) == NULL) return 1;
  for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof *modes; i++) {
    if (!strcmp(argv[1], modes[i].name)) modes[i].run();
  }
  if (argc == 2 && !strcmp(argv[1], "wait")) sleep(60);
  if (argc == 3 && !strcmp(argv[1], "touch")) touch(argv[2]);
  if (argc == 3 && !strcmp(argv[1], "wait-touch")) wait_then_touch(argv[2]);
  if (argc == 3 && !strcmp(argv[1], "swap")) swap(argv[2]);
  if (argc == 3 && !strcmp(argv[1], "chain")) chain(argv[2]);
  if (argc == 3 && !strcmp(argv[1], "crowd")) crowd(atoi(argv[2]));
  wait_all();
  return 0;
}
