/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sockets get an address, begin to listen, or are of a kind that sees or forges packets. The address is the one the socket has; of
 * a bind that failed it is read from user memory, and another thread may have changed it.
 */
#pragma once
#include "dispatch.bpf.h"
#include "inet.bpf.h"
#include "unix.bpf.h"

#define AF_PACKET 17
#define SOCK_PACKET 10 /* the old name of AF_PACKET, as a type of AF_INET */
#define SOCK_TYPE 0xf

static __always_inline void forget_peer(struct q_flow *flow)
{
	__builtin_memset(flow->daddr, 0, sizeof(flow->daddr));
	flow->dport = 0;
}

static __always_inline void on_local(void *ctx, struct task_struct *task, struct sock *sk, u32 kind, s32 fd, s32 ret, u64 from, u64 len)
{
	struct q_net e = {};
	fill_socket_event(&e, kind, task, sk, fd, ret);
	if (ret < 0)
		read_sockaddr(&e.flow, true, from, len);
	forget_peer(&e.flow);
	emit(ctx, kind, &e, sizeof(e));
}

SYSCALL(sys_bind)
{
	s32 fd = Q_ARG1(regs);
	u64 from = Q_ARG2(regs), len = Q_ARG3(regs);
	struct sock *sk = any_sock_of_file(file_of_fd(task, fd));
	u16 family = family_of(sk);

	if (family == AF_UNIX)
		on_unix(ctx, task, Q_UNIX_BIND, ret < 0 ? NULL : sk, fd, ret, from, len);
	else if (is_inet(family))
		on_local(ctx, task, sk, Q_BIND, fd, ret, from, len);
}

SYSCALL(sys_listen)
{
	s32 fd = Q_ARG1(regs);
	struct sock *sk = any_sock_of_file(file_of_fd(task, fd));
	u16 family = family_of(sk);

	if (family == AF_UNIX)
		on_unix(ctx, task, Q_UNIX_LISTEN, sk, fd, ret, 0, 0);
	else if (is_inet(family))
		on_local(ctx, task, sk, Q_LISTEN, fd, ret, 0, 0);
}

/* A zeroed event, all but its head; arguments and result as of socket(). False when it gets no row. */
static __always_inline bool fill_socket(struct q_socket *e, u32 family, u32 type, u32 protocol, u32 tgid, s32 ret)
{
	e->family = family;
	e->type = type & SOCK_TYPE;
	e->protocol = protocol;
	if (e->family == AF_INET && e->type == SOCK_PACKET)
		e->family = AF_PACKET;
	if (ret >= 0 && is_inet(e->family))
		hold(tgid);
	if (e->family == AF_PACKET)
		e->proto = Q_PROTO_PACKET;
	else if (is_inet(e->family))
		e->proto = proto_named(e->type, e->protocol);
	e->ret = ret < 0 ? ret : 0;
	e->fd = ret < 0 ? -1 : ret;
	return e->proto == Q_PROTO_PACKET || e->proto == Q_PROTO_RAW || e->proto == Q_PROTO_ICMP;
}

SYSCALL(sys_socket)
{
	struct q_socket e = {};
	if (!fill_socket(&e, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), task->tgid, ret))
		return;
	fill_head(&e.head, Q_SOCKET, task);
	emit(ctx, Q_SOCKET, &e, sizeof(e));
}
