// What the sensor's cost is measured on.
//   calls KIND COUNT        one kind of call, so often; prints the median of batches in ns a call, and its own CPU time in µs
//   calls rate N SECONDS    UDP connects and opens for writing in turn, N a second; prints how many of each
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BATCH 500

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct sockaddr_in loopback(int i, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(127u << 24 | (unsigned)(i % 60000 + 256));
  return to;
}

static int udp, listener, port;
static char path[128];

static void *accept_all(void *arg) {
  for (;;) close(accept(listener, NULL, NULL));
  return arg;
}

// Time of the call alone.
static long long tcp_connect(int i) {
  struct sockaddr_in to = loopback(0, port);
  struct linger reset = {1, 0};
  int s = socket(AF_INET, SOCK_STREAM, 0);
  (void)i;
  setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  long long start = now_ns();
  connect(s, (struct sockaddr *)&to, sizeof to);
  long long took = now_ns() - start;
  close(s);
  return took;
}

static void udp_connect(int i) {
  struct sockaddr_in to = loopback(i, 9);
  connect(udp, (struct sockaddr *)&to, sizeof to);
}
static void open_write(int i) {
  (void)i;
  close(open(path, O_WRONLY | O_CREAT, 0600));
}
static void open_read(int i) {
  (void)i;
  close(open("/dev/null", O_RDONLY));
}
static void send_flow(int i) {
  struct sockaddr_in to = loopback(0, 9);
  (void)i;
  sendto(udp, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
}
static void unrelated(int i) {
  (void)i;
  syscall(SYS_getppid);
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void rate(long each, double seconds) {
  long connects = 0, opens = 0;
  long long start = now_ns(), end = start + (long long)(seconds * 1e9);
  for (long long now = start; now < end; now = now_ns()) {
    long due = (long)((double)(now - start) * each / 1e9);
    while (connects + opens < due) {
      if ((connects + opens) % 2)
        udp_connect(connects++);
      else
        open_write(opens++);
    }
    usleep(500);
  }
  printf("%ld %ld\n", connects, opens);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  const char *kind = argv[1];
  long count = atol(argv[2]);
  udp = socket(AF_INET, SOCK_DGRAM, 0);
  snprintf(path, sizeof path, "/tmp/quince-calls-%d", getpid());
  if (!strcmp(kind, "rate")) {
    rate(count, argc > 3 ? atof(argv[3]) : 1);
    unlink(path);
    return 0;
  }
  void (*call)(int) = !strcmp(kind, "udp_connect") ? udp_connect
                      : !strcmp(kind, "open_write") ? open_write
                      : !strcmp(kind, "open_read")  ? open_read
                      : !strcmp(kind, "send_flow")  ? send_flow
                      : !strcmp(kind, "unrelated")  ? unrelated
                                                    : NULL;
  if (!call) {
    struct sockaddr_in at = loopback(0, 0);
    socklen_t size = sizeof at;
    pthread_t thread;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&at, sizeof at);
    listen(listener, 4096);
    getsockname(listener, (struct sockaddr *)&at, &size);
    port = ntohs(at.sin_port);
    pthread_create(&thread, NULL, accept_all, NULL);
  }
  long batches = count / BATCH;
  double *took = malloc(sizeof(double) * batches);
  for (long b = 0; b < batches; b++) {
    long long in_calls = 0, start = now_ns();
    for (int i = 0; i < BATCH; i++) {
      if (call)
        call(b * BATCH + i);
      else
        in_calls += tcp_connect(i);
    }
    took[b] = (double)(call ? now_ns() - start : in_calls) / BATCH;
  }
  qsort(took, batches, sizeof(double), by_value);
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("%.1f %lld\n", took[batches / 2],
         (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  unlink(path);
  return 0;
}
