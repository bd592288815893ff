/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * System calls are seen once, when they return: the result is known, the arguments are still in the registers. Each has a
 * program of its own, reached by a tail call on its number (syscall_table.bpf.h), so that a call of no interest costs one
 * look-up and no program's stack or verification depends on another's.
 */
#pragma once
#include "emit.bpf.h"

/* The arguments of a call, whatever the caller's width: those of a 32-bit program are extended by zeros. */
struct q_regs {
	u64 arg[6];
	bool is_32bit; /* what its pointers point to has 32-bit pointers and longs too */
};

#define Q_ARG1(regs) ((regs)->arg[0])
#define Q_ARG2(regs) ((regs)->arg[1])
#define Q_ARG3(regs) ((regs)->arg[2])
#define Q_ARG4(regs) ((regs)->arg[3])
#define Q_ARG5(regs) ((regs)->arg[4])
#define Q_ARG6(regs) ((regs)->arg[5])

/* What the body of a program does not use is never read. */
static __always_inline struct q_regs registers_of(struct task_struct *task, struct pt_regs *from)
{
	if (!Q_IS_32BIT(task))
		return (struct q_regs){ .arg = Q_ARGUMENTS(from) };
	struct q_regs regs = { .arg = Q_ARGUMENTS_32(from), .is_32bit = true };
#ifdef Q_NR32_SOCKETCALL
	/* socketcall(call, arguments): in user memory, which may have changed since. */
	if (Q_SYSCALL_NR(from) == Q_NR32_SOCKETCALL) {
		u64 call = regs.arg[0], at = regs.arg[1];
		for (int i = 0; i < 6; i++) {
			u32 value = 0;
			bpf_probe_read_user(&value, sizeof(value), (void *)(at + i * sizeof(value)));
			regs.arg[i] = value;
		}
		/* send() and recv() are sendto() and recvfrom() without the last two. */
		if (call == Q_SOCKETCALL_SEND || call == Q_SOCKETCALL_RECV)
			regs.arg[4] = regs.arg[5] = 0;
	}
#endif
	return regs;
}

static __always_inline void read_iovec(struct q_iovec *to, bool is_32bit, u64 at)
{
	struct q_iovec_32 narrow = {};
	if (!is_32bit) {
		bpf_probe_read_user(to, sizeof(*to), (void *)at);
		return;
	}
	bpf_probe_read_user(&narrow, sizeof(narrow), (void *)at);
	to->base = narrow.base;
	to->len = narrow.len;
}

/* Of a struct msghdr of the caller's width the peer's address and the first iovec's. */
static __always_inline void read_msghdr(struct q_msghdr *to, bool is_32bit, u64 at)
{
	struct q_msghdr_32 narrow = {};
	if (!is_32bit) {
		bpf_probe_read_user(to, sizeof(*to), (void *)at);
		return;
	}
	bpf_probe_read_user(&narrow, sizeof(narrow), (void *)at);
	to->name = narrow.name;
	to->namelen = narrow.namelen;
	to->iov = narrow.iov;
}

/* SYSCALL(name) { … } defines the program `name`; its body has ctx, task, regs and ret. */
#define SYSCALL(name)                                                                                                  \
	static __always_inline void name##_returned(void *ctx, struct task_struct *task, const struct q_regs *regs,     \
						    long ret);                                                          \
	SEC("tp_btf/sys_exit") int BPF_PROG(name, struct pt_regs *from, long ret)                                       \
	{                                                                                                              \
		struct task_struct *task = bpf_get_current_task_btf();                                                 \
		if (is_ignored(task))                                                                                  \
			return 0;                                                                                      \
		struct q_regs regs = registers_of(task, from);                                                         \
		name##_returned(ctx, task, &regs, ret);                                                                \
		return 0;                                                                                              \
	}                                                                                                              \
	static __always_inline void name##_returned(void *ctx, struct task_struct *task, const struct q_regs *regs,     \
						    long ret)
