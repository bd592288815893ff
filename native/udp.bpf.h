/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * UDP messages, sent and received, by flow: process, socket, addresses and ports, result. The first of a flow is told at once, what
 * follows within the same second is counted (tally.bpf.h). The peer's address is read from user memory when the call
 * returns, and may have been changed by another thread meanwhile; without one it is the socket's.
 */
#pragma once
#include "dispatch.bpf.h"
#include "dns.bpf.h"
#include "inet.bpf.h"
#include "tally.bpf.h"

#define E_AGAIN 11
#define E_INTR 4
#define E_CANCELED 125
#define E_RESTARTSYS 512
#define MSG_PEEK 2
#define MSG_ERRQUEUE 0x2000
/* The kernel takes no more in one call (UIO_MAXIOV). */
#define MMSG_MAX 1024
/* So many of them are looked at for DNS. */
#define MMSG_DNS 4

struct message {
	u64 peer; /* user address of the peer's address, or 0 */
	u64 from; /* user address of the payload; of its first struct iovec when `vector` */
	u64 len;
	u32 peer_len;
	u32 vector;
};

/* A call on a UDP socket. Calls are seen in three places, of which one may interrupt the other. */
enum { UDP_SYSCALL, UDP_LENGTH, UDP_URING, UDP_PLACES };
struct udp_call {
	struct message message; /* the one at hand */
	struct flow_key key;    /* its flow is the message's */
	struct q_flow flow;     /* of the socket */
	s32 fd;
	u32 place;
	u32 is_32bit; /* so are the caller's structs */
	struct q_who asker; /* UDP_URING: as of the request */
	struct flow_sum first;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, UDP_PLACES);
	__type(key, u32);
	__type(value, struct udp_call);
} udp_calls SEC(".maps");

/* NULL when the socket is none of UDP. `ret` as the system call gave it. */
static __always_inline struct udp_call *begin_udp(u32 place, bool is_32bit, struct sock *sk, u32 kind, s32 fd, long ret)
{
	struct udp_call *call = bpf_map_lookup_elem(&udp_calls, &place);
	if (!call || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_UDP || !is_inet(family_of(sk)))
		return NULL;
	fill_flow(&call->flow, sk);
	if (call->flow.proto != Q_PROTO_UDP)
		return NULL;
	call->place = place;
	call->is_32bit = is_32bit;
	call->fd = fd;
	call->key.sk = (u64)sk;
	call->key.mm = (u64)bpf_get_current_task_btf()->mm;
	call->key.tgid = bpf_get_current_pid_tgid() >> 32;
	call->key.kind = kind;
	call->key.ret = ret < 0 ? ret : 0;
	__builtin_memset(&call->message, 0, sizeof(call->message));
	call->message.len = ret < 0 ? 0 : ret;
	return call;
}

static __always_inline void fill_udp_head(struct udp_call *call, struct q_head *head, u32 kind)
{
	fill_head(head, kind, bpf_get_current_task_btf());
	if (call->place == UDP_URING)
		head->who = call->asker;
}

static __always_inline void fill_first(struct udp_call *call)
{
	struct q_net *e = &call->first.event;
	bool sent = call->key.kind == Q_SEND;

	fill_udp_head(call, &e->head, call->key.kind);
	e->flow = call->key.flow;
	e->duration_ns = Q_UNKNOWN_U64;
	e->bytes_out = sent ? call->message.len : Q_UNKNOWN_U64;
	e->bytes_in = sent ? Q_UNKNOWN_U64 : call->message.len;
	e->ret = call->key.ret;
	e->fd = call->fd;
	e->count = 1;
	call->first.sum.first_ns = e->head.boot_ns;
}

/* Whether the message is to be told now: then the event is made. Not inlined, so that the verifier walks it once. */
__noinline u32 count_message(u32 place)
{
	u32 zero = 0;
	struct udp_call *call = bpf_map_lookup_elem(&udp_calls, &place);
	void *now = bpf_map_lookup_elem(&flows, &zero);

	if (!call || !now)
		return 0;
	u64 len = call->message.len;
	call->key.flow = call->flow;
	read_sockaddr(&call->key.flow, false, call->message.peer, call->message.peer_len);
	if (is_unreported(&call->key.flow) || count_in(bpf_map_lookup_elem(now, &call->key), len))
		return 0;
	fill_first(call);
	if (!enter_first(now, &call->key, &call->first) && count_in(bpf_map_lookup_elem(now, &call->key), len))
		return 0;
	return !is_shed(call->key.tgid, call->key.kind);
}

/* The one place that all come by: call->message was sent or received on the flow call->key.flow. */
static __always_inline void on_message(void *ctx, struct udp_call *call)
{
	if (count_message(call->place))
		deliver(ctx, call->key.kind, &call->first.event, sizeof(call->first.event));
}

/* Makes the event of the DNS message at hand; returns its size, 0 when it is none. Not inlined, as above. */
__noinline u32 make_dns(u32 place)
{
	struct udp_call *call = bpf_map_lookup_elem(&udp_calls, &place);
	struct q_dns *e = dns_event();
	if (!call || !e)
		return 0;
	struct q_iovec part = { call->message.from, call->message.len };
	if (call->message.vector)
		read_iovec(&part, call->is_32bit, call->message.from);
	call->key.flow = call->flow;
	read_sockaddr(&call->key.flow, false, call->message.peer, call->message.peer_len);
	e->ret = call->key.ret;
	e->fd = call->fd;
	u64 len = part.len < call->message.len ? part.len : call->message.len;
	u32 size = fill_dns(e, &call->key.flow, part.base, len);
	if (size)
		fill_udp_head(call, &e->head, call->key.kind == Q_SEND ? Q_DNS : Q_DNS_ANSWER);
	return size;
}

static __always_inline void on_dns(void *ctx, struct udp_call *call)
{
	struct q_dns *e = dns_event();
	u64 size = make_dns(call->place);
	/* As in emit_file(). */
	asm volatile("" : "+r"(size));
	if (!e || size > sizeof(*e) + Q_DNS_MAX)
		return;
	asm volatile("" : "+r"(size));
	if (size >= sizeof(*e))
		emit(ctx, e->head.kind, e, size);
}

static __always_inline void on_single(void *ctx, struct udp_call *call)
{
	on_message(ctx, call);
	on_dns(ctx, call);
}

static __always_inline void read_header(struct udp_call *call, u64 header)
{
	struct message *m = &call->message;
	struct q_msghdr msg = {};
	read_msghdr(&msg, call->is_32bit, header);
	m->peer = msg.name;
	m->peer_len = msg.namelen;
	m->from = msg.iov;
	m->vector = 1;
}

/* One of a vector. Not inlined, as above. */
__noinline u32 read_vector_entry(u32 place, u64 entry)
{
	u32 len = 0;
	struct udp_call *call = bpf_map_lookup_elem(&udp_calls, &place);
	if (!call)
		return 0;
	read_header(call, entry);
	bpf_probe_read_user(&len, sizeof(len), (void *)(entry + (call->is_32bit ? sizeof(struct q_msghdr_32) : sizeof(struct q_msghdr))));
	call->message.len = len;
	return 1;
}

static __always_inline u64 vector_step(struct udp_call *call)
{
	return call->is_32bit ? sizeof(struct q_mmsghdr_32) : sizeof(struct q_mmsghdr);
}

/* Counts messages of a vector from `i` to `n`, to the first that is to be told now; returns the index behind it, 0 at the end. Not inlined, as above. */
__noinline u32 count_vector(u32 place, u64 vector, u32 i, u32 n)
{
	struct udp_call *call = bpf_map_lookup_elem(&udp_calls, &place);
	if (!call)
		return 0;
	u64 step = vector_step(call);
	for (u32 steps = 0; steps < MMSG_MAX && i < n; steps++, i++) {
		if (read_vector_entry(place, vector + i * step) && count_message(place))
			return i + 1;
	}
	return 0;
}

static __always_inline void on_vector(void *ctx, struct udp_call *call, u64 vector, long n)
{
	u32 at = 0;
	for (u32 told = 0; told < MMSG_MAX; told++) {
		at = count_vector(call->place, vector, at, n);
		if (!at)
			break;
		deliver(ctx, call->key.kind, &call->first.event, sizeof(call->first.event));
	}
	/* Resolvers send two at once: for both families of addresses. */
	u64 step = vector_step(call);
	for (int i = 0; i < MMSG_DNS && i < n; i++) {
		if (read_vector_entry(call->place, vector + i * step))
			on_dns(ctx, call);
	}
}

static __always_inline struct sock *sock_of_fd(struct task_struct *task, s32 fd)
{
	return any_sock_of_file(file_of_fd(task, fd));
}

/* The program will call again, or the kernel itself will (ERESTARTSYS and its kin). */
static __always_inline bool nothing_sent(long ret)
{
	return ret == -E_AGAIN || ret == -E_INTR || ret <= -E_RESTARTSYS;
}

static __always_inline struct udp_call *begin_send(struct task_struct *task, const struct q_regs *regs, long ret)
{
	s32 fd = Q_ARG1(regs);
	return nothing_sent(ret) ? NULL : begin_udp(UDP_SYSCALL, regs->is_32bit, sock_of_fd(task, fd), Q_SEND, fd, ret);
}

SYSCALL(sys_sendto)
{
	struct udp_call *call = begin_send(task, regs, ret);
	if (!call)
		return;
	call->message.peer = Q_ARG5(regs);
	call->message.peer_len = Q_ARG6(regs);
	call->message.from = Q_ARG2(regs);
	on_single(ctx, call);
}

SYSCALL(sys_sendmsg)
{
	struct udp_call *call = begin_send(task, regs, ret);
	if (!call)
		return;
	read_header(call, Q_ARG2(regs));
	on_single(ctx, call);
}

SYSCALL(sys_sendmmsg)
{
	struct udp_call *call = begin_send(task, regs, ret);
	if (!call)
		return;
	if (ret >= 0) {
		on_vector(ctx, call, Q_ARG2(regs), ret);
		return;
	}
	/* The first one failed. */
	read_header(call, Q_ARG2(regs));
	on_single(ctx, call);
}

/* Of a receive counts what was taken: not what was looked at, nor errors of earlier sends. */
static __always_inline struct udp_call *begin_receive(struct task_struct *task, const struct q_regs *regs, long ret, u64 flags)
{
	s32 fd = Q_ARG1(regs);
	if (ret < 0 || (flags & (MSG_PEEK | MSG_ERRQUEUE)))
		return NULL;
	return begin_udp(UDP_SYSCALL, regs->is_32bit, sock_of_fd(task, fd), Q_RECV, fd, ret);
}

SYSCALL(sys_recvfrom)
{
	u64 at = Q_ARG6(regs);
	struct udp_call *call = begin_receive(task, regs, ret, Q_ARG4(regs));
	if (!call)
		return;
	call->message.peer = Q_ARG5(regs);
	if (call->message.peer)
		bpf_probe_read_user(&call->message.peer_len, sizeof(u32), (void *)at);
	call->message.from = Q_ARG2(regs);
	on_single(ctx, call);
}

SYSCALL(sys_recvmsg)
{
	struct udp_call *call = begin_receive(task, regs, ret, Q_ARG3(regs));
	if (!call)
		return;
	read_header(call, Q_ARG2(regs));
	on_single(ctx, call);
}

SYSCALL(sys_recvmmsg)
{
	struct udp_call *call = begin_receive(task, regs, ret, Q_ARG4(regs));
	if (call)
		on_vector(ctx, call, Q_ARG2(regs), ret);
}

/*
 * read, write and their kin on a connected socket: too many calls to look each one's descriptor up, so they are seen where
 * the socket layer tells lengths (Linux 6.3; before they are not seen).
 */
enum file_call { FILE_CALL_NONE, FILE_CALL_FLAT, FILE_CALL_VECTOR, FILE_CALL_OPAQUE };

static __always_inline enum file_call file_call_of(u32 nr, bool is_32bit, bool sends)
{
	if (is_32bit) {
		if (nr == (sends ? Q_NR32_WRITE : Q_NR32_READ))
			return FILE_CALL_FLAT;
		if (nr == (sends ? Q_NR32_WRITEV : Q_NR32_READV))
			return FILE_CALL_VECTOR;
		return nr == Q_NR32_SPLICE || (sends && (nr == Q_NR32_SENDFILE || nr == Q_NR32_SENDFILE64)) ? FILE_CALL_OPAQUE :
													       FILE_CALL_NONE;
	}
	if (nr == (sends ? Q_NR_WRITE : Q_NR_READ))
		return FILE_CALL_FLAT;
	if (nr == (sends ? Q_NR_WRITEV : Q_NR_READV))
		return FILE_CALL_VECTOR;
	return nr == Q_NR_SPLICE || (sends && nr == Q_NR_SENDFILE) ? FILE_CALL_OPAQUE : FILE_CALL_NONE;
}

static __always_inline void on_length(void *ctx, struct sock *sk, long ret, bool sends)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (sk->sk_protocol != IPPROTO_UDP || (task->flags & PF_KTHREAD) || is_ignored(task))
		return;
	struct pt_regs *from = (void *)bpf_task_pt_regs(task);
	u32 nr = Q_SYSCALL_NR(from);
	enum file_call how = file_call_of(nr, Q_IS_32BIT(task), sends);
	if (how == FILE_CALL_NONE || (sends ? nothing_sent(ret) : ret < 0))
		return;
	struct q_regs regs = registers_of(task, from);
	bool spliced = nr == (regs.is_32bit ? Q_NR32_SPLICE : Q_NR_SPLICE);
	s32 fd = spliced && sends ? Q_ARG3(&regs) : Q_ARG1(&regs);
	/* A request of io_uring, carried out in the same task while it is in another call. */
	if (sock_of_fd(task, fd) != sk)
		return;
	struct udp_call *call = begin_udp(UDP_LENGTH, regs.is_32bit, sk, sends ? Q_SEND : Q_RECV, fd, ret);
	if (!call)
		return;
	call->message.vector = how == FILE_CALL_VECTOR;
	if (how != FILE_CALL_OPAQUE)
		call->message.from = Q_ARG2(&regs);
	on_single(ctx, call);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send_length, struct sock *sk, int ret, int flags)
{
	on_length(ctx, sk, ret, true);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_recv_length, struct sock *sk, int ret, int flags)
{
	on_length(ctx, sk, ret, false);
	return 0;
}
