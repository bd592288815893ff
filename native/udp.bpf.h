/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * UDP: connects and sends. A destination address is read from user memory when the call returns, and may have been changed
 * by another thread meanwhile.
 */
#pragma once
#include "dispatch.bpf.h"
#include "dns.bpf.h"
#include "socket.bpf.h"

#define E_AGAIN 11
#define E_INTR 4
/* Messages of one sendmmsg that get a row of their own; the rest share one. */
#define MMSG_ROWS 16
/* Messages of one recvmmsg that are looked at. */
#define MMSG_ANSWERS 8

static __always_inline void read_destination(struct q_flow *f, u64 addr, u32 len)
{
	struct {
		u16 family, port;
		u32 v4_or_flow;
		u8 v6[16];
	} to = {};

	if (!addr || len < 8)
		return;
	if (bpf_probe_read_user(&to, len < sizeof(to) ? 8 : sizeof(to), (void *)addr))
		return;
	if (to.family == AF_INET) {
		f->dport = __builtin_bswap16(to.port);
		f->is_v6 = 0;
		__builtin_memset(f->daddr, 0, 16);
		__builtin_memcpy(f->daddr, &to.v4_or_flow, 4);
	} else if (to.family == AF_INET6) {
		f->dport = __builtin_bswap16(to.port);
		if (!f->is_v6)
			__builtin_memset(f->saddr, 0, 16);
		f->is_v6 = 1;
		__builtin_memcpy(f->daddr, to.v6, 16);
	}
}

/* The flow of a UDP socket; false when the descriptor is none. */
static __always_inline bool begin_udp(struct q_net *e, struct task_struct *task, u32 kind, s32 fd)
{
	struct sock *sk = sock_of_file(file_of_fd(task, fd));
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_UDP)
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

/* `from`, `len`: the message in user memory, or its first part. */
static __always_inline void finish_send(void *ctx, struct q_net *e, long ret, u64 from, u64 len)
{
	e->ret = ret < 0 ? ret : 0;
	e->bytes_out = ret < 0 ? 0 : ret;
	emit(ctx, Q_SEND, e, sizeof(*e));
	emit_dns(ctx, e, Q_DNS, from, len);
}

static __always_inline struct q_iovec first_part(struct q_msghdr *msg)
{
	struct q_iovec part = {};
	if (msg->iovlen)
		bpf_probe_read_user(&part, sizeof(part), (void *)msg->iov);
	return part;
}

SYSCALL(sys_sendto)
{
	struct q_net e = {};
	if (nothing_sent(ret) || !begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	read_destination(&e.flow, Q_ARG5(regs), Q_ARG6(regs));
	finish_send(ctx, &e, ret, Q_ARG2(regs), Q_ARG3(regs));
}

SYSCALL(sys_sendmsg)
{
	struct q_net e = {};
	struct q_msghdr msg = {};
	if (nothing_sent(ret) || !begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	bpf_probe_read_user(&msg, sizeof(msg), (void *)Q_ARG2(regs));
	read_destination(&e.flow, msg.name, msg.namelen);
	struct q_iovec part = first_part(&msg);
	finish_send(ctx, &e, ret, part.base, part.len);
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
		finish_send(ctx, &e, ret, 0, 0);
	for (int i = 0; i < MMSG_ROWS && i < ret; i++) {
		bpf_probe_read_user(&msg, sizeof(msg), (void *)(vector + i * sizeof(msg)));
		e.flow = flow;
		read_destination(&e.flow, msg.hdr.name, msg.hdr.namelen);
		struct q_iovec part = first_part(&msg.hdr);
		finish_send(ctx, &e, msg.len, part.base, part.len);
	}
	if (ret > MMSG_ROWS) {
		e.count = ret - MMSG_ROWS;
		e.bytes_out = Q_UNKNOWN_U64;
		emit(ctx, Q_SEND, &e, sizeof(e));
	}
}

/* What a resolver answered: the peer is the destination, as on the query. */
static __always_inline void finish_answer(void *ctx, struct task_struct *task, u32 fd, u64 peer, u32 peer_len, u64 from, long len)
{
	struct q_net e = {};
	if (len < DNS_HEADER_BYTES || !holds_inet_socket(task->tgid) || !begin_udp(&e, task, Q_DNS_ANSWER, fd))
		return;
	if (!e.flow.dport)
		read_destination(&e.flow, peer, peer_len);
	emit_dns(ctx, &e, Q_DNS_ANSWER, from, len);
}

SYSCALL(sys_recvfrom)
{
	u32 peer_len = 0;
	if (ret > 0 && Q_ARG6(regs))
		bpf_probe_read_user(&peer_len, sizeof(peer_len), (void *)Q_ARG6(regs));
	finish_answer(ctx, task, Q_ARG1(regs), Q_ARG5(regs), peer_len, Q_ARG2(regs), ret);
}

SYSCALL(sys_recvmsg)
{
	struct q_msghdr msg = {};
	if (ret < DNS_HEADER_BYTES)
		return;
	bpf_probe_read_user(&msg, sizeof(msg), (void *)Q_ARG2(regs));
	finish_answer(ctx, task, Q_ARG1(regs), msg.name, msg.namelen, first_part(&msg).base, ret);
}

SYSCALL(sys_recvmmsg)
{
	struct q_mmsghdr msg = {};
	u64 vector = Q_ARG2(regs);
	if (ret <= 0 || !holds_inet_socket(task->tgid))
		return;
	for (int i = 0; i < MMSG_ANSWERS && i < ret; i++) {
		bpf_probe_read_user(&msg, sizeof(msg), (void *)(vector + i * sizeof(msg)));
		finish_answer(ctx, task, Q_ARG1(regs), msg.hdr.name, msg.hdr.namelen, first_part(&msg.hdr).base, msg.len);
	}
}
