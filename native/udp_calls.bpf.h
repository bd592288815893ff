/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* System calls that send and receive on UDP sockets. */
#pragma once
#include "dispatch.bpf.h"
#include "udp.bpf.h"

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
