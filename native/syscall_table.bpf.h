/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which program sees which system call, by number; those of 32-bit programs have numbers of their own, and on x86 a second way to
 * the socket calls. A program whose structs differ between the two must look at regs->is_32bit.
 */
#pragma once
#include "accept.bpf.h"
#include "bind.bpf.h"
#include "connect.bpf.h"
#include "exec_failed.bpf.h"
#include "file_calls.bpf.h"
#include "open.bpf.h"
#include "ptrace.bpf.h"
#include "setid.bpf.h"
#include "udp_calls.bpf.h"
#include "udp_length.bpf.h"

/* Above every number there is. */
#define SYSCALLS 512
#define X32_BIT 0x40000000

#define SYSCALL_TABLE(name, entries)                                                                                   \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY);                                                                 \
		__uint(max_entries, entries);                                                                          \
		__uint(key_size, sizeof(u32));                                                                         \
		__array(values, int(void *));                                                                          \
	} name SEC(".maps")

#define SEEN_BY(program) (void *)&program

SYSCALL_TABLE(by_number, SYSCALLS) = {
	.values = {
#ifdef Q_NR_OPEN
		[Q_NR_OPEN] = SEEN_BY(sys_open),
		[Q_NR_CREAT] = SEEN_BY(sys_creat),
		[Q_NR_RENAME] = SEEN_BY(sys_rename),
		[Q_NR_RMDIR] = SEEN_BY(sys_rmdir),
		[Q_NR_LINK] = SEEN_BY(sys_link),
		[Q_NR_UNLINK] = SEEN_BY(sys_unlink),
		[Q_NR_SYMLINK] = SEEN_BY(sys_symlink),
		[Q_NR_CHMOD] = SEEN_BY(sys_chmod),
		[Q_NR_CHOWN] = SEEN_BY(sys_chown),
		[Q_NR_LCHOWN] = SEEN_BY(sys_lchown),
#endif
		[Q_NR_OPENAT] = SEEN_BY(sys_openat),
		[Q_NR_OPENAT2] = SEEN_BY(sys_openat2),
		[Q_NR_TRUNCATE] = SEEN_BY(sys_truncate),
		[Q_NR_FTRUNCATE] = SEEN_BY(sys_ftruncate),
		[Q_NR_RENAMEAT] = SEEN_BY(sys_renameat),
		[Q_NR_RENAMEAT2] = SEEN_BY(sys_renameat2),
		[Q_NR_LINKAT] = SEEN_BY(sys_linkat),
		[Q_NR_SYMLINKAT] = SEEN_BY(sys_symlinkat),
		[Q_NR_UNLINKAT] = SEEN_BY(sys_unlinkat),
		[Q_NR_FCHMOD] = SEEN_BY(sys_fchmod),
		[Q_NR_FCHMODAT] = SEEN_BY(sys_fchmodat),
		[Q_NR_FCHMODAT2] = SEEN_BY(sys_fchmodat2),
		[Q_NR_FCHOWN] = SEEN_BY(sys_fchown),
		[Q_NR_FCHOWNAT] = SEEN_BY(sys_fchownat),
		[Q_NR_MEMFD_CREATE] = SEEN_BY(sys_memfd_create),
		[Q_NR_MOUNT] = SEEN_BY(sys_mount),
		[Q_NR_UMOUNT2] = SEEN_BY(sys_umount2),
		[Q_NR_MOVE_MOUNT] = SEEN_BY(sys_move_mount),
		[Q_NR_SOCKET] = SEEN_BY(sys_socket),
		[Q_NR_ACCEPT] = SEEN_BY(sys_accept),
		[Q_NR_ACCEPT4] = SEEN_BY(sys_accept4),
		[Q_NR_CONNECT] = SEEN_BY(sys_connect),
		[Q_NR_SENDTO] = SEEN_BY(sys_sendto),
		[Q_NR_SENDMSG] = SEEN_BY(sys_sendmsg),
		[Q_NR_SENDMMSG] = SEEN_BY(sys_sendmmsg),
		[Q_NR_RECVFROM] = SEEN_BY(sys_recvfrom),
		[Q_NR_RECVMSG] = SEEN_BY(sys_recvmsg),
		[Q_NR_RECVMMSG] = SEEN_BY(sys_recvmmsg),
		[Q_NR_BIND] = SEEN_BY(sys_bind),
		[Q_NR_LISTEN] = SEEN_BY(sys_listen),
		[Q_NR_EXECVE] = SEEN_BY(sys_execve),
		[Q_NR_EXECVEAT] = SEEN_BY(sys_execveat),
		[Q_NR_SETUID] = SEEN_BY(sys_setuid),
		[Q_NR_SETREUID] = SEEN_BY(sys_setreuid),
		[Q_NR_SETRESUID] = SEEN_BY(sys_setresuid),
		[Q_NR_SETFSUID] = SEEN_BY(sys_setfsuid),
		[Q_NR_SETGID] = SEEN_BY(sys_setgid),
		[Q_NR_SETREGID] = SEEN_BY(sys_setregid),
		[Q_NR_SETRESGID] = SEEN_BY(sys_setresgid),
		[Q_NR_SETFSGID] = SEEN_BY(sys_setfsgid),
		[Q_NR_SETGROUPS] = SEEN_BY(sys_setgroups),
		[Q_NR_CAPSET] = SEEN_BY(sys_capset),
		[Q_NR_PTRACE] = SEEN_BY(sys_ptrace),
		[Q_NR_PROCESS_VM_READV] = SEEN_BY(sys_process_vm_readv),
		[Q_NR_PROCESS_VM_WRITEV] = SEEN_BY(sys_process_vm_writev),
	},
};

#ifdef Q_NR32_SOCKETCALL
/* By the call, the first argument of socketcall; registers_of() looks through it. */
SYSCALL_TABLE(by_socketcall, 32) = {
	.values = {
		[1] = SEEN_BY(sys_socket),
		[2] = SEEN_BY(sys_bind),
		[3] = SEEN_BY(sys_connect),
		[4] = SEEN_BY(sys_listen),
		[5] = SEEN_BY(sys_accept),
		[Q_SOCKETCALL_SEND] = SEEN_BY(sys_sendto),
		[Q_SOCKETCALL_RECV] = SEEN_BY(sys_recvfrom),
		[11] = SEEN_BY(sys_sendto),
		[12] = SEEN_BY(sys_recvfrom),
		[16] = SEEN_BY(sys_sendmsg),
		[17] = SEEN_BY(sys_recvmsg),
		[18] = SEEN_BY(sys_accept4),
		[19] = SEEN_BY(sys_recvmmsg),
		[20] = SEEN_BY(sys_sendmmsg),
	},
};

SEC("tp_btf/sys_exit")
int BPF_PROG(sys_socketcall, struct pt_regs *regs, long ret)
{
	u32 call = regs->bx;
	bpf_tail_call(ctx, &by_socketcall, call);
	return 0;
}
#endif

/*
 * Missing: arm's send and recv (289, 291: what they leave in the last two argument registers is no address), and the calls
 * that change owners by ids of 16 bits.
 */
SYSCALL_TABLE(by_number_32, SYSCALLS) = {
	.values = {
#ifdef Q_NR32_SOCKETCALL
		[Q_NR32_SOCKETCALL] = SEEN_BY(sys_socketcall),
#endif
		[Q_NR32_OPEN] = SEEN_BY(sys_open),
		[Q_NR32_CREAT] = SEEN_BY(sys_creat),
		[Q_NR32_RENAME] = SEEN_BY(sys_rename),
		[Q_NR32_RMDIR] = SEEN_BY(sys_rmdir),
		[Q_NR32_LINK] = SEEN_BY(sys_link),
		[Q_NR32_UNLINK] = SEEN_BY(sys_unlink),
		[Q_NR32_SYMLINK] = SEEN_BY(sys_symlink),
		[Q_NR32_CHMOD] = SEEN_BY(sys_chmod),
		[Q_NR32_CHOWN] = SEEN_BY(sys_chown),
		[Q_NR32_LCHOWN] = SEEN_BY(sys_lchown),
		[Q_NR32_OPENAT] = SEEN_BY(sys_openat),
		[Q_NR32_OPENAT2] = SEEN_BY(sys_openat2),
		[Q_NR32_TRUNCATE] = SEEN_BY(sys_truncate),
		[Q_NR32_TRUNCATE64] = SEEN_BY(sys_truncate),
		[Q_NR32_FTRUNCATE] = SEEN_BY(sys_ftruncate),
		[Q_NR32_FTRUNCATE64] = SEEN_BY(sys_ftruncate),
		[Q_NR32_RENAMEAT] = SEEN_BY(sys_renameat),
		[Q_NR32_RENAMEAT2] = SEEN_BY(sys_renameat2),
		[Q_NR32_LINKAT] = SEEN_BY(sys_linkat),
		[Q_NR32_SYMLINKAT] = SEEN_BY(sys_symlinkat),
		[Q_NR32_UNLINKAT] = SEEN_BY(sys_unlinkat),
		[Q_NR32_FCHMOD] = SEEN_BY(sys_fchmod),
		[Q_NR32_FCHMODAT] = SEEN_BY(sys_fchmodat),
		[Q_NR32_FCHMODAT2] = SEEN_BY(sys_fchmodat2),
		[Q_NR32_FCHOWN] = SEEN_BY(sys_fchown),
		[Q_NR32_FCHOWNAT] = SEEN_BY(sys_fchownat),
		[Q_NR32_MEMFD_CREATE] = SEEN_BY(sys_memfd_create),
		[Q_NR32_MOUNT] = SEEN_BY(sys_mount),
		[Q_NR32_UMOUNT2] = SEEN_BY(sys_umount2),
		[Q_NR32_MOVE_MOUNT] = SEEN_BY(sys_move_mount),
		[Q_NR32_SOCKET] = SEEN_BY(sys_socket),
#ifdef Q_NR32_ACCEPT
		[Q_NR32_ACCEPT] = SEEN_BY(sys_accept),
#endif
		[Q_NR32_ACCEPT4] = SEEN_BY(sys_accept4),
		[Q_NR32_CONNECT] = SEEN_BY(sys_connect),
		[Q_NR32_SENDTO] = SEEN_BY(sys_sendto),
		[Q_NR32_SENDMSG] = SEEN_BY(sys_sendmsg),
		[Q_NR32_SENDMMSG] = SEEN_BY(sys_sendmmsg),
		[Q_NR32_RECVFROM] = SEEN_BY(sys_recvfrom),
		[Q_NR32_RECVMSG] = SEEN_BY(sys_recvmsg),
		[Q_NR32_RECVMMSG] = SEEN_BY(sys_recvmmsg),
		[Q_NR32_RECVMMSG_TIME64] = SEEN_BY(sys_recvmmsg),
		[Q_NR32_BIND] = SEEN_BY(sys_bind),
		[Q_NR32_LISTEN] = SEEN_BY(sys_listen),
		[Q_NR32_EXECVE] = SEEN_BY(sys_execve),
		[Q_NR32_EXECVEAT] = SEEN_BY(sys_execveat),
		[Q_NR32_SETUID] = SEEN_BY(sys_setuid),
		[Q_NR32_SETUID16] = SEEN_BY(sys_setuid),
		[Q_NR32_SETREUID] = SEEN_BY(sys_setreuid),
		[Q_NR32_SETREUID16] = SEEN_BY(sys_setreuid),
		[Q_NR32_SETRESUID] = SEEN_BY(sys_setresuid),
		[Q_NR32_SETRESUID16] = SEEN_BY(sys_setresuid),
		[Q_NR32_SETFSUID] = SEEN_BY(sys_setfsuid),
		[Q_NR32_SETFSUID16] = SEEN_BY(sys_setfsuid),
		[Q_NR32_SETGID] = SEEN_BY(sys_setgid),
		[Q_NR32_SETGID16] = SEEN_BY(sys_setgid),
		[Q_NR32_SETREGID] = SEEN_BY(sys_setregid),
		[Q_NR32_SETREGID16] = SEEN_BY(sys_setregid),
		[Q_NR32_SETRESGID] = SEEN_BY(sys_setresgid),
		[Q_NR32_SETRESGID16] = SEEN_BY(sys_setresgid),
		[Q_NR32_SETFSGID] = SEEN_BY(sys_setfsgid),
		[Q_NR32_SETFSGID16] = SEEN_BY(sys_setfsgid),
		[Q_NR32_SETGROUPS] = SEEN_BY(sys_setgroups),
		[Q_NR32_SETGROUPS16] = SEEN_BY(sys_setgroups),
		[Q_NR32_CAPSET] = SEEN_BY(sys_capset),
		[Q_NR32_PTRACE] = SEEN_BY(sys_ptrace),
		[Q_NR32_PROCESS_VM_READV] = SEEN_BY(sys_process_vm_readv),
		[Q_NR32_PROCESS_VM_WRITEV] = SEEN_BY(sys_process_vm_writev),
	},
};

static __always_inline void count_unsupported(void)
{
	struct q_counters *c = my_counters();
	if (c)
		COUNT(c->unsupported_abi);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	u32 nr = Q_SYSCALL_NR(regs);

	if (Q_IS_32BIT(bpf_get_current_task_btf())) {
		bpf_tail_call(ctx, &by_number_32, nr);
		return 0;
	}
	bpf_tail_call(ctx, &by_number, nr & ~X32_BIT);
	/* x32 has numbers of its own for calls whose structs differ. */
	if (nr >= (X32_BIT | SYSCALLS) && nr < (X32_BIT | 2 * SYSCALLS))
		count_unsupported();
	return 0;
}
