/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Processes: exec, fork, exit. Threads are no events, and kernel threads are no processes. */
#pragma once
#include "exec_failed.bpf.h"
#include "holders.bpf.h"
#include "setid.bpf.h"

/* Kernel dev_t: 12 bits major, 20 bits minor. */
#define MAJOR(dev) ((dev) >> 20)
#define MINOR(dev) ((dev) & 0xfffff)

static __always_inline u8 stdio_of(struct task_struct *task, u32 fd)
{
	struct file *file = file_of_fd(task, fd);
	if (!file)
		return Q_STDIO_CLOSED;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u32 dev = BPF_CORE_READ(inode, i_rdev);
	switch (BPF_CORE_READ(inode, i_mode) & S_IFMT) {
	case S_IFREG:
		return Q_STDIO_FILE;
	case S_IFIFO:
		return Q_STDIO_PIPE;
	case S_IFSOCK:
		return Q_STDIO_SOCKET;
	case S_IFCHR:
		if (MAJOR(dev) == 1 && MINOR(dev) == 3)
			return Q_STDIO_NULL;
		/* tty and console; virtual, serial and pseudo terminals */
		if (MAJOR(dev) == 4 || MAJOR(dev) == 5 || (MAJOR(dev) >= 136 && MAJOR(dev) <= 143) ||
		    (MAJOR(dev) >= 204 && MAJOR(dev) <= 205))
			return Q_STDIO_TTY;
	}
	return Q_STDIO_OTHER;
}

/* Seconds of wall clock. Unlike the time of the last writing no program can set it. */
static __always_inline s64 change_time_of(struct inode *inode)
{
	struct inode___to_6_10 *older = (void *)inode;
	struct inode___to_6_5 *oldest = (void *)inode;
	if (bpf_core_field_exists(inode->i_ctime_sec))
		return BPF_CORE_READ(inode, i_ctime_sec);
	if (bpf_core_field_exists(older->__i_ctime))
		return BPF_CORE_READ(older, __i_ctime.tv_sec);
	return BPF_CORE_READ(oldest, i_ctime.tv_sec);
}

/* What exec rows and the table of running processes have in common, but the strings. */
static __always_inline void fill_image(struct q_exec *e, struct task_struct *task, struct file *exe)
{
	e->truncated = 0;
	e->args_len = 0;
	e->exe_len = 0;
	e->cwd_len = 0;
	e->file_len = 0;
	e->ns_ppid = ns_ppid_of(task);
	e->stdio[0] = stdio_of(task, 0);
	e->stdio[1] = stdio_of(task, 1);
	e->stdio[2] = stdio_of(task, 2);
	e->script = 0;
	e->unlinked = exe && BPF_CORE_READ(exe, f_inode, i_nlink) == 0;
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	e->tty[0] = 0;
	if (tty)
		bpf_probe_read_kernel_str(e->tty, sizeof(e->tty), &tty->name);
}

static __always_inline u32 walk_into(struct q_exec *e, u32 scratch, struct path *path, u32 *off, u32 cut)
{
	u32 got = walk_path((u64)BPF_CORE_READ(path, dentry), (u64)BPF_CORE_READ(path, mnt), scratch, *off);
	if (got & WALK_CUT)
		e->truncated |= cut;
	got &= Q_PATH_MAX * 2 - 1;
	*off += got;
	return got;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	u32 key = SCRATCH_EXEC;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	if (!scratch || is_ignored(task))
		return 0;
	/* Keyed by the id that the thread had until now. */
	end_misses(ctx, old_pid);
	struct q_exec *e = (void *)scratch->bytes;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	u32 off = sizeof(*e);

	fill_head(&e->head, Q_EXEC, task);
	check_hold(e->head.who.tgid);
	fill_image(e, task, exe);
	e->changed_s = change_time_of(BPF_CORE_READ(exe, f_inode));
	e->script = BPF_CORE_READ(bprm, filename) != BPF_CORE_READ(bprm, interp);

	u64 from = BPF_CORE_READ(mm, arg_start);
	u64 args = BPF_CORE_READ(mm, arg_end) - from;
	if (args > Q_ARGS_MAX) {
		args = Q_ARGS_MAX;
		e->truncated |= Q_CUT_ARGS;
	}
	if (bpf_probe_read_user(scratch->bytes + sizeof(*e), args, (void *)from)) {
		e->truncated |= Q_CUT_ARGS;
		args = 0;
	}
	e->args_len = args;
	off += args;
	e->exe_len = walk_into(e, SCRATCH_EXEC, &exe->f_path, &off, Q_CUT_EXE);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	e->cwd_len = walk_into(e, SCRATCH_EXEC, &fs->pwd, &off, Q_CUT_CWD);

	if (off > Q_EVENT_MAX - Q_PATH_MAX)
		return 0;
	long file = bpf_probe_read_kernel_str(scratch->bytes + off, Q_PATH_MAX, BPF_CORE_READ(bprm, filename));
	e->file_len = file > 0 ? file : 0;
	off += e->file_len;
	emit(ctx, Q_EXEC, e, off);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct q_fork e = {};
	if (child->pid != child->tgid || (child->flags & PF_KTHREAD) || is_outside(child))
		return 0;
	fill_head(&e.head, Q_FORK, child);
	e.ns_ppid = ns_ppid_of(child);
	e.creator_tgid = BPF_CORE_READ(parent, tgid);
	e.creator_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	inherit_hold(e.creator_tgid, e.head.who.tgid);
	emit(ctx, Q_FORK, &e, sizeof(e));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct q_exit e = {};
	end_misses(ctx, task->pid);
	if (BPF_CORE_READ(task, signal, live.counter) != 0 || (task->flags & PF_KTHREAD) || is_ignored(task))
		return 0;
	fill_head(&e.head, Q_EXIT, task);
	e.code = BPF_CORE_READ(task, exit_code);
	let_go(e.head.who.tgid);
	emit(ctx, Q_EXIT, &e, sizeof(e));
	return 0;
}
