/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which program sees which system call, by number. */
#pragma once
#include "bind.bpf.h"
#include "connect.bpf.h"
#include "file_calls.bpf.h"
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
		[Q_NR_RENAME] = (void *)&sys_rename,
		[Q_NR_RMDIR] = (void *)&sys_rmdir,
		[Q_NR_LINK] = (void *)&sys_link,
		[Q_NR_UNLINK] = (void *)&sys_unlink,
		[Q_NR_SYMLINK] = (void *)&sys_symlink,
		[Q_NR_CHMOD] = (void *)&sys_chmod,
		[Q_NR_CHOWN] = (void *)&sys_chown,
		[Q_NR_LCHOWN] = (void *)&sys_lchown,
#endif
		[Q_NR_OPENAT] = (void *)&sys_openat,
		[Q_NR_OPENAT2] = (void *)&sys_openat2,
		[Q_NR_TRUNCATE] = (void *)&sys_truncate,
		[Q_NR_FTRUNCATE] = (void *)&sys_ftruncate,
		[Q_NR_RENAMEAT] = (void *)&sys_renameat,
		[Q_NR_RENAMEAT2] = (void *)&sys_renameat2,
		[Q_NR_LINKAT] = (void *)&sys_linkat,
		[Q_NR_SYMLINKAT] = (void *)&sys_symlinkat,
		[Q_NR_UNLINKAT] = (void *)&sys_unlinkat,
		[Q_NR_FCHMOD] = (void *)&sys_fchmod,
		[Q_NR_FCHMODAT] = (void *)&sys_fchmodat,
		[Q_NR_FCHMODAT2] = (void *)&sys_fchmodat2,
		[Q_NR_FCHOWN] = (void *)&sys_fchown,
		[Q_NR_FCHOWNAT] = (void *)&sys_fchownat,
		[Q_NR_MEMFD_CREATE] = (void *)&sys_memfd_create,
		[Q_NR_MOUNT] = (void *)&sys_mount,
		[Q_NR_UMOUNT2] = (void *)&sys_umount2,
		[Q_NR_MOVE_MOUNT] = (void *)&sys_move_mount,
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
