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
