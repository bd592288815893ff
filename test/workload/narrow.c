// System calls of a 32-bit program, for test/perf-process.test.ts: built with gcc -m32 -nostdlib, so it needs no 32-bit library. Run as
// root in an empty folder; every odd index goes the newer way where a call has two. Ends with the number of the call that failed.
typedef unsigned u32;
typedef unsigned short u16;

static int call6(int nr, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f) {
  int ret;
  u32 args[] = {(u32)nr, a, b, c, d, e, f};
  __asm__ volatile(
      "pushl %%ebp; pushl %%ebx; movl %1, %%eax; pushl 24(%%eax); movl 4(%%eax), %%ebx; movl 8(%%eax), %%ecx;"
      "movl 12(%%eax), %%edx; movl 16(%%eax), %%esi; movl 20(%%eax), %%edi; movl (%%eax), %%eax; popl %%ebp; int $0x80;"
      "popl %%ebx; popl %%ebp"
      : "=a"(ret)
      : "0"(args)
      : "ecx", "edx", "esi", "edi", "memory");
  return ret;
}

#define call(nr, a, b, c) call6(nr, (u32)(a), (u32)(b), (u32)(c), 0, 0, 0)

static int socketcall(int which, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f) {
  u32 args[] = {a, b, c, d, e, f};
  return call(102, which, args, 0);
}

static void end(int status) {
  for (;;) call(1, status, 0, 0);
}

static void need(int ok, int step) {
  if (!ok) end(step);
}

struct address {
  u16 family, port;
  u32 ip;
  char zero[8];
};
struct vector {
  u32 base, length;
};
struct message {
  u32 name, length, vectors, count, control, control_length, flags, sent;
};

static u16 swap(u16 x) { return (u16)(x << 8 | x >> 8); }

static struct address to(int port) {
  struct address a = {2, swap((u16)port), 0x0100007f, {0}};
  return a;
}

static void files(void) {
  char name[] = "narrow-0";
  for (int i = 0; i < 3; i++) {
    name[7] = (char)('0' + i);
    int fd = i == 0 ? call(8, name, 0600, 0) : i == 1 ? call(5, name, 0101, 0600) : call6(295, -100, (u32)name, 0101, 0600, 0, 0);
    need(fd >= 0, 1);
    call(6, fd, 0, 0);
  }
}

static void datagrams(int port) {
  int s = socketcall(1, 2, 2, 0, 0, 0, 0);
  need(s >= 0, 2);
  for (int i = 0; i < 7; i++) {
    char text[16] = "narrow datagram";
    struct address dest = to(port + i);
    struct vector v = {(u32)text, (u32)i + 1};
    struct message m = {(u32)&dest, sizeof dest, (u32)&v, 1, 0, 0, 0, 0};
    int ret = -1;
    if (i == 0) ret = socketcall(11, s, (u32)text, 1, 0, (u32)&dest, sizeof dest);
    if (i == 1) ret = call6(369, s, (u32)text, 2, 0, (u32)&dest, sizeof dest);
    if (i == 2) ret = socketcall(16, s, (u32)&m, 0, 0, 0, 0);
    if (i == 3) ret = call(370, s, &m, 0);
    if (i == 4) ret = socketcall(20, s, (u32)&m, 1, 0, 0, 0);
    if (i == 5) ret = call(345, s, &m, 1);
    if (i == 6) {
      need(socketcall(3, s, (u32)&dest, sizeof dest, 0, 0, 0) == 0, 3);
      ret = socketcall(9, s, (u32)text, 7, 0, (u32)&m, 16);
    }
    need(ret > 0, 4 + i);
  }
}

static void streams(int port) {
  struct address at = to(port);
  int one = 1, listener = call(359, 2, 1, 0);
  socketcall(14, listener, 1, 2, (u32)&one, sizeof one, 0);
  need(socketcall(2, listener, (u32)&at, sizeof at, 0, 0, 0) == 0, 20);
  need(socketcall(4, listener, 5, 0, 0, 0, 0) == 0, 21);
  for (int i = 0; i < 2; i++) {
    int s = i ? call(359, 2, 1, 0) : socketcall(1, 2, 1, 0, 0, 0, 0);
    need((i ? call(362, s, &at, sizeof at) : socketcall(3, s, (u32)&at, sizeof at, 0, 0, 0)) == 0, 22);
    int got = i ? call6(364, listener, 0, 0, 0, 0, 0) : socketcall(5, listener, 0, 0, 0, 0, 0);
    need(got >= 0, 23);
    call(6, s, 0, 0);
    call(6, got, 0, 0);
  }
}

void _start(void) {
  files();
  datagrams(20100);
  streams(18451);
  u32 none = 0;
  call(11, "./narrow-0", &none, &none);
  call6(358, -100, (u32) "./narrow-1", (u32)&none, (u32)&none, 0, 0);
  need(call(206, 0, 0, 0) == 0, 30);
  need(call(23, 1005, 0, 0) == 0, 31);
  end(0);
}
