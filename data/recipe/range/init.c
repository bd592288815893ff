/*
 * range-init: process 1 of a recorded host. It starts every service and job as its own child, so that each is one
 * process tree, and reaps what is left to it.
 *
 * Its descriptors: 3 a FIFO of jobs, one a line, tab-separated: id, user, program, arguments... (a line is at most
 * PIPE_BUF bytes, so that writers need no lock); 4 the truth log; 5 where jobs write. None is left open in a job.
 * The truth log receives one JSON line a start and one an end. `before_ns` and `after_ns`
 * are boot time around the fork; forks here follow one another, so a process of this host with process 1 as parent
 * whose start lies between them is that job, whatever pid namespaces are in between.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGS 64

enum { JOBS = 3, TRUTH = 4, OUTPUT = 5 };

static long long boot_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Runs in the child: becomes the user and the program. Ends with 127 when either cannot be had. */
static void become(const char *user, char **argv) {
  struct passwd *pw = getpwnam(user);
  if (!pw) _exit(127);
  setsid();
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(OUTPUT, 1);
  dup2(OUTPUT, 2);
  if (null > 2) close(null);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  clearenv();
  setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  setenv("LANG", "C.UTF-8", 1);
  setenv("HOME", pw->pw_dir, 1);
  setenv("USER", user, 1);
  if (initgroups(user, pw->pw_gid) || setgid(pw->pw_gid) || setuid(pw->pw_uid)) _exit(127);
  if (chdir(pw->pw_dir)) (void)!chdir("/");
  execvp(argv[0], argv);
  _exit(127);
}

static void start(char *line) {
  char *argv[MAX_ARGS + 1];
  int n = 0;
  char *id = strsep(&line, "\t"), *user = strsep(&line, "\t");
  while (line && n < MAX_ARGS) argv[n++] = strsep(&line, "\t");
  argv[n] = NULL;
  if (!id || !user || n == 0) return;
  long long before = boot_ns();
  pid_t pid = fork();
  if (pid == 0) become(user, argv);
  dprintf(TRUTH, "{\"event\":\"start\",\"id\":\"%s\",\"pid\":%d,\"before_ns\":%lld,\"after_ns\":%lld}\n", id, pid, before,
          boot_ns());
}

static void reap(void) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    dprintf(TRUTH, "{\"event\":\"end\",\"pid\":%d,\"status\":%d,\"at_ns\":%lld}\n", pid,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), boot_ns());
}

int main(void) {
  for (int fd = JOBS; fd <= OUTPUT; fd++)
    if (fcntl(fd, F_SETFD, FD_CLOEXEC)) return 2;
  static char text[64 * 1024];
  size_t used = 0;
  for (;;) {
    struct pollfd p = {.fd = JOBS, .events = POLLIN};
    int ready = poll(&p, 1, 100);
    reap();
    if (ready <= 0) continue;
    ssize_t got = read(JOBS, text + used, sizeof text - 1 - used);
    if (got <= 0) continue;
    used += (size_t)got;
    char *end;
    while ((end = memchr(text, '\n', used))) {
      *end = 0;
      size_t length = (size_t)(end - text) + 1;
      start(text);
      memmove(text, text + length, used - length);
      used -= length;
    }
    if (used == sizeof text - 1) used = 0;
  }
}
