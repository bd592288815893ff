/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Internet sockets: protocol, addresses of the socket, addresses in user memory. */
#pragma once
#include "holders.bpf.h"

#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58
#define IPPROTO_SCTP 132
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP 262
#define SOCK_RAW 3

static __always_inline u8 proto_named(u32 type, u32 protocol)
{
	if (type == SOCK_RAW)
		return Q_PROTO_RAW;
	switch (protocol) {
	case IPPROTO_TCP:
		return Q_PROTO_TCP;
	case IPPROTO_UDP:
		return Q_PROTO_UDP;
	case IPPROTO_UDPLITE:
		return Q_PROTO_UDPLITE;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return Q_PROTO_ICMP;
	case IPPROTO_SCTP:
		return Q_PROTO_SCTP;
	case IPPROTO_MPTCP:
		return Q_PROTO_MPTCP;
	}
	return Q_PROTO_OTHER;
}

static __always_inline u8 proto_of(struct sock *sk)
{
	return proto_named(BPF_CORE_READ(sk, sk_type), BPF_CORE_READ(sk, sk_protocol));
}

/* Ports whose connections and messages are declared noise. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, Q_PORTS);
	__type(key, u16);
	__type(value, u8);
} unreported_ports SEC(".maps");

static __always_inline bool is_unreported(struct q_flow *f)
{
	u16 sport = f->sport, dport = f->dport;
	if (!(shared.filters & Q_FILTER_PORTS) ||
	    (!bpf_map_lookup_elem(&unreported_ports, &sport) && !bpf_map_lookup_elem(&unreported_ports, &dport)))
		return false;
	count_unreported();
	return true;
}

/* Connects, accepts, closes and messages. */
static __always_inline void emit_net(void *ctx, u32 kind, struct q_net *e)
{
	if (!is_unreported(&e->flow))
		emit(ctx, kind, e, sizeof(*e));
}

static __always_inline void fill_flow(struct q_flow *f, struct sock *sk)
{
	struct inet_sock *inet = (void *)sk;
	__builtin_memset(f, 0, sizeof(*f));
	f->proto = proto_of(sk);
	/* What raw and ping sockets keep there are no ports. */
	if (f->proto != Q_PROTO_RAW && f->proto != Q_PROTO_ICMP) {
		f->dport = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
		f->sport = __builtin_bswap16(BPF_CORE_READ(inet, inet_sport));
		if (!f->sport)
			f->sport = BPF_CORE_READ(sk, __sk_common.skc_num);
	}
	f->is_v6 = BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6;
	if (f->is_v6) {
		bpf_probe_read_kernel(f->saddr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_probe_read_kernel(f->daddr, 16, &sk->__sk_common.skc_v6_daddr);
	} else {
		bpf_probe_read_kernel(f->saddr, 4, &sk->__sk_common.skc_rcv_saddr);
		bpf_probe_read_kernel(f->daddr, 4, &sk->__sk_common.skc_daddr);
	}
}

#define NO_FAMILY 0xffff

/* The beginning of a struct sockaddr_in or sockaddr_in6. */
struct q_sockaddr {
	u16 family, port;
	u32 v4_or_flow;
	u8 v6[16];
};

/* From user memory; its family is NO_FAMILY when there is no address. */
static __always_inline void fetch_sockaddr(struct q_sockaddr *a, u64 from, u64 len)
{
	__builtin_memset(a, 0, sizeof(*a));
	if (!from || len < 8 || bpf_probe_read_user(a, len < sizeof(*a) ? 8 : sizeof(*a), (void *)from))
		a->family = NO_FAMILY;
}

/*
 * Puts an address in place of the flow's local or remote one. Returns its family. Without a family it is IPv4 to a socket
 * of IPv4, as the kernel has it in all but connect().
 */
static __always_inline u16 put_sockaddr(struct q_flow *f, bool local, struct q_sockaddr *from)
{
	struct q_sockaddr a = *from;
	u8 *address = local ? f->saddr : f->daddr;
	u16 *port = local ? &f->sport : &f->dport;

	if (a.family == AF_INET6 && !f->is_v6) {
		__builtin_memset(f->saddr, 0, 16);
		__builtin_memset(f->daddr, 0, 16);
		f->is_v6 = 1;
	}
	if (a.family == AF_INET6) {
		__builtin_memcpy(address, a.v6, 16);
	} else if (a.family == AF_INET && f->is_v6) {
		__builtin_memset(address, 0, 10);
		address[10] = 0xff;
		address[11] = 0xff;
		__builtin_memcpy(address + 12, &a.v4_or_flow, 4);
	} else if (a.family == AF_INET || (a.family == AF_UNSPEC && !f->is_v6)) {
		__builtin_memcpy(address, &a.v4_or_flow, 4);
	} else {
		return a.family;
	}
	if (f->proto != Q_PROTO_RAW && f->proto != Q_PROTO_ICMP)
		*port = __builtin_bswap16(a.port);
	return a.family;
}

/* The same of an address in user memory. */
static __always_inline u16 read_sockaddr(struct q_flow *f, bool local, u64 from, u64 len)
{
	struct q_sockaddr a;
	fetch_sockaddr(&a, from, len);
	return put_sockaddr(f, local, &a);
}

/* All but the head, of a socket as it is now. */
static __always_inline void fill_result(struct q_net *e, struct sock *sk, s32 fd, s32 ret)
{
	fill_flow(&e->flow, sk);
	e->duration_ns = Q_UNKNOWN_U64;
	e->bytes_out = Q_UNKNOWN_U64;
	e->bytes_in = Q_UNKNOWN_U64;
	e->ret = ret;
	e->fd = fd;
	e->count = 1;
}

static __always_inline void fill_socket_event(struct q_net *e, u32 kind, struct task_struct *task, struct sock *sk, s32 fd, s32 ret)
{
	fill_head(&e->head, kind, task);
	fill_result(e, sk, fd, ret);
}
