// Does a known number of things, each carrying its index, for the live tests of the sensor. Built by test/perf-rig.ts.
//
//   workload serve PORT                    accepts on any address until killed; reads to the end, sends the same number of bytes back
//   workload work PORT DIR                 1,009 connects, 64 refused ones, 211 execs, 97 UDP sends, 53 file writes
//   workload transfer PORT BYTES RESET     one connection that sends BYTES, reads the answer and closes (RESET: by a reset)
//   workload noise RATE SECONDS            UDP sends and opens in turn at a steady rate; prints how many of each
//   workload spread COUNT                  UDP sends to COUNT different loopback addresses, 20,000 a second
//   workload unaccepted PORT COUNT         that many connections reset before anybody accepts them, then one that is accepted
//   workload hold PORT COUNT               that many connections open at the same time
//   workload nothing INDEX                 exits
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONNECTS 1009
#define REFUSED 64
#define EXECS 211
#define SENDS 97
#define WRITES 53
#define CLOSED_PORT 1
#define UDP_BASE 20000

static void die(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in address(unsigned ip, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
  return to;
}

/* The index is in the last two bytes of a loopback address. */
static struct sockaddr_in indexed(int net, int index, int port) {
  return address(127u << 24 | (unsigned)net << 16 | (unsigned)index, port);
}

static int connect_to(struct sockaddr_in to, int flags) {
  int s = socket(AF_INET, SOCK_STREAM | flags, 0);
  if (s < 0) die("socket");
  if (connect(s, (struct sockaddr *)&to, sizeof to) != 0 && errno == EINPROGRESS) {
    struct pollfd ready = {.fd = s, .events = POLLOUT};
    poll(&ready, 1, 5000);
  }
  return s;
}

static int listen_on(int port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in on = address(INADDR_ANY, port);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&on, sizeof on) != 0) die("bind");
  listen(listener, 4096);
  return listener;
}

static void serve(int port) {
  int listener = listen_on(port);
  puts("ready");
  fflush(stdout);
  for (;;) {
    static char buffer[65536];
    int s = accept(listener, NULL, NULL);
    long bytes = 0, n;
    while ((n = read(s, buffer, sizeof buffer)) > 0) bytes += n;
    while (n == 0 && bytes > 0) {
      long sent = write(s, buffer, bytes < (long)sizeof buffer ? bytes : (long)sizeof buffer);
      if (sent <= 0) break;
      bytes -= sent;
    }
    close(s);
  }
}

static void transfer(int port, long bytes, int reset) {
  static char buffer[65536];
  int s = connect_to(address(INADDR_LOOPBACK, port), 0);
  for (long left = bytes; left > 0;) {
    long n = write(s, buffer, left < (long)sizeof buffer ? left : (long)sizeof buffer);
    if (n <= 0) die("write");
    left -= n;
  }
  if (reset) {
    struct linger now = {.l_onoff = 1};
    usleep(100000);
    setsockopt(s, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  } else {
    shutdown(s, SHUT_WR);
    while (read(s, buffer, sizeof buffer) > 0) {
    }
  }
  close(s);
}

static void send_one(int s, int index) {
  struct sockaddr_in to = address(INADDR_LOOPBACK, UDP_BASE + index);
  struct iovec data = {.iov_base = "datagram", .iov_len = 8};
  struct mmsghdr many = {.msg_hdr = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &data, .msg_iovlen = 1}};
  if (index % 3 == 0) sendto(s, "datagram", 8, 0, (struct sockaddr *)&to, sizeof to);
  if (index % 3 == 1) sendmsg(s, &many.msg_hdr, 0);
  if (index % 3 == 2) sendmmsg(s, &many, 1, 0);
}

static void work(const char *self, int port, const char *dir) {
  for (int i = 0; i < CONNECTS - 1; i++) close(connect_to(indexed(1, i, port), i % 2 ? SOCK_NONBLOCK : 0));
  /* The server takes connections in their order: when it has closed the last one, it has closed them all. */
  int last = connect_to(indexed(1, CONNECTS - 1, port), 0);
  shutdown(last, SHUT_WR);
  char byte;
  if (read(last, &byte, 1) != 0) die("read");
  close(last);
  for (int i = 0; i < REFUSED; i++) close(connect_to(indexed(2, i, CLOSED_PORT), i % 2 ? SOCK_NONBLOCK : 0));
  for (int i = 0; i < EXECS; i++) {
    char index[16];
    snprintf(index, sizeof index, "%d", i);
    pid_t child = fork();
    if (child == 0) {
      execl(self, self, "nothing", index, NULL);
      _exit(127);
    }
    waitpid(child, NULL, 0);
  }
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < SENDS; i++) send_one(s, i);
  close(s);
  for (int i = 0; i < WRITES; i++) {
    char path[4096];
    /* Relative and through a link: the sensor must still name the file. */
    if (i == 0 && chdir(dir) != 0) die("chdir");
    snprintf(path, sizeof path, i % 2 ? "write-%d" : "link/../write-%d", i);
    close(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  }
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static volatile sig_atomic_t ended;
static void end(int number) { ended = number; }

static void noise(long rate, double seconds) {
  signal(SIGTERM, end);
  struct sockaddr_in discard = address(INADDR_LOOPBACK, 9);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  long sends = 0, opens = 0;
  long long start = now_ns(), last = start + (long long)(seconds * 1e9);
  for (long long now = start; now < last && !ended; now = now_ns()) {
    long due = (long)((now - start) * rate / 1000000000LL);
    while (sends + opens < due) {
      if ((sends + opens) % 2) {
        sends += sendto(s, "x", 1, 0, (struct sockaddr *)&discard, sizeof discard) == 1;
      } else {
        int fd = open("/dev/null", O_WRONLY);
        opens += fd >= 0;
        close(fd);
      }
    }
    usleep(500);
  }
  printf("%ld %ld %lld\n", sends, opens, (now_ns() - start) / 1000000);
}

static void spread(int count) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < count; i++) {
    struct sockaddr_in to = address(127u << 24 | (unsigned)(i + 256), 9);
    sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
    if (i % 20 == 19) usleep(900);
  }
}

/* Fills the queue, resets all, and closes the listener on them, until COUNT are done. */
static void unaccepted(int port, int count) {
  struct linger reset = {.l_onoff = 1};
  static int waiting[4000];
  for (int done = 0; done < count; done += 4000) {
    int listener = listen_on(port);
    for (int i = 0; i < 4000; i++) {
      waiting[i] = connect_to(address(INADDR_LOOPBACK, port), 0);
      setsockopt(waiting[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      if (i % 50 == 49) usleep(1000);
    }
    for (int i = 0; i < 4000; i++) close(waiting[i]);
    close(listener);
  }
  int listener = listen_on(port), client = connect_to(indexed(3, 7, port), 0);
  close(accept(listener, NULL, NULL));
  close(client);
}

static void hold(int port, int count) {
  int listener = listen_on(port), held[count];
  for (int i = 0; i < count; i++) held[i] = connect_to(indexed(4, i, port), 0);
  for (int i = 0; i < count; i++) close(held[i]);
  close(listener);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  if (argc == 3 && !strcmp(mode, "serve")) serve(atoi(argv[2]));
  if (argc == 4 && !strcmp(mode, "work")) work(argv[0], atoi(argv[2]), argv[3]);
  if (argc == 5 && !strcmp(mode, "transfer")) transfer(atoi(argv[2]), atol(argv[3]), atoi(argv[4]));
  if (argc == 4 && !strcmp(mode, "unaccepted")) unaccepted(atoi(argv[2]), atoi(argv[3]));
  if (argc == 4 && !strcmp(mode, "hold")) hold(atoi(argv[2]), atoi(argv[3]));
  if (argc == 3 && !strcmp(mode, "spread")) spread(atoi(argv[2]));
  if (argc == 4 && !strcmp(mode, "noise")) noise(atol(argv[2]), atof(argv[3]));
  return 0;
}
