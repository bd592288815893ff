// A 32-bit program that asks the kernel by int 0x80: 13 connects that are refused and 17 files opened for writing, each carrying
// its index, half of each by either of the two calls there are. Stands alone (-m32 -nostdlib), so no 32-bit library is needed.
// Ends with 0 when all went as it should.

#define CONNECTS 13
#define OPENS 17

enum { NR_EXIT = 1, NR_OPEN = 5, NR_CLOSE = 6, NR_SOCKETCALL = 102, NR_OPENAT = 295, NR_SOCKET = 359, NR_CONNECT = 362 };
enum { SOCKETCALL_CONNECT = 3 };
enum { AF_INET = 2, SOCK_STREAM = 1, AT_FDCWD = -100, O_WRONLY_CREAT = 0101, ECONNREFUSED = 111, CLOSED_PORT = 1 };

struct address {
  unsigned short family, port;
  unsigned ip;
  char zero[8];
};

static int call(int nr, long a, long b, long c, long d) {
  int ret;
  __asm__ volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
  return ret;
}

static unsigned short swap2(unsigned short x) { return x >> 8 | x << 8; }

static unsigned swap4(unsigned x) { return (unsigned)swap2(x) << 16 | swap2(x >> 16); }

/* To 127.5.0.INDEX, where nobody listens. */
static int connect_one(int index) {
  struct address to = {AF_INET, swap2(CLOSED_PORT), swap4(127u << 24 | 5u << 16 | index), {0}};
  int s = call(NR_SOCKET, AF_INET, SOCK_STREAM, 0, 0);
  long args[] = {s, (long)&to, sizeof to};
  int ret = index % 2 ? call(NR_CONNECT, s, (long)&to, sizeof to, 0) : call(NR_SOCKETCALL, SOCKETCALL_CONNECT, (long)args, 0, 0);
  call(NR_CLOSE, s, 0, 0, 0);
  return ret == -ECONNREFUSED;
}

static int open_one(int index) {
  char path[] = "/trial/files/ia32-00";
  path[sizeof path - 3] += index / 10;
  path[sizeof path - 2] += index % 10;
  int fd = index % 2 ? call(NR_OPEN, (long)path, O_WRONLY_CREAT, 0600, 0) : call(NR_OPENAT, AT_FDCWD, (long)path, O_WRONLY_CREAT, 0600);
  call(NR_CLOSE, fd, 0, 0, 0);
  return fd >= 0;
}

void _start(void) {
  int well = 1;
  for (int i = 0; i < CONNECTS; i++) well &= connect_one(i);
  for (int i = 0; i < OPENS; i++) well &= open_one(i);
  call(NR_EXIT, !well, 0, 0, 0);
}
