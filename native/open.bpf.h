/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Opens: for writing all; for reading those of sensitive files, and those by a process that holds an inet socket, which
 * could send what it reads. The path comes from the returned descriptor, not from the string that was passed.
 */
#pragma once
#include "dispatch.bpf.h"
#include "holders.bpf.h"
#include "sensitive.bpf.h"

#define O_WRITES (1 | 2 | 0100 | 01000) /* O_WRONLY, O_RDWR, O_CREAT, O_TRUNC */
#define F_MODE_WRITE 2
#define F_MODE_READ 1

/* A process that reads one file again within this time has one row. */
#define READ_AGAIN_NS 60000000000ull

struct read_key {
	struct q_inode inode;
	u32 tgid, pad;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct read_key);
	__type(value, u64);
} reads SEC(".maps");

static __always_inline bool read_lately(u32 tgid, struct q_inode *inode)
{
	struct read_key key = {};
	key.inode = *inode;
	key.tgid = tgid;
	u64 now = bpf_ktime_get_boot_ns();
	u64 *last = bpf_map_lookup_elem(&reads, &key);
	if (last && now - *last < READ_AGAIN_NS)
		return true;
	bpf_map_update_elem(&reads, &key, &now, BPF_ANY);
	return false;
}

/* Whether a file opened for reading alone gets a row. */
static __always_inline bool read_matters(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
		return false;
	struct q_inode id = inode_id(inode);
	return (is_sensitive(BPF_CORE_READ(file, f_path.dentry), &id) || holds_inet_socket(tgid)) && !read_lately(tgid, &id);
}

/* All but the head; NULL when this open gets no row. `flags` as given, where they are known. */
static __always_inline struct q_open *fill_open(struct scratch *scratch, struct file *file, s32 fd, u32 flags, bool known)
{
	struct q_open *e = (void *)scratch->bytes;
	e->mode = BPF_CORE_READ(file, f_mode);
	e->flags = known ? flags : BPF_CORE_READ(file, f_flags);
	if (!(e->mode & F_MODE_WRITE) && !(e->flags & O_WRITES) && !((e->mode & F_MODE_READ) && read_matters(file)))
		return NULL;
	e->ret = 0;
	e->fd = fd;
	e->name_len = 0;
	e->unlinked = BPF_CORE_READ(file, f_inode, i_nlink) == 0;
	return e;
}

static __always_inline void emit_open(void *ctx, struct q_open *e, struct file *file, u32 scratch_at)
{
	u32 len = walk_path((u64)BPF_CORE_READ(file, f_path.dentry), (u64)BPF_CORE_READ(file, f_path.mnt),
			    scratch_at, sizeof(*e));
	e->truncated = len & WALK_CUT ? Q_CUT_PATH : 0;
	len &= Q_PATH_MAX * 2 - 1;
	e->path_len = len;
	emit(ctx, Q_OPEN, e, sizeof(*e) + len);
}

static __always_inline void on_open(void *ctx, struct task_struct *task, s32 fd, u32 flags, bool known)
{
	u32 key = SCRATCH_OPEN;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	struct file *file = file_of_fd(task, fd);
	if (!scratch || !file)
		return;
	struct q_open *e = fill_open(scratch, file, fd, flags, known);
	if (!e)
		return;
	fill_head(&e->head, Q_OPEN, task);
	emit_open(ctx, e, file, SCRATCH_OPEN);
}

SYSCALL(sys_open)
{
	if (ret >= 0)
		on_open(ctx, task, ret, Q_ARG2(regs), true);
}

SYSCALL(sys_creat)
{
	if (ret >= 0)
		on_open(ctx, task, ret, 1 | 0100 | 01000, true);
}

SYSCALL(sys_openat)
{
	if (ret >= 0)
		on_open(ctx, task, ret, Q_ARG3(regs), true);
}

SYSCALL(sys_openat2)
{
	if (ret >= 0)
		on_open(ctx, task, ret, 0, false);
}
