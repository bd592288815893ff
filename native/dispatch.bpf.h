/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * System calls are seen once, when they return: the result is known, the arguments are still in the registers. Each has a
 * program of its own, reached by a tail call on its number (syscall_table.bpf.h), so that a call of no interest costs one
 * look-up and no program's stack or verification depends on another's.
 */
#pragma once
#include "emit.bpf.h"

/* SYSCALL(name) { … } defines the program `name`; its body has ctx, task, regs and ret. */
#define SYSCALL(name)                                                                                                  \
	static __always_inline void name##_returned(void *ctx, struct task_struct *task, struct pt_regs *regs, long ret); \
	SEC("tp_btf/sys_exit") int BPF_PROG(name, struct pt_regs *regs, long ret)                                       \
	{                                                                                                              \
		struct task_struct *task = bpf_get_current_task_btf();                                                 \
		if (!is_ignored(task))                                                                                 \
			name##_returned(ctx, task, regs, ret);                                                         \
		return 0;                                                                                              \
	}                                                                                                              \
	static __always_inline void name##_returned(void *ctx, struct task_struct *task, struct pt_regs *regs, long ret)
