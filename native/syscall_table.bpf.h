/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which program sees which system call, by number. */
#pragma once
#include "bind.bpf.h"
#include "connect.bpf.h"
#include "open.bpf.h"
#include "socket.bpf.h"
#include "udp.bpf.h"

/* Above every number there is. */
#define SYSCALLS 512

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, SYSCALLS);
	__uint(key_size, sizeof(u32));
	__array(values, int(void *));
} by_number SEC(".maps") = {
	.values = {
#ifdef Q_NR_OPEN
		[Q_NR_OPEN] = (void *)&sys_open,
		[Q_NR_CREAT] = (void *)&sys_creat,
#endif
		[Q_NR_OPENAT] = (void *)&sys_openat,
		[Q_NR_OPENAT2] = (void *)&sys_openat2,
		[Q_NR_SOCKET] = (void *)&sys_socket,
		[Q_NR_ACCEPT] = (void *)&sys_accept,
		[Q_NR_ACCEPT4] = (void *)&sys_accept4,
		[Q_NR_CONNECT] = (void *)&sys_connect,
		[Q_NR_SENDTO] = (void *)&sys_sendto,
		[Q_NR_SENDMSG] = (void *)&sys_sendmsg,
		[Q_NR_SENDMMSG] = (void *)&sys_sendmmsg,
		[Q_NR_RECVFROM] = (void *)&sys_recvfrom,
		[Q_NR_RECVMSG] = (void *)&sys_recvmsg,
		[Q_NR_RECVMMSG] = (void *)&sys_recvmmsg,
		[Q_NR_BIND] = (void *)&sys_bind,
		[Q_NR_LISTEN] = (void *)&sys_listen,
	},
};

/* The system calls of 32-bit programs have other numbers. */
static __always_inline void count_unsupported(void)
{
	struct q_counters *c = my_counters();
	if (c)
		COUNT(c->unsupported_abi);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	if (Q_IS_32BIT(bpf_get_current_task_btf()))
		count_unsupported();
	else
		bpf_tail_call(ctx, &by_number, Q_SYSCALL_NR(regs));
	return 0;
}
