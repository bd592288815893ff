// Does a known number of things through io_uring alone, each carrying its index: 19 TCP connects that are refused, 17 files opened
// for writing, 23 UDP messages. Ends with 0 when all went as it should.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONNECTS 19
#define OPENS 17
#define SENDS 23
#define CLOSED_PORT 1
#define UDP_BASE 21000

static int ring;
static struct io_uring_params params = {0};
static char *rings;
static struct io_uring_sqe *sqes;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void make_ring(void) {
  ring = syscall(SYS_io_uring_setup, 1, &params);
  if (ring < 0) die("io_uring_setup");
  size_t bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  rings = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  sqes = mmap(NULL, sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
  if (rings == MAP_FAILED || sqes == MAP_FAILED) die("mmap");
}

static unsigned *word(unsigned offset) { return (unsigned *)(rings + offset); }

/* Submits one request and returns its result. */
static int run(struct io_uring_sqe sqe) {
  struct io_uring_cqe *cqes = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
  sqes[0] = sqe;
  word(params.sq_off.array)[0] = 0;
  __atomic_add_fetch(word(params.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1) die("io_uring_enter");
  unsigned head = *word(params.cq_off.head);
  int result = cqes[head & *word(params.cq_off.ring_mask)].res;
  __atomic_store_n(word(params.cq_off.head), head + 1, __ATOMIC_RELEASE);
  return result;
}

static int connect_to(int s, unsigned ip, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
  return run((struct io_uring_sqe){.opcode = IORING_OP_CONNECT, .fd = s, .addr = (unsigned long)&to, .off = sizeof to});
}

static void connects(void) {
  for (int i = 0; i < CONNECTS; i++) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect_to(s, 127u << 24 | 6u << 16 | i, CLOSED_PORT) != -ECONNREFUSED) die("connect");
    close(s);
  }
}

static void opens(void) {
  for (int i = 0; i < OPENS; i++) {
    char path[64];
    snprintf(path, sizeof path, "/trial/files/uring-%d", i);
    int fd = run((struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
                                       .fd = AT_FDCWD,
                                       .addr = (unsigned long)path,
                                       .len = 0600,
                                       .open_flags = O_WRONLY | O_CREAT});
    if (fd < 0) die("open");
    close(fd);
  }
}

static void sends(void) {
  for (int i = 0; i < SENDS; i++) {
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect_to(s, INADDR_LOOPBACK, UDP_BASE + i) != 0) die("connect");
    struct io_uring_sqe send = {.opcode = IORING_OP_SEND, .fd = s, .addr = (unsigned long)"datagram", .len = 8};
    if (run(send) != 8) die("send");
    close(s);
  }
}

int main(void) {
  make_ring();
  connects();
  opens();
  sends();
  return 0;
}
