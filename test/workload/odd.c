// One odd thing a mode, for the tests of what rows say. Built by test/perf-rig.ts; run as root in an empty folder.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *self;

static void wait_all(void) {
  while (wait(NULL) > 0) {
  }
}

static void touch(const char *path) { close(open(path, O_WRONLY | O_CREAT, 0600)); }

static void odd_arguments(void) {
  char *const argv[] = {"odd name", "nothing", "it's", "", "\xff\xfe" "caf\xc3\xa9", "tab\there", NULL};
  execv(self, argv);
}

static void long_arguments(void) {
  static char text[20001];
  memset(text, 'a', sizeof text - 1);
  char *const argv[] = {self, "nothing", text, NULL};
  execv(self, argv);
}

static int copy_into(int to) {
  struct stat st;
  int from = open("/proc/self/exe", O_RDONLY);
  fstat(from, &st);
  sendfile(to, from, NULL, st.st_size);
  close(from);
  return to;
}

static void run_memfd(void) {
  char *const argv[] = {"from-memory", "nothing", NULL};
  fexecve(copy_into(memfd_create("payload", MFD_CLOEXEC)), argv, environ);
}

static void run_unlinked(void) {
  char *const argv[] = {"from-nowhere", "nothing", NULL};
  close(copy_into(open("gone", O_WRONLY | O_CREAT, 0700)));
  int fd = open("gone", O_RDONLY | O_CLOEXEC);
  unlink("gone");
  fexecve(fd, argv, environ);
}

static void run_script(void) {
  FILE *file = fopen("script.sh", "w");
  fputs("#!/bin/sh -e\nexit 0\n", file);
  fchmod(fileno(file), 0700);
  fclose(file);
  execl("./script.sh", "./script.sh", "one", NULL);
}

static void effective_user(void) {
  setegid(65534);
  seteuid(65534);
  close(open("/dev/null", O_WRONLY));
}

static void *execute(void *unused) {
  (void)unused;
  execl(self, self, "nothing", "from-a-thread", NULL);
  return NULL;
}

static void *idle(void *unused) { return unused; }

static void threads(void) {
  pthread_t thread;
  for (int i = 0; i < 10; i++) {
    pthread_create(&thread, NULL, idle, NULL);
    pthread_join(thread, NULL);
  }
  pthread_create(&thread, NULL, execute, NULL);
  pause();
}

static void orphan(void) {
  if (fork() != 0) _exit(3);
  usleep(200000);
  touch("orphan");
}

static void killed(void) { raise(SIGKILL); }

static void opens(void) {
  struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0600};
  close(open("/etc/hostname", O_RDONLY));
  close(open("missing/file", O_WRONLY));
  touch("by-openat");
  close(creat("by-creat", 0600));
  close(syscall(SYS_creat, "by-syscall-creat", 0600));
  close(syscall(SYS_openat2, AT_FDCWD, "by-openat2", &how, sizeof how));
  close(open("by-openat", O_WRONLY | O_APPEND));
  mkdir("jail", 0700);
  if (chroot("jail") == 0 && chdir("/") == 0) touch("/in-jail");
}

static void addresses(int port) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int udp = socket(AF_INET6, SOCK_DGRAM, 0);
  connect(udp, (struct sockaddr *)&six, sizeof six);
  send(udp, "four", 4, 0);
  close(udp);
  inet_pton(AF_INET6, "::ffff:127.0.0.9", &six.sin6_addr);
  int tcp = socket(AF_INET6, SOCK_STREAM, 0);
  connect(tcp, (struct sockaddr *)&six, sizeof six);
  close(tcp);
}

static int listener(int port, int backlog) {
  struct sockaddr_in on = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(s, (struct sockaddr *)&on, sizeof on) != 0 || listen(s, backlog) != 0) exit(1);
  return s;
}

static int dial(int port, int flags) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int s = socket(AF_INET, SOCK_STREAM | flags, 0);
  connect(s, (struct sockaddr *)&to, sizeof to);
  return s;
}

/* A full queue drops the SYN: the third dialler is still waiting when it gives up. */
static void unanswered(int port) {
  listener(port, 0);
  dial(port, 0);
  int waiting[4];
  for (int i = 0; i < 4; i++) waiting[i] = dial(port, SOCK_NONBLOCK);
  usleep(100000);
  for (int i = 0; i < 4; i++) close(waiting[i]);
}

/* Reset before anybody accepted it. */
static void late_accept(int port) {
  struct linger now = {.l_onoff = 1};
  int server = listener(port, 8), client = dial(port, 0);
  if (write(client, "12345", 5) != 5) exit(1);
  setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(client);
  usleep(100000);
  close(accept(server, NULL, NULL));
}

/*
 * A listener that hands each connection to a child and closes its own copy first, as sshd does. The server ends: the child
 * before the peer, after it, and with data unread. Prints the three children's ids.
 */
static void forked_server(int port) {
  int server = listener(port, 8);
  for (int how = 0; how < 3; how++) {
    int client = dial(port, 0), served = accept(server, NULL, NULL);
    pid_t child = fork();
    if (child == 0) {
      close(client);
      usleep(how == 1 ? 100000 : 20000);
      close(served);
      _exit(0);
    }
    printf("%d\n", child);
    close(served);
    if (how == 1) close(client);
    if (how == 2 && write(client, "12345", 5) != 5) exit(1);
    waitpid(child, NULL, 0);
    if (how != 1) close(client);
  }
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(void);
  } modes[] = {{"arguments", odd_arguments}, {"long", long_arguments}, {"memfd", run_memfd},  {"unlinked", run_unlinked},
               {"script", run_script},       {"user", effective_user}, {"threads", threads},  {"orphan", orphan},
               {"killed", killed},           {"opens", opens}};
  self = realpath("/proc/self/exe", NULL);
  for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof *modes; i++) {
    if (!strcmp(argv[1], modes[i].name)) modes[i].run();
  }
  if (argc == 3 && !strcmp(argv[1], "addresses")) addresses(atoi(argv[2]));
  if (argc == 3 && !strcmp(argv[1], "unanswered")) unanswered(atoi(argv[2]));
  if (argc == 3 && !strcmp(argv[1], "late-accept")) late_accept(atoi(argv[2]));
  if (argc == 3 && !strcmp(argv[1], "forked-server")) forked_server(atoi(argv[2]));
  wait_all();
  return 0;
}
