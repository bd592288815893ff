/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * UDP: connects and sends. A destination address is read from user memory when the call returns, and may have been changed
 * by another thread meanwhile.
 */
#pragma once
#include "dispatch.bpf.h"
#include "socket.bpf.h"

#define E_AGAIN 11
#define E_INTR 4
#define E_CANCELED 125
/* Messages of one sendmmsg that get a row of their own; the rest share one. */
#define MMSG_ROWS 16

struct q_sockaddr {
	u16 family, port;
	u32 v4_or_flow;
	u8 v6[16];
};

static __always_inline void put_destination(struct q_flow *f, struct q_sockaddr *to)
{
	if (to->family == AF_INET) {
		f->dport = __builtin_bswap16(to->port);
		f->is_v6 = 0;
		__builtin_memset(f->daddr, 0, 16);
		__builtin_memcpy(f->daddr, &to->v4_or_flow, 4);
	} else if (to->family == AF_INET6) {
		f->dport = __builtin_bswap16(to->port);
		if (!f->is_v6)
			__builtin_memset(f->saddr, 0, 16);
		f->is_v6 = 1;
		__builtin_memcpy(f->daddr, to->v6, 16);
	}
}

/* From user memory; family 0 when it is not there. */
static __always_inline void read_sockaddr(struct q_sockaddr *to, u64 addr, u32 len)
{
	if (!addr || len < 8)
		return;
	if (bpf_probe_read_user(to, len < sizeof(*to) ? 8 : sizeof(*to), (void *)addr))
		to->family = 0;
}

static __always_inline void read_destination(struct q_flow *f, u64 addr, u32 len)
{
	struct q_sockaddr to = {};
	read_sockaddr(&to, addr, len);
	put_destination(f, &to);
}

static __always_inline bool is_udp(struct sock *sk)
{
	return sk && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_UDP;
}

/* The flow of a UDP socket; false when the descriptor is none. */
static __always_inline bool begin_udp(struct q_net *e, struct task_struct *task, u32 kind, s32 fd)
{
	struct sock *sk = sock_of_file(file_of_fd(task, fd));
	if (!is_udp(sk))
		return false;
	fill_head(&e->head, kind, task);
	fill_flow(&e->flow, sk);
	e->duration_ns = Q_UNKNOWN_U64;
	e->bytes_out = Q_UNKNOWN_U64;
	e->bytes_in = Q_UNKNOWN_U64;
	e->fd = fd;
	e->count = 1;
	return true;
}

SYSCALL(sys_connect)
{
	struct q_net e = {};
	if (!begin_udp(&e, task, Q_CONNECT, Q_ARG1(regs)))
		return;
	if (ret < 0)
		read_destination(&e.flow, Q_ARG2(regs), Q_ARG3(regs));
	/* connect() to AF_UNSPEC takes the destination away. */
	if (!e.flow.dport)
		return;
	e.ret = ret;
	emit(ctx, Q_CONNECT, &e, sizeof(e));
}

/* The program will call again. */
static __always_inline bool nothing_sent(long ret)
{
	return ret == -E_AGAIN || ret == -E_INTR;
}

static __always_inline void finish_send(void *ctx, struct q_net *e, long ret)
{
	e->ret = ret < 0 ? ret : 0;
	e->bytes_out = ret < 0 ? 0 : ret;
	emit(ctx, Q_SEND, e, sizeof(*e));
}

SYSCALL(sys_sendto)
{
	struct q_net e = {};
	if (nothing_sent(ret) || !begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	read_destination(&e.flow, Q_ARG5(regs), Q_ARG6(regs));
	finish_send(ctx, &e, ret);
}

SYSCALL(sys_sendmsg)
{
	struct q_net e = {};
	struct q_msghdr msg = {};
	if (nothing_sent(ret) || !begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	bpf_probe_read_user(&msg, sizeof(msg), (void *)Q_ARG2(regs));
	read_destination(&e.flow, msg.name, msg.namelen);
	finish_send(ctx, &e, ret);
}

SYSCALL(sys_sendmmsg)
{
	struct q_net e = {};
	struct q_mmsghdr msg = {};
	u64 vector = Q_ARG2(regs);
	if (nothing_sent(ret) || !begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	struct q_flow flow = e.flow;
	if (ret < 0)
		finish_send(ctx, &e, ret);
	for (int i = 0; i < MMSG_ROWS && i < ret; i++) {
		bpf_probe_read_user(&msg, sizeof(msg), (void *)(vector + i * sizeof(msg)));
		e.flow = flow;
		read_destination(&e.flow, msg.hdr.name, msg.hdr.namelen);
		finish_send(ctx, &e, msg.len);
	}
	if (ret > MMSG_ROWS) {
		e.count = ret - MMSG_ROWS;
		e.bytes_out = Q_UNKNOWN_U64;
		emit(ctx, Q_SEND, &e, sizeof(e));
	}
}

