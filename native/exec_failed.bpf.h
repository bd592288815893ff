/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Programs that could not be started. The path is the string that was passed, read from user memory when the call returns:
 * another thread may have changed it meanwhile.
 *
 * A search along PATH fails with ENOENT in each folder but one. So absolute paths that were not there are collected: what one thread
 * misses within a second is one event, with the first path and the count, written when the thread executes something, ends, or misses
 * again a little later; else the reader takes it out of the map. Keyed by thread, so that nobody else touches an entry but the reader:
 * it is the thread's for a second and a half and the reader's from two seconds on, so that never both hold it. (Whose delete succeeds
 * would not tell: the thread may have put another entry in the place of the one the reader has read.)
 */
#pragma once
#include "dispatch.bpf.h"

#define AT_FDCWD_32 0xffffff9cu
#define E_NOENT 2
#define MISS_PATH_MAX 256
#define MISSES_NS 1000000000ull
#define MISSES_THREADS_NS (3 * MISSES_NS / 2)

struct miss {
	u64 bytes[(sizeof(struct q_exec_failed) + 2 * MISS_PATH_MAX) / 8]; /* as far as the verifier can see it might reach */
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, Q_MISSES);
	__type(key, u32); /* thread */
	__type(value, struct miss);
} misses SEC(".maps");

static __always_inline void write_miss(void *ctx, u32 thread, struct q_exec_failed *miss)
{
	u64 len = miss->path_len & (2 * MISS_PATH_MAX - 1);
	miss->head.boot_ns = bpf_ktime_get_boot_ns();
	emit(ctx, Q_EXEC_FAILED, miss, sizeof(*miss) + len);
	bpf_map_delete_elem(&misses, &thread);
}

/* What this thread has missed so far. */
static __always_inline void end_misses(void *ctx, u32 thread)
{
	struct q_exec_failed *miss = bpf_map_lookup_elem(&misses, &thread);
	if (miss && bpf_ktime_get_boot_ns() - miss->head.boot_ns < MISSES_THREADS_NS)
		write_miss(ctx, thread, miss);
}

/* True when the event is one of those collected. */
static __always_inline bool collect(void *ctx, struct q_exec_failed *e)
{
	u32 thread = (u32)bpf_get_current_pid_tgid();
	struct q_exec_failed *miss = bpf_map_lookup_elem(&misses, &thread);
	u64 age_ns = miss ? e->head.boot_ns - miss->head.boot_ns : 0;

	if (miss && age_ns < MISSES_NS) {
		miss->count++;
		return true;
	}
	if (miss && age_ns >= MISSES_THREADS_NS)
		return false;
	if (miss)
		write_miss(ctx, thread, miss);
	return e->path_len <= MISS_PATH_MAX && bpf_map_update_elem(&misses, &thread, e, BPF_NOEXIST) == 0;
}

static __always_inline void on_exec_failed(void *ctx, struct task_struct *task, u32 dirfd, u64 path, long ret)
{
	u32 key = SCRATCH_EXEC_FAILED;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	if (!scratch || ret >= 0)
		return;
	struct q_exec_failed *e = (void *)scratch->bytes;
	fill_head(&e->head, Q_EXEC_FAILED, task);
	e->ret = ret;
	e->count = 1;
	e->base_len = 0;
	e->truncated = 0;
	e->pad = 0;
	e->data[0] = 0;
	long len = bpf_probe_read_user_str(e->data, Q_PATH_MAX, (void *)path);
	/* Kernels before 6.4 say 0 for an empty string. */
	e->path_len = len > 0 ? len : len == 0;
	u64 off = sizeof(*e) + (e->path_len & (Q_PATH_MAX * 2 - 1));
	if (e->data[0] == '/') {
		if (ret == -E_NOENT && collect(ctx, e))
			return;
	} else if (len >= 0) {
		struct file *folder = dirfd == AT_FDCWD_32 ? NULL : file_of_fd(task, dirfd);
		struct fs_struct *fs = task->fs;
		struct path *from = folder ? &folder->f_path : &fs->pwd;
		u32 got = walk_path((u64)BPF_CORE_READ(from, dentry), (u64)BPF_CORE_READ(from, mnt), SCRATCH_EXEC_FAILED, off);
		e->truncated = got & WALK_CUT ? Q_CUT_PATH : 0;
		e->base_len = got & (Q_PATH_MAX * 2 - 1);
	}
	emit(ctx, Q_EXEC_FAILED, e, (off + e->base_len) & (Q_PATH_MAX * 4 - 1));
}

SYSCALL(sys_execve)
{
	on_exec_failed(ctx, task, AT_FDCWD_32, Q_ARG1(regs), ret);
}

SYSCALL(sys_execveat)
{
	on_exec_failed(ctx, task, Q_ARG1(regs), Q_ARG2(regs), ret);
}
