/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which program sees which system call, by number; those of 32-bit programs have numbers of their own, and on x86 a second way to
 * the socket calls. A program whose structs differ between the two must look at regs->is_32bit.
 */
#pragma once
#include "exec_failed.bpf.h"
#include "open.bpf.h"
#include "ptrace.bpf.h"
#include "setid.bpf.h"
#include "socket.bpf.h"
#include "udp.bpf.h"

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
#endif
		[Q_NR_OPENAT] = SEEN_BY(sys_openat),
		[Q_NR_OPENAT2] = SEEN_BY(sys_openat2),
		[Q_NR_SOCKET] = SEEN_BY(sys_socket),
		[Q_NR_ACCEPT] = SEEN_BY(sys_accept),
		[Q_NR_ACCEPT4] = SEEN_BY(sys_accept4),
		[Q_NR_CONNECT] = SEEN_BY(sys_connect),
		[Q_NR_SENDTO] = SEEN_BY(sys_sendto),
		[Q_NR_SENDMSG] = SEEN_BY(sys_sendmsg),
		[Q_NR_SENDMMSG] = SEEN_BY(sys_sendmmsg),
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
		[3] = SEEN_BY(sys_connect),
		[5] = SEEN_BY(sys_accept),
		[Q_SOCKETCALL_SEND] = SEEN_BY(sys_sendto),
		[11] = SEEN_BY(sys_sendto),
		[16] = SEEN_BY(sys_sendmsg),
		[18] = SEEN_BY(sys_accept4),
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

SYSCALL_TABLE(by_number_32, SYSCALLS) = {
	.values = {
		[Q_NR32_OPEN] = SEEN_BY(sys_open),
		[Q_NR32_CREAT] = SEEN_BY(sys_creat),
		[Q_NR32_OPENAT] = SEEN_BY(sys_openat),
		[Q_NR32_OPENAT2] = SEEN_BY(sys_openat2),
#ifdef Q_NR32_SOCKETCALL
		[Q_NR32_SOCKETCALL] = SEEN_BY(sys_socketcall),
#endif
		[Q_NR32_SOCKET] = SEEN_BY(sys_socket),
#ifdef Q_NR32_ACCEPT
		[Q_NR32_ACCEPT] = SEEN_BY(sys_accept),
#endif
		[Q_NR32_ACCEPT4] = SEEN_BY(sys_accept4),
		[Q_NR32_CONNECT] = SEEN_BY(sys_connect),
		/* arm's send (289) is missing: what it leaves in the last two argument registers is no address. */
		[Q_NR32_SENDTO] = SEEN_BY(sys_sendto),
		[Q_NR32_SENDMSG] = SEEN_BY(sys_sendmsg),
		[Q_NR32_SENDMMSG] = SEEN_BY(sys_sendmmsg),
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
