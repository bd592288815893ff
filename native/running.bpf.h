/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Processes that run already: each as the exec event that would have made it, written to whoever reads the iterator. For the
 * start, and to repair what a lost event left unknown. Needs no right over the process, unlike /proc.
 */
#pragma once
#include "process.bpf.h"

/* Reads nothing from the process's memory when `with_args` is not set. */
static __always_inline int write_running(struct bpf_iter__task *ctx, bool with_args)
{
	u32 key = SCRATCH_TASK;
	struct task_struct *task = ctx->task;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	if (!task || !scratch || (task->flags & PF_KTHREAD) || BPF_CORE_READ(task, signal, live.counter) == 0)
		return 0;
	/* A leader may have ended before its threads; then each of these speaks for it. */
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	if (!mm || (task->pid != task->tgid && BPF_CORE_READ(task, group_leader, mm)))
		return 0;
	struct q_exec *e = (void *)scratch->bytes;
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	u32 off = sizeof(*e);

	fill_head(&e->head, Q_EXEC, task);
	fill_image(e, task, exe);
	e->changed_s = Q_UNKNOWN_U64;
	if (with_args) {
		u64 from = BPF_CORE_READ(mm, arg_start);
		u64 args = BPF_CORE_READ(mm, arg_end) - from;
		if (args > Q_ARGS_MAX) {
			args = Q_ARGS_MAX;
			e->truncated |= Q_CUT_ARGS;
		}
		if (bpf_copy_from_user_task(scratch->bytes + sizeof(*e), args, (void *)from, task, 0))
			args = 0;
		e->args_len = args;
		off += args;
	}
	if (exe)
		e->exe_len = walk_into(e, SCRATCH_TASK, &exe->f_path, &off, Q_CUT_EXE);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	if (fs)
		e->cwd_len = walk_into(e, SCRATCH_TASK, &fs->pwd, &off, Q_CUT_CWD);
	if (off <= Q_EVENT_MAX)
		bpf_seq_write(ctx->meta->seq, e, off);
	return 0;
}

SEC("iter/task")
int running_processes(struct bpf_iter__task *ctx)
{
	return write_running(ctx, false);
}

/* Loaded where the kernel can read another process's memory (5.18). */
SEC("iter.s/task")
int running_with_args(struct bpf_iter__task *ctx)
{
	return write_running(ctx, true);
}
