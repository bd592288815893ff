// Socket calls of every kind the sensor tells, for test/perf-sockets.test.ts. Each mode prints what it did and got as JSON lines.
//
//   sockets datagrams PORT     messages by every send and receive call, IPv4, IPv6 and mapped, connected or not
//   sockets flood PORT COUNT   so many messages to one port, as fast as they go, and a process that takes them
//   sockets flood-then-exec PORT   100 messages, then another program in this process
//   sockets binds              bind and listen, also such that fail
//   sockets unix               Unix sockets, in the working directory
//   sockets lookups COUNT PATH so many connects to that address
//   sockets kinds              raw, packet and ping sockets
//   sockets routes             TCP connects for which there is no way; run by test/perf-sockets.test.ts in a network namespace
//   sockets time-out COUNT     so many TCP connects to 198.51.100.1 to 198.51.100.COUNT
//   sockets listen PORT COUNT  listens on so many ports, until its input ends
//   sockets nothing            exits
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 40

static char buffer[65536];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int result(int value) { return value < 0 ? -errno : value; }

struct address {
  union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
  };
  socklen_t len;
};

static struct address make(const char *text, int port) {
  struct address a = {.len = sizeof a.four, .four = {.sin_family = AF_INET, .sin_port = htons(port)}};
  if (inet_pton(AF_INET, text, &a.four.sin_addr) == 1) return a;
  a = (struct address){.len = sizeof a.six, .six = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
  if (inet_pton(AF_INET6, text, &a.six.sin6_addr) != 1) die(text);
  return a;
}

static int port_of(int s) {
  struct address a = {.len = sizeof a.six};
  getsockname(s, &a.any, &a.len);
  return ntohs(a.four.sin_port);
}

/* A UDP socket bound to `text`. */
static int bound(const char *text, int port) {
  struct address on = make(text, port);
  int s = socket(on.any.sa_family, SOCK_DGRAM, 0), all = 4 << 20;
  setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &all, sizeof all);
  if (bind(s, &on.any, on.len) != 0) die("bind");
  return s;
}

/* The ways to send, with `to` null on a connected socket. */
static void send_by(int way, int s, struct address *to, size_t bytes) {
  struct iovec parts[2] = {{buffer, bytes / 2}, {buffer, bytes - bytes / 2}};
  struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
  struct mmsghdr one = {.msg_hdr = msg};
  if (to) one.msg_hdr.msg_name = msg.msg_name = &to->any, one.msg_hdr.msg_namelen = msg.msg_namelen = to->len;
  long sent = -1;
  if (way == 0) sent = sendto(s, buffer, bytes, 0, to ? &to->any : NULL, to ? to->len : 0);
  if (way == 1) sent = sendmsg(s, &msg, 0);
  if (way == 2) sent = sendmmsg(s, &one, 1, 0) == 1 ? one.msg_len : -1;
  if (way == 3) sent = write(s, buffer, bytes);
  if (way == 4) sent = writev(s, parts, 2);
  if (sent != (long)bytes) die("send");
}

static void receive_by(int way, int s, int name, size_t bytes) {
  struct address from = {.len = sizeof from.six};
  struct iovec parts[2] = {{buffer, 3}, {buffer + 3, sizeof buffer - 3}};
  struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
  struct mmsghdr one = {.msg_hdr = msg};
  if (name) one.msg_hdr.msg_name = msg.msg_name = &from.any, one.msg_hdr.msg_namelen = msg.msg_namelen = from.len;
  long got = -1;
  recv(s, buffer, sizeof buffer, MSG_PEEK);
  if (way == 0) got = recvfrom(s, buffer, sizeof buffer, 0, name ? &from.any : NULL, name ? &from.len : NULL);
  if (way == 1) got = recvmsg(s, &msg, 0);
  if (way == 2) got = recvmmsg(s, &one, 1, 0, NULL) == 1 ? one.msg_len : -1;
  if (way == 3) got = read(s, buffer, sizeof buffer);
  if (way == 4) got = readv(s, parts, 2);
  if (got != (long)bytes) die("receive");
  recv(s, buffer, sizeof buffer, MSG_DONTWAIT);
}

static void tell_flow(const char *what, const char *local, int lport, const char *peer, int pport, long count, long bytes) {
  printf("{\"syscall\":\"%s\",\"saddr\":\"%s\",\"sport\":%d,\"daddr\":\"%s\",\"dport\":%d,\"count\":%ld,\"bytes\":%ld}\n", what, local,
         lport, peer, pport, count, bytes);
}

/* `messages` from a client to a server, each received before the next goes; one more byte each. */
static void exchange(const char *client_at, const char *server_at, const char *named, int port, int way, int connected, int messages) {
  int server = bound(server_at, port), client = bound(client_at, port + 1);
  struct address to = make(server_at, port), back = make(client_at, port + 1);
  if (connected && (connect(client, &to.any, to.len) != 0 || connect(server, &back.any, back.len) != 0)) die("connect");
  long bytes = 0;
  /* writev() of nothing sends nothing. */
  int first = way == 4;
  for (int i = first; i < first + messages; i++) {
    send_by(way, client, connected ? NULL : &to, i);
    receive_by(way, server, !connected, i);
    bytes += i;
  }
  close(client);
  close(server);
  tell_flow("send", named, port + 1, named, port, messages, bytes);
  tell_flow("recv", named, port, named, port + 1, messages, bytes);
}

/* One sendmmsg to many ports, and one recvmmsg of as many. */
static void many(int port) {
  int from = bound("127.0.0.1", port), to = bound("127.0.0.1", port + 1);
  struct address at[MANY], peers[MANY];
  struct iovec data[MANY], room[MANY];
  struct mmsghdr out[MANY] = {0}, in[MANY] = {0};
  for (int i = 0; i < MANY; i++) {
    at[i] = make("127.0.0.1", i == 0 ? port + 1 : port + 1 + i);
    data[i] = (struct iovec){buffer, i + 1};
    out[i].msg_hdr = (struct msghdr){.msg_name = &at[i].any, .msg_namelen = at[i].len, .msg_iov = &data[i], .msg_iovlen = 1};
  }
  if (sendmmsg(from, out, MANY, 0) != MANY) die("sendmmsg");
  for (int i = 0; i < MANY; i++) tell_flow("send", "127.0.0.1", port, "127.0.0.1", port + 1 + i, 1, i + 1);
  recv(to, buffer, sizeof buffer, 0);
  tell_flow("recv", "127.0.0.1", port + 1, "", 0, 1, 1);
  /* The refusals that came back for the closed ports have no address in them. */
  for (int i = 0; i < MANY; i++) out[i].msg_hdr.msg_name = &at[0].any;
  close(from);
  from = bound("127.0.0.1", port);
  if (sendmmsg(from, out, MANY, 0) != MANY) die("sendmmsg");
  for (int i = 0; i < MANY; i++) {
    room[i] = (struct iovec){buffer, 100};
    in[i].msg_hdr = (struct msghdr){.msg_name = &peers[i].any, .msg_namelen = sizeof peers[i].six, .msg_iov = &room[i], .msg_iovlen = 1};
  }
  if (recvmmsg(to, in, MANY, 0, NULL) != MANY) die("recvmmsg");
  tell_flow("send", "127.0.0.1", port, "127.0.0.1", port + 1, MANY, MANY * (MANY + 1) / 2);
  tell_flow("recv", "127.0.0.1", port + 1, "127.0.0.1", port, MANY, MANY * (MANY + 1) / 2);
  close(from);
  close(to);
}

/* To a port that is closed: the first message goes, and brings a refusal for the next. */
static void refused(int port) {
  struct address to = make("127.0.0.1", port + 1);
  int s = bound("127.0.0.1", port);
  connect(s, &to.any, to.len);
  if (send(s, "x", 1, 0) != 1) die("send");
  tell_flow("send", "127.0.0.1", port, "127.0.0.1", port + 1, 1, 1);
  printf("{\"syscall\":\"refused\",\"dport\":%d,\"ret\":%d}\n", port + 1, result(send(s, "x", 1, 0)));
  close(s);
}

static void datagrams(int port) {
  static const int primes[] = {97, 101, 103, 107, 109};
  for (int way = 0; way < 5; way++, port += 20) {
    int n = primes[way];
    exchange("127.0.0.1", "127.0.0.1", "127.0.0.1", port, way, 1, n);
    exchange("::1", "::1", "::1", port + 4, way, 1, n + 10);
    exchange("::ffff:127.0.0.2", "::ffff:127.0.0.2", "127.0.0.2", port + 8, way, 1, n + 12);
    if (way > 2) continue;
    exchange("127.0.0.1", "127.0.0.1", "127.0.0.1", port + 12, way, 0, n + 14);
    exchange("::1", "::1", "::1", port + 14, way, 0, n + 16);
    exchange("::ffff:127.0.0.2", "::ffff:127.0.0.2", "127.0.0.2", port + 16, way, 0, n + 18);
  }
  many(port);
  refused(port + 100);
}

static void flood(int port, long count) {
  int server = bound("127.0.0.1", port), client = bound("127.0.0.1", port + 1);
  struct address to = make("127.0.0.1", port);
  pid_t taker = fork();
  if (taker == 0) {
    long got = 0, bytes = 0, n;
    while ((n = recv(server, buffer, sizeof buffer, 0)) > 1) got++, bytes += n;
    printf("{\"pid\":%d,\"syscall\":\"recv\",\"count\":%ld,\"bytes\":%ld}\n", getpid(), got + (n == 1), bytes + (n == 1));
    return;
  }
  for (long i = 0; i < count; i++) sendto(client, buffer, 2 + i % 1000, 0, &to.any, to.len);
  /* The last one may be dropped when the queue is full. */
  for (int status, i = 0; waitpid(taker, &status, WNOHANG) == 0; i++, count++) {
    if (i > 0) usleep(50000);
    sendto(client, buffer, 1, 0, &to.any, to.len);
  }
  printf("{\"pid\":%d,\"syscall\":\"send\",\"count\":%ld}\n", getpid(), count);
}

static void flood_then_exec(const char *self, int port) {
  struct address to = make("127.0.0.1", port);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < 100; i++) sendto(s, buffer, 5, 0, &to.any, to.len);
  execl(self, "after", "nothing", NULL);
}

static void tell_bind(const char *what, const char *proto, const char *at, int port, int ret) {
  printf("{\"syscall\":\"%s\",\"proto\":\"%s\",\"saddr\":\"%s\",\"sport\":%d,\"ret\":%d}\n", what, proto, at, port, ret);
}

static int try_bind(const char *proto, int type, const char *text, int port) {
  struct address on = make(text, port);
  int s = socket(on.any.sa_family, type, 0);
  int ret = result(bind(s, &on.any, on.len));
  tell_bind("bind", proto, text, ret == 0 ? port_of(s) : port, ret);
  return s;
}

static void try_listen(const char *proto, int s, const char *text) {
  int ret = result(listen(s, 5));
  tell_bind("listen", proto, text, port_of(s), ret);
}

static void binds(void) {
  int tcp = try_bind("tcp", SOCK_STREAM, "127.0.0.1", 0);
  try_bind("tcp", SOCK_STREAM, "127.0.0.1", port_of(tcp));
  try_bind("tcp", SOCK_STREAM, "192.0.2.77", 7);
  try_bind("udp", SOCK_DGRAM, "192.0.2.78", 9);
  int udp = try_bind("udp", SOCK_DGRAM, "::1", 0);
  int any = try_bind("tcp", SOCK_STREAM, "0.0.0.0", 0);
  try_bind("udp", SOCK_DGRAM, "::ffff:127.0.0.3", 0);
  try_listen("tcp", tcp, "127.0.0.1");
  try_listen("tcp", any, "0.0.0.0");
  try_listen("udp", udp, "::1");
  /* Without a bind the kernel chooses the port. */
  try_listen("tcp", socket(AF_INET, SOCK_STREAM, 0), "0.0.0.0");
}

static struct sockaddr_un named(const char *name, int len, socklen_t *size) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  memcpy(a.sun_path, name, len);
  *size = offsetof(struct sockaddr_un, sun_path) + len;
  return a;
}

static int unix_call(const char *what, int (*call)(int, const struct sockaddr *, socklen_t), int s, const char *name, int len, const char *as) {
  socklen_t size;
  struct sockaddr_un a = named(name, len, &size);
  int ret = result(call(s, (struct sockaddr *)&a, size));
  printf("{\"syscall\":\"%s\",\"path\":\"%s\",\"ret\":%d}\n", what, as, ret);
  return ret;
}

/* CWD/ stands for the working directory in what is told. */
static void unix_sockets(void) {
  static const struct {
    const char *name;
    int len;
    const char *as;
    int type;
  } at[] = {{"plain", 6, "CWD/plain", SOCK_STREAM},
            {"./deep/../relative", 18, "CWD/relative", SOCK_SEQPACKET},
            {"\0abstract", 9, "@abstract", SOCK_STREAM},
            {"\0nul\0in", 7, "@nul\\u0000in", SOCK_STREAM},
            {"packets", 8, "CWD/packets", SOCK_DGRAM}};
  static char longest[109];
  memset(longest, 'x', 108);
  for (int i = 0; i < 5; i++) {
    int server = socket(AF_UNIX, at[i].type, 0), client = socket(AF_UNIX, at[i].type, 0);
    unix_call("bind", bind, server, at[i].name, at[i].len, at[i].as);
    if (at[i].type != SOCK_DGRAM) printf("{\"syscall\":\"listen\",\"path\":\"%s\",\"ret\":%d}\n", at[i].as, result(listen(server, 3)));
    unix_call("connect", connect, client, at[i].name, at[i].len, at[i].as);
    if (at[i].type == SOCK_DGRAM) continue;
    if (accept(server, NULL, NULL) < 0) die("accept");
    printf("{\"syscall\":\"accept\",\"path\":\"%s\",\"ret\":0}\n", at[i].as);
    close(server);
    /* Failures go by what was asked for. */
    client = socket(AF_UNIX, at[i].type, 0);
    if (i == 0) unix_call("connect", connect, client, "plain", 6, "plain");
    if (i == 1) unix_call("connect", connect, client, "missing", 8, "missing");
    if (i == 2) unix_call("bind", bind, client, "no/such/folder", 15, "no/such/folder");
    if (i == 3) unix_call("bind", bind, client, longest, 108, "CWD/LONGEST");
  }
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  printf("{\"syscall\":\"listen\",\"path\":\"\",\"ret\":%d}\n", result(listen(socket(AF_UNIX, SOCK_STREAM, 0), 1)));
}

static void look_up(int count, const char *path) {
  socklen_t size;
  struct sockaddr_un a = named(path, strlen(path) + 1, &size);
  for (int i = 0; i < count; i++) {
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    int ret = result(connect(s, (struct sockaddr *)&a, size));
    if (i == 0) printf("{\"ret\":%d}\n", ret);
    close(s);
  }
}

static void kind(int family, int type, int protocol, const char *proto, const char *flags) {
  int s = socket(family, type, protocol);
  printf("{\"proto\":\"%s\",\"flags\":\"%s\",\"ret\":%d,\"fd\":%d}\n", proto, flags, s < 0 ? -errno : 0, s);
}

static void kinds(void) {
  kind(AF_INET, SOCK_RAW, IPPROTO_ICMP, "raw", "INET|RAW|ICMP");
  kind(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, "raw", "INET6|RAW|ICMPV6");
  kind(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP, "raw", "INET|RAW|TCP");
  kind(AF_INET, SOCK_RAW, 253, "raw", "INET|RAW|253");
  kind(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL), "packet", "PACKET|RAW|ALL");
  kind(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP), "packet", "PACKET|DGRAM|ARP");
  kind(AF_INET, SOCK_PACKET, htons(ETH_P_IP), "packet", "PACKET|PACKET|IP");
  kind(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, "icmp", "INET|DGRAM|ICMP");
  /* Without the capability they are refused. */
  if (setuid(65534) != 0) die("setuid");
  kind(AF_INET, SOCK_RAW, IPPROTO_UDP, "raw", "INET|RAW|UDP");
  kind(AF_PACKET, SOCK_RAW, htons(ETH_P_IPV6), "packet", "PACKET|RAW|IPV6");
  /* No rows. */
  socket(AF_INET, SOCK_STREAM, 0);
  socket(AF_INET6, SOCK_DGRAM, 0);
  socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int dial(const char *text, int port, int flags, int s) {
  struct address to = make(text, port);
  if (s < 0) s = socket(to.any.sa_family, SOCK_STREAM | flags, 0);
  printf("{\"daddr\":\"%s\",\"dport\":%d,\"ret\":%d}\n", text, port, result(connect(s, &to.any, to.len)));
  return s;
}

/* The namespace has one ephemeral port, and routes that say no. Each line is a row but those of port 0. */
static void routes(void) {
  for (int i = 0; i < 7; i++) close(dial("203.0.113.1", 1000 + i, i % 2 ? SOCK_NONBLOCK : 0, -1));
  for (int i = 0; i < 5; i++) close(dial("198.51.100.1", 2000 + i, i % 2 ? SOCK_NONBLOCK : 0, -1));
  for (int i = 0; i < 3; i++) close(dial("192.0.2.1", 3000 + i, 0, -1));
  for (int i = 0; i < 3; i++) close(dial("2001:db8::1", 4000 + i, 0, -1));
  struct address on = make("127.0.0.1", 5000);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, &on.any, on.len) != 0 || listen(listener, 9) != 0) die("listen");
  int held = dial("127.0.0.1", 5000, 0, -1), peer = accept(listener, NULL, NULL);
  close(dial("127.0.0.1", 5000, 0, -1));
  close(dial("127.0.0.1", 5000, SOCK_NONBLOCK, -1));
  /* Asked again for a result that is told already: no rows of their own. */
  int again = dial("127.0.0.1", 5001, SOCK_NONBLOCK, -1);
  struct pollfd ready = {.fd = again, .events = POLLOUT};
  poll(&ready, 1, 1000);
  struct address to = make("127.0.0.1", 5001);
  connect(again, &to.any, to.len);
  connect(held, &on.any, on.len);
  close(again);
  close(held);
  while (read(peer, buffer, 1) > 0) {
  }
  close(peer);
}

/* All at the same time. */
static void time_out(int count) {
  for (int i = 1; i <= count; i++) {
    char text[32];
    snprintf(text, sizeof text, "198.51.100.%d", i);
    if (fork() == 0) {
      dial(text, 6000 + i, 0, -1);
      return;
    }
  }
  while (wait(NULL) > 0) {
  }
}

static void listen_on(int port, int count) {
  for (int i = 0; i < count; i++) {
    struct address on = make("127.0.0.1", port + i);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s, &on.any, on.len) != 0 || listen(s, 9) != 0) die("listen");
  }
  puts("ready");
  fflush(stdout);
  while (read(0, buffer, sizeof buffer) > 0) {
  }
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  if (!strcmp(mode, "datagrams")) datagrams(atoi(argv[2]));
  if (!strcmp(mode, "flood")) flood(atoi(argv[2]), atol(argv[3]));
  if (!strcmp(mode, "flood-then-exec")) flood_then_exec("/proc/self/exe", atoi(argv[2]));
  if (!strcmp(mode, "binds")) binds();
  if (!strcmp(mode, "unix")) unix_sockets();
  if (!strcmp(mode, "lookups")) look_up(atoi(argv[2]), argv[3]);
  if (!strcmp(mode, "kinds")) kinds();
  if (!strcmp(mode, "routes")) routes();
  if (!strcmp(mode, "listen")) listen_on(atoi(argv[2]), atoi(argv[3]));
  if (!strcmp(mode, "time-out")) time_out(atoi(argv[2]));
  return 0;
}
