// Does a known number of things through io_uring, each carrying its index, and prints one JSON line for each with what it
// knows about itself. Built by test/perf-uring.test.ts. Ends with status 77 when io_uring is not to be had.
//
//   uring plain|async|sqpoll DIR PORT   every kind; async: by worker threads, sqpoll: by the kernel's submitting thread
//   uring linked DIR                    chains of socket, connect and send on direct descriptors
//   uring reuse DIR                     opens and closes in one batch, so that all descriptors have the same number
//   uring personality DIR               opens as another user
//   uring overflow DIR                  results that find no room, all with one user_data
//   uring behind DIR                    opens that wait while results of others find no room, all with one user_data
//   uring abandoned DIR                 requests that end without a result, behind one that failed, on many rings; then opens
//   uring mixed DIR PORT                results of a poll that has the name and the place of an accept that is over
//   uring silent DIR PORT               asks not to be told of successes
//   uring refused DIR                   names files as a user who may not
//   uring families DIR                  one UDP flow also by a system call, DNS, Unix sockets, a raw socket
//   uring newer DIR                     what Linux 6.11 and newer have
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define ENTRIES 64
#define OPENS 53
#define READS 11
#define SENDS 97
#define UDP_CONNECTS 31
#define TCP_CONNECTS 61
#define REFUSED 17
#define UNREACHABLE 7
#define MULTISHOT 23
#define CHAINS 29
#define REUSED 37
#define NAMES 19
#define OVERFLOWN 41
#define FLOW 43
#define RINGS 300
#define AFTERWARDS 7
#define SLOTS 8
/* Not in older headers. */
#define OP_FTRUNCATE 55
#define OP_BIND 56
#define OP_LISTEN 57

static int ring, polled;
static unsigned char request_flags;
static unsigned *sq_head, *sq_tail, *sq_flags, *cq_head, *cq_tail, sq_mask, cq_mask, filled, waiting;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static int results[ENTRIES];
static const char *mode;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void make_ring(unsigned flags) {
  struct io_uring_params p = {.flags = flags, .sq_thread_idle = 50};
  ring = syscall(SYS_io_uring_setup, ENTRIES, &p);
  if (ring < 0 && (errno == ENOSYS || errno == EPERM)) exit(77);
  if (ring < 0) die("io_uring_setup");
  char *at = mmap(NULL, p.sq_off.array + p.sq_entries * 4 + p.cq_entries * sizeof *cqes, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
  sqes = mmap(NULL, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
  if (at == MAP_FAILED || sqes == MAP_FAILED) die("mmap");
  sq_head = (unsigned *)(at + p.sq_off.head);
  sq_tail = (unsigned *)(at + p.sq_off.tail);
  sq_flags = (unsigned *)(at + p.sq_off.flags);
  sq_mask = p.sq_entries - 1;
  unsigned *array = (unsigned *)(at + p.sq_off.array);
  for (unsigned i = 0; i < p.sq_entries; i++) array[i] = i;
  cq_head = (unsigned *)(at + p.cq_off.head);
  cq_tail = (unsigned *)(at + p.cq_off.tail);
  cq_mask = p.cq_entries - 1;
  cqes = (struct io_uring_cqe *)(at + p.cq_off.cqes);
  polled = (flags & IORING_SETUP_SQPOLL) != 0;
  filled = *sq_tail;
  int none[SLOTS];
  memset(none, -1, sizeof none);
  if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, none, SLOTS) != 0) die("register files");
}

/* Its result comes to results[user_data]. */
static struct io_uring_sqe *request(int opcode, int fd, unsigned user_data) {
  struct io_uring_sqe *sqe = &sqes[filled++ & sq_mask];
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = opcode;
  sqe->fd = fd;
  sqe->flags = request_flags;
  sqe->user_data = user_data;
  waiting++;
  return sqe;
}

static void submit(unsigned wait) {
  unsigned count = filled - *sq_tail;
  __atomic_store_n(sq_tail, filled, __ATOMIC_SEQ_CST);
  unsigned flags = wait ? IORING_ENTER_GETEVENTS : 0;
  if (polled && (__atomic_load_n(sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)) flags |= IORING_ENTER_SQ_WAKEUP;
  while (syscall(SYS_io_uring_enter, ring, count, wait, flags, NULL, 0) < 0) {
    if (errno != EINTR) die("io_uring_enter");
  }
}

/* Takes one result; a multishot request and a sent zero-copy buffer have several. */
static struct result {
  unsigned user_data, flags;
  int res;
} take(void) {
  while (__atomic_load_n(cq_tail, __ATOMIC_ACQUIRE) == *cq_head) submit(1);
  struct io_uring_cqe *cqe = &cqes[*cq_head & cq_mask];
  struct result result = {cqe->user_data, cqe->flags, cqe->res};
  __atomic_store_n(cq_head, *cq_head + 1, __ATOMIC_RELEASE);
  return result;
}

static void run(void) {
  submit(0);
  while (waiting > 0) {
    struct result result = take();
    if (result.flags & IORING_CQE_F_NOTIF) continue;
    results[result.user_data] = result.res;
    waiting--;
  }
}

static struct sockaddr_in address(unsigned ip, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
  return to;
}

static void tell(const char *what, int index, int ret) {
  printf("{\"mode\":\"%s\",\"what\":\"%s\",\"index\":%d,\"ret\":%d}\n", mode, what, index, ret);
}

static int run_one(void) {
  run();
  return results[0];
}

/* Every second one to a direct descriptor, of those every second one where the kernel likes. */
static void open_one(const char *what, const char *name, int index, int flags) {
  char path[300];
  struct open_how how = {.flags = flags, .mode = flags & O_CREAT ? 0600 : 0};
  snprintf(path, sizeof path, name, mode, index);
  struct io_uring_sqe *sqe = request(index % 3 ? IORING_OP_OPENAT : IORING_OP_OPENAT2, AT_FDCWD, 0);
  sqe->addr = (unsigned long)path;
  if (index % 3) {
    sqe->len = how.mode;
    sqe->open_flags = flags;
  } else {
    sqe->len = sizeof how;
    sqe->off = (unsigned long)&how;
  }
  int direct = index % 2 ? 1 + index % SLOTS : 0;
  sqe->file_index = index % 4 == 3 ? IORING_FILE_INDEX_ALLOC : direct;
  int ret = run_one();
  tell(what, index, direct && ret >= 0 ? -1 : ret);
  if (!direct) close(ret);
  if (direct) {
    sqe = request(IORING_OP_CLOSE, 0, 0);
    sqe->file_index = index % 4 == 3 ? ret + 1 : direct;
    run_one();
  }
}

static void send_one(int s, int index) {
  static const int opcodes[] = {IORING_OP_SEND, IORING_OP_SENDMSG, IORING_OP_SEND_ZC, IORING_OP_SENDMSG_ZC};
  struct sockaddr_in to = address(INADDR_LOOPBACK, 21000 + index);
  struct iovec data = {.iov_base = "datagram of 21 bytes.", .iov_len = 21};
  struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &data, .msg_iovlen = 1};
  struct io_uring_sqe *sqe = request(opcodes[index % 4], s, 0);
  sqe->addr = (unsigned long)(index % 2 ? (void *)&message : data.iov_base);
  sqe->len = index % 2 ? 1 : data.iov_len;
  if (index % 2 == 0) {
    sqe->addr2 = (unsigned long)&to;
    sqe->addr_len = sizeof to;
  }
  tell("send", index, run_one());
}

static void connect_one(const char *what, int type, struct sockaddr_in to, int index) {
  int s = socket(AF_INET, type, 0);
  struct io_uring_sqe *sqe = request(IORING_OP_CONNECT, s, 0);
  sqe->addr = (unsigned long)&to;
  sqe->off = sizeof to;
  tell(what, index, run_one());
  close(s);
}

static int listen_on(int port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in on = address(INADDR_ANY, port);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&on, sizeof on) != 0) die("bind");
  listen(listener, 4096);
  return listener;
}

/* Its index is in the last two bytes of the address that is connected to. */
static void accept_one(int listener, int port, int index) {
  struct sockaddr_in to = address(127u << 24 | 21u << 16 | index, port);
  int s = socket(AF_INET, SOCK_STREAM, 0), direct = index % 2 ? 1 + index % SLOTS : 0;
  struct io_uring_sqe *sqe = request(IORING_OP_ACCEPT, listener, 0);
  sqe->file_index = index % 4 == 3 ? IORING_FILE_INDEX_ALLOC : direct;
  sqe = request(IORING_OP_CONNECT, s, 1);
  sqe->addr = (unsigned long)&to;
  sqe->off = sizeof to;
  run();
  tell("connect", index, results[1]);
  tell("accept", index, direct && results[0] >= 0 ? -1 : results[0]);
  if (direct) {
    sqe = request(IORING_OP_CLOSE, 0, 0);
    sqe->file_index = index % 4 == 3 ? results[0] + 1 : direct;
    run_one();
  } else {
    close(results[0]);
  }
  close(s);
}

static void accept_many(int listener, int port) {
  struct io_uring_sqe *sqe = request(IORING_OP_ACCEPT, listener, 7);
  sqe->ioprio = IORING_ACCEPT_MULTISHOT;
  submit(0);
  waiting = 0;
  for (int i = 0; i < MULTISHOT; i++) {
    struct sockaddr_in to = address(127u << 24 | 22u << 16 | i, port);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
    int fd = take().res;
    tell("multishot", i, fd);
    close(fd);
    close(s);
  }
}

/* Two names for those that have two; the second starts in the folder `deep`, the first has a folder of its own every third time. */
static int by_name(int opcode, int deep, const char *from, const char *to, unsigned flags) {
  struct io_uring_sqe *sqe = request(opcode, AT_FDCWD, 0);
  sqe->addr = (unsigned long)from;
  if (to) {
    sqe->addr2 = (unsigned long)to;
    if (opcode == IORING_OP_SYMLINKAT)
      sqe->fd = deep;
    else
      sqe->len = deep;
  }
  sqe->rename_flags = flags;
  return run_one();
}

static void names(void) {
  int deep = open("deep", O_PATH);
  for (int i = 0; i < NAMES; i++) {
    char made[100], renamed[100], link[100], points[100];
    snprintf(made, 100, i % 3 ? "%s-name-%d" : "link/../%s-name-%d", mode, i);
    snprintf(renamed, 100, "%s-renamed-%d", mode, i);
    snprintf(link, 100, "deep/%s-renamed-%d", mode, i);
    snprintf(points, 100, "%s-points-%d", mode, i);
    close(open(made, O_WRONLY | O_CREAT, 0600));
    tell("rename", i, by_name(IORING_OP_RENAMEAT, deep, made, renamed, 0));
    snprintf(made, 100, "%s-second-%d", mode, i);
    tell("link", i, by_name(IORING_OP_LINKAT, deep, link, made, 0));
    tell("symlink", i, by_name(IORING_OP_SYMLINKAT, deep, "../anywhere", points, 0));
    tell("unlink", i, by_name(IORING_OP_UNLINKAT, deep, link, NULL, 0));
    by_name(IORING_OP_UNLINKAT, deep, link, NULL, 0);
    mkdir(link, 0700);
    tell("rmdir", i, by_name(IORING_OP_UNLINKAT, deep, link, NULL, AT_REMOVEDIR));
  }
  close(deep);
}

static void every_kind(int port) {
  for (int i = 0; i < OPENS; i++) open_one("open", i % 5 ? "%s-open-%d" : "link/../%s-open-%d", i, O_WRONLY | O_CREAT);
  for (int i = 0; i < READS; i++) {
    char path[300];
    snprintf(path, sizeof path, "%s-%d.key", mode, i);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    open_one("read", "%s-%d.key", i, O_RDONLY);
  }
  open_one("missing", "%s-nowhere/%d", 0, O_WRONLY | O_CREAT);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < SENDS; i++) send_one(s, i);
  close(s);
  for (int i = 0; i < UDP_CONNECTS; i++) connect_one("udp-connect", SOCK_DGRAM, address(INADDR_LOOPBACK, 22000 + i), i);
  for (int i = 0; i < REFUSED; i++) connect_one("refused", SOCK_STREAM, address(127u << 24 | 23u << 16 | i, 1), i);
  for (int i = 0; i < UNREACHABLE; i++) connect_one("unreachable", SOCK_STREAM, address(224u << 24 | 256 | i, 9), i);
  names();
  int listener = listen_on(port);
  for (int i = 0; i < TCP_CONNECTS; i++) accept_one(listener, port, i);
  accept_many(listener, port);
}

static void linked(void) {
  struct sockaddr_in to;
  for (int i = 0; i < CHAINS; i++) {
    to = address(INADDR_LOOPBACK, 23000 + i);
    struct io_uring_sqe *sqe = request(IORING_OP_SOCKET, AF_INET, 0);
    sqe->off = SOCK_DGRAM;
    sqe->file_index = 1;
    sqe->flags = IOSQE_IO_LINK;
    sqe = request(IORING_OP_CONNECT, 0, 1);
    sqe->addr = (unsigned long)&to;
    sqe->off = sizeof to;
    sqe->flags = IOSQE_FIXED_FILE | IOSQE_IO_LINK;
    sqe = request(IORING_OP_SEND, 0, 2);
    sqe->addr = (unsigned long)"three";
    sqe->len = 5;
    sqe->flags = IOSQE_FIXED_FILE | IOSQE_IO_LINK;
    sqe = request(IORING_OP_CLOSE, 0, 3);
    sqe->file_index = 1;
    run();
    tell("udp-connect", i, results[1]);
    tell("send", i, results[2]);
  }
}

static void reuse(void) {
  static char paths[REUSED][300];
  int fd = dup(0);
  close(fd);
  for (int from = 0; from < REUSED; from += 16) {
    int count = REUSED - from < 16 ? REUSED - from : 16;
    for (int i = 0; i < count; i++) {
      snprintf(paths[from + i], 300, "reuse-%d", from + i);
      close(open(paths[from + i], O_WRONLY | O_CREAT, 0600));
      struct io_uring_sqe *sqe = request(IORING_OP_OPENAT, AT_FDCWD, i);
      sqe->addr = (unsigned long)paths[from + i];
      sqe->open_flags = O_WRONLY;
      request(IORING_OP_NOP, 0, 16);
      request(IORING_OP_CLOSE, fd, 17);
    }
    run();
    for (int i = 0; i < count; i++) tell("open", from + i, results[i]);
  }
}

static void personality(void) {
  int own = syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0);
  if (own < 0 || setegid(65534) != 0 || seteuid(65534) != 0) die("personality");
  int other = syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0);
  for (int i = 0; i < 2; i++) {
    struct io_uring_sqe *sqe = request(IORING_OP_OPENAT, AT_FDCWD, 0);
    sqe->addr = (unsigned long)"/dev/null";
    sqe->open_flags = O_WRONLY;
    sqe->personality = i ? other : own;
    if (i && (setegid(0), seteuid(0)) != 0) die("seteuid");
    close(run_one());
  }
}

/* The results stay where they are, so that there is no room for more. */
static void overflow(void) {
  static char paths[2 * ENTRIES + OVERFLOWN][100];
  for (unsigned i = 0; i < 2 * ENTRIES; i++) {
    request(IORING_OP_NOP, 0, 0);
    submit(0);
  }
  for (int i = 0; i < OVERFLOWN; i++) {
    snprintf(paths[i], 100, "overflow-%d", i);
    close(open(paths[i], O_WRONLY | O_CREAT, 0600));
    struct io_uring_sqe *sqe = request(IORING_OP_OPENAT, AT_FDCWD, 7);
    sqe->addr = (unsigned long)paths[i];
    sqe->open_flags = O_WRONLY;
    if (i % 2) submit(0);
  }
  submit(0);
  waiting = 2 * ENTRIES + OVERFLOWN;
  for (int i = 0; waiting > 0; waiting--) {
    struct result result = take();
    if (result.user_data == 7) tell("open", i++, result.res);
  }
}

/* One of them by a worker thread. */
static void behind(void) {
  static const char *const paths[] = {"behind-0", "behind-1"};
  static char text;
  int ends[2];
  if (pipe(ends) != 0) die("pipe");
  for (int i = 0; i < 2; i++) {
    struct io_uring_sqe *sqe = request(IORING_OP_READ, ends[0], 0);
    sqe->addr = (unsigned long)&text;
    sqe->len = 1;
    sqe->flags = IOSQE_IO_LINK | IOSQE_ASYNC;
    sqe = request(IORING_OP_OPENAT, AT_FDCWD, 0);
    sqe->addr = (unsigned long)paths[i];
    sqe->open_flags = O_WRONLY | O_CREAT;
    sqe->len = 0600;
    sqe->flags = i ? IOSQE_ASYNC : 0;
  }
  submit(0);
  for (unsigned i = 0; i < 2 * ENTRIES + OVERFLOWN; i++) {
    request(IORING_OP_NOP, 0, 0);
    submit(0);
  }
  if (write(ends[1], "xx", 2) != 2) die("write");
  usleep(100000);
  for (; waiting > 0; waiting--) {
    int res = take().res;
    if (res > 1) tell("open", 0, res);
  }
}

/* Of other rings, so that no request has the place of one before. */
static void abandoned(void) {
  static char text;
  for (int i = 0; i < RINGS; i++) {
    make_ring(0);
    for (int k = 0; k < ENTRIES / 2; k++) {
      struct io_uring_sqe *sqe = request(IORING_OP_READ, -1, 0);
      sqe->addr = (unsigned long)&text;
      sqe->len = 1;
      sqe->flags = IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
      request(IORING_OP_SOCKET, AF_INET, 0)->off = SOCK_STREAM;
    }
    submit(0);
  }
  make_ring(0);
  waiting = 0;
  for (int i = 0; i < AFTERWARDS; i++) open_one("open", "%s-%d", i, O_WRONLY | O_CREAT);
}

/* The poll's result is the number of an open file. */
static void mixed(int port) {
  int listener = listen_on(port), ends[2];
  if (pipe(ends) != 0 || dup2(open("mixed-taken", O_WRONLY | O_CREAT, 0600), POLLIN | POLLRDNORM) < 0) die("pipe");
  struct io_uring_sqe *sqe = request(IORING_OP_POLL_ADD, ends[0], 7);
  sqe->poll32_events = POLLIN | POLLRDNORM;
  sqe->len = IORING_POLL_ADD_MULTI;
  sqe = request(IORING_OP_ACCEPT, listener, 7);
  sqe->ioprio = IORING_ACCEPT_MULTISHOT;
  submit(0);
  shutdown(listener, SHUT_RDWR);
  tell("accept", 0, take().res);
  sqe = request(IORING_OP_OPENAT, AT_FDCWD, 8);
  sqe->addr = (unsigned long)"mixed-never";
  sqe->open_flags = O_WRONLY | O_CREAT;
  sqe->flags = IOSQE_IO_DRAIN;
  submit(0);
  if (write(ends[1], "x", 1) != 1) die("write");
  tell("poll", 0, take().res);
}

static void accept_silently(int port) {
  struct sockaddr_in to = address(INADDR_LOOPBACK, port);
  int listener = listen_on(port), s = socket(AF_INET, SOCK_STREAM, 0);
  request(IORING_OP_ACCEPT, listener, 6)->file_index = 1;
  submit(0);
  if (connect(s, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
  usleep(100000);
  close(s);
}

static void silent(int port) {
  static char text[4][100];
  struct sockaddr_in to = address(INADDR_LOOPBACK, 24001), next = address(INADDR_LOOPBACK, 24002);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  close(open("silent-0.key", O_WRONLY | O_CREAT, 0600));
  close(open("silent-name", O_WRONLY | O_CREAT, 0600));
  request_flags = IOSQE_CQE_SKIP_SUCCESS;
  for (int i = 0; i < 3; i++) {
    static const int flags[] = {O_WRONLY | O_CREAT, O_RDONLY, O_WRONLY};
    struct io_uring_sqe *sqe = request(IORING_OP_OPENAT, AT_FDCWD, i);
    snprintf(text[i], 100, i == 0 ? "silent-made" : i == 1 ? "silent-0.key" : "silent-nowhere/%d", i);
    sqe->addr = (unsigned long)text[i];
    sqe->open_flags = flags[i];
    sqe->len = i ? 0 : 0600;
  }
  struct io_uring_sqe *sqe = request(IORING_OP_UNLINKAT, AT_FDCWD, 3);
  sqe->addr = (unsigned long)"silent-name";
  sqe = request(IORING_OP_SEND, s, 4);
  sqe->addr = (unsigned long)"three";
  sqe->len = 5;
  sqe->addr2 = (unsigned long)&to;
  sqe->addr_len = sizeof to;
  sqe = request(IORING_OP_CONNECT, s, 5);
  sqe->addr = (unsigned long)&next;
  sqe->off = sizeof next;
  submit(0);
  usleep(100000);
  accept_silently(port);
}

static void refused(void) {
  if (setegid(65534) != 0 || seteuid(65534) != 0) die("seteuid");
  int other = syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0);
  if (seteuid(0) != 0 || setegid(0) != 0) die("seteuid");
  static const char *const paths[] = {"refused-write", "refused-read.key", "refused-read", "refused-name"};
  for (int i = 0; i < 4; i++) {
    int opcode = i < 3 ? IORING_OP_OPENAT : IORING_OP_UNLINKAT;
    struct io_uring_sqe *sqe = request(opcode, AT_FDCWD, 0);
    close(open(paths[i], O_WRONLY | O_CREAT, 0600));
    sqe->addr = (unsigned long)paths[i];
    sqe->open_flags = i == 0 ? O_WRONLY | O_TRUNC : 0;
    sqe->personality = other;
    tell("refused", i, run_one());
  }
}

static void flow_and_query(int s) {
  static char query[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\5uring\4test\0\0\1\0\1";
  struct sockaddr_in to = address(INADDR_LOOPBACK, 25001), server = address(INADDR_LOOPBACK, 53);
  for (int i = 0; i < FLOW; i++) {
    struct io_uring_sqe *sqe = request(IORING_OP_SEND, s, 0);
    sqe->addr = (unsigned long)"nine byte";
    sqe->len = 9;
    sqe->addr2 = (unsigned long)&to;
    sqe->addr_len = sizeof to;
    run_one();
    sendto(s, "nine byte", 9, 0, (struct sockaddr *)&to, sizeof to);
  }
  struct iovec data = {query, sizeof query - 1};
  struct msghdr message = {.msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &data, .msg_iovlen = 1};
  struct io_uring_sqe *sqe = request(IORING_OP_SENDMSG, s, 0);
  sqe->addr = (unsigned long)&message;
  sqe->len = 1;
  tell("query", 0, run_one());
}

static void families(void) {
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "listener"};
  int listener = socket(AF_UNIX, SOCK_STREAM, 0), s = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0 || listen(listener, 1) != 0) die("listen");
  struct io_uring_sqe *sqe = request(IORING_OP_CONNECT, s, 0);
  sqe->addr = (unsigned long)&name;
  sqe->off = sizeof name;
  tell("unix-connect", s, run_one());
  request(IORING_OP_ACCEPT, listener, 0);
  tell("unix-accept", 0, run_one());
  sqe = request(IORING_OP_SOCKET, AF_INET, 0);
  sqe->off = SOCK_RAW;
  sqe->len = IPPROTO_UDP;
  tell("raw", 0, run_one());
  flow_and_query(socket(AF_INET, SOCK_DGRAM, 0));
}

static void newer(void) {
  struct sockaddr_in taken = address(INADDR_LOOPBACK, 18524);
  int file = open("newer", O_WRONLY | O_CREAT, 0600);
  struct io_uring_sqe *sqe = request(OP_FTRUNCATE, file, 0);
  sqe->off = 3;
  tell("truncate", file, run_one());
  for (int i = 0; i < 2; i++) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    sqe = request(OP_BIND, s, 0);
    sqe->addr = (unsigned long)&taken;
    sqe->addr2 = sizeof taken;
    tell("bind", s, run_one());
    if (i == 0) {
      request(OP_LISTEN, s, 0)->len = 1;
      tell("listen", s, run_one());
    }
  }
}

int main(int argc, char **argv) {
  mode = argc > 1 ? argv[1] : "";
  if (argc < 3 || chdir(argv[2]) != 0) die("usage");
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  make_ring(!strcmp(mode, "sqpoll") ? IORING_SETUP_SQPOLL : 0);
  if (!strcmp(mode, "async")) request_flags = IOSQE_ASYNC;
  if (!strcmp(mode, "linked")) {
    linked();
  } else if (!strcmp(mode, "personality")) {
    personality();
  } else if (!strcmp(mode, "overflow")) {
    overflow();
  } else if (!strcmp(mode, "behind")) {
    behind();
  } else if (!strcmp(mode, "abandoned")) {
    abandoned();
  } else if (!strcmp(mode, "mixed")) {
    mixed(atoi(argv[3]));
  } else if (!strcmp(mode, "silent")) {
    silent(atoi(argv[3]));
  } else if (!strcmp(mode, "refused")) {
    refused();
  } else if (!strcmp(mode, "families")) {
    families();
  } else if (!strcmp(mode, "newer")) {
    newer();
  } else if (!strcmp(mode, "reuse")) {
    reuse();
  } else {
    every_kind(atoi(argv[3]));
  }
  return 0;
}
