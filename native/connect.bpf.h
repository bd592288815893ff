/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* connect() of every family. */
#pragma once
#include "dispatch.bpf.h"
#include "tcp_state.bpf.h"
#include "unix.bpf.h"

/*
 * connect() returned. What began is told by the changes of state; left are those that the kernel gave up before a SYN left:
 * having chosen the way (no port is free), or without (no route), when the socket never had a sequence number. True
 * of the latter, whose row is still to be written.
 */
static __always_inline bool ended_unseen(void *ctx, struct sock *sk, s32 ret)
{
	u64 key = (u64)sk;
	struct tcp_sock *tcp = (void *)sk;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);

	if (c && c->call == CALL_GAVE_UP)
		give_up(ctx, sk, c, ret);
	else if (c)
		c->call = CALL_OVER;
	return !c && ret < 0 && BPF_CORE_READ(tcp, write_seq) == 0;
}

static __always_inline void on_tcp_connect(void *ctx, struct task_struct *task, struct sock *sk, s32 fd, s32 ret, u64 to, u64 len)
{
	if (!ended_unseen(ctx, sk, ret))
		return;
	struct q_net e = {};
	fill_socket_event(&e, Q_CONNECT, task, sk, fd, ret);
	u16 family = read_sockaddr(&e.flow, false, to, len);
	if (is_inet(family))
		emit_net(ctx, Q_CONNECT, &e);
}

static __always_inline bool is_datagram(u8 proto)
{
	return proto == Q_PROTO_UDP || proto == Q_PROTO_UDPLITE || proto == Q_PROTO_RAW || proto == Q_PROTO_ICMP;
}

/* It takes a destination, or gives one up (AF_UNSPEC). */
static __always_inline void on_datagram_connect(void *ctx, struct task_struct *task, struct sock *sk, s32 fd, s32 ret, u64 to, u64 len)
{
	struct q_net e = {};
	u16 family = 0;
	fill_socket_event(&e, Q_CONNECT, task, sk, fd, ret);
	bpf_probe_read_user(&family, sizeof(family), (void *)to);
	if (!is_inet(family))
		return;
	/* Of a success the kernel's own copy counts. */
	if (ret < 0)
		read_sockaddr(&e.flow, false, to, len);
	emit_net(ctx, Q_CONNECT, &e);
}

SYSCALL(sys_connect)
{
	s32 fd = Q_ARG1(regs);
	u64 to = Q_ARG2(regs), len = Q_ARG3(regs);
	struct sock *sk = any_sock_of_file(file_of_fd(task, fd));
	u16 family = family_of(sk);

	if (family == AF_UNIX) {
		struct unix_sock *own = (void *)sk;
		on_unix(ctx, task, Q_UNIX_CONNECT, ret < 0 ? NULL : BPF_CORE_READ(own, peer), fd, ret, to, len);
	} else if (is_inet(family)) {
		u8 proto = proto_of(sk);
		if (proto == Q_PROTO_TCP)
			on_tcp_connect(ctx, task, sk, fd, ret, to, len);
		else if (is_datagram(proto))
			on_datagram_connect(ctx, task, sk, fd, ret, to, len);
	}
}
