/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * read, write and their kin on a connected socket: too many calls to look each one's descriptor up, so they are seen where
 * the socket layer tells lengths (Linux 6.3; before they are not seen).
 */
#pragma once
#include "udp_calls.bpf.h"

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
