/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Opens: for writing all; for reading those of sensitive files, and those by a process that holds an inet socket, which
 * could send what it reads. The path comes from the returned descriptor, not from the string that was passed.
 */
#pragma once
#include "dispatch.bpf.h"
#include "file.bpf.h"
#include "holders.bpf.h"

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

static __always_inline struct read_key read_by(u32 tgid, struct file *file)
{
	struct read_key key = {};
	key.inode = inode_id(BPF_CORE_READ(file, f_inode));
	key.tgid = tgid;
	return key;
}

static __always_inline bool read_lately(u32 tgid, struct file *file)
{
	struct read_key key = read_by(tgid, file);
	u64 *last = bpf_map_lookup_elem(&reads, &key);
	return last && bpf_ktime_get_boot_ns() - *last < READ_AGAIN_NS;
}

static __always_inline void remember_read(u32 tgid, struct file *file)
{
	struct read_key key = read_by(tgid, file);
	u64 now = bpf_ktime_get_boot_ns();
	bpf_map_update_elem(&reads, &key, &now, BPF_ANY);
}

enum read_why { READ_NO_ROW, READ_SENSITIVE, READ_BY_HOLDER };

static __always_inline bool is_sensitive_file(struct file *file)
{
	struct q_inode id = inode_id(BPF_CORE_READ(file, f_inode));
	return is_sensitive(BPF_CORE_READ(file, f_path.dentry), &id);
}

/* Not inlined, so that the verifier walks it once. */
__noinline u32 file_is_sensitive(u64 file_at)
{
	return is_sensitive_file((void *)file_at);
}

/* Why a file opened for reading alone gets a row. Not inlined, as above. */
__noinline u32 read_matters(u64 file_at, u32 tgid)
{
	struct file *file = (void *)file_at;
	enum read_why why = READ_NO_ROW;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFREG)
		return READ_NO_ROW;
	if (is_sensitive_file(file))
		why = READ_SENSITIVE;
	else if (holds_inet_socket(tgid))
		why = READ_BY_HOLDER;
	return why != READ_NO_ROW && read_lately(tgid, file) ? READ_NO_ROW : why;
}

/* Whether the path last walked lies below a folder where opens of a kind (Q_NAME_READS, Q_NAME_WRITES) are no events. */
static __always_inline bool is_declared_noise(struct scratch *scratch, u32 off, u32 what)
{
	struct q_name top;
	read_name(&top, what, (void *)scratch->bytes + off + (scratch->top & (Q_PATH_MAX - 1)));
	if (!name_listed(&top))
		return false;
	count_unreported();
	return true;
}

/* All but who of an event, in a scratch; returns its size, 0 when this open gets no row or was shed. */
static __always_inline u64 fill_open(u32 place, struct scratch *scratch, struct file *file, u32 tgid, s32 fd, u32 flags)
{
	struct q_open *e = (void *)scratch->bytes;
	e->mode = BPF_CORE_READ(file, f_mode);
	e->flags = flags;
	bool writes = (e->mode & F_MODE_WRITE) || (e->flags & O_WRITES);
	enum read_why why = writes || !(e->mode & F_MODE_READ) ? READ_NO_ROW : read_matters((u64)file, tgid);
	if (!writes && why == READ_NO_ROW)
		return 0;
	begin_event(&e->head, Q_OPEN);
	e->fd = fd;
	e->unlinked = BPF_CORE_READ(file, f_inode, i_nlink) == 0;
	u32 len = walk_path((u64)BPF_CORE_READ(file, f_path.dentry), (u64)BPF_CORE_READ(file, f_path.mnt),
			    place, sizeof(*e));
	if (why == READ_BY_HOLDER && is_declared_noise(scratch, sizeof(*e), Q_NAME_READS))
		return 0;
	/* Opened for both, it is read too. */
	bool is_read = (e->mode & F_MODE_READ) && (shared.filters & Q_FILTER_WRITES) && file_is_sensitive((u64)file);
	if (writes && !is_read && (shared.filters & Q_FILTER_WRITES) && is_declared_noise(scratch, sizeof(*e), Q_NAME_WRITES))
		return 0;
	/* Reads of sensitive files are few, one a minute of each. */
	if (why != READ_SENSITIVE && is_shed(tgid, Q_OPEN))
		return 0;
	if (why != READ_NO_ROW)
		remember_read(tgid, file);
	e->truncated = len & WALK_CUT ? Q_CUT_PATH : 0;
	len &= Q_PATH_MAX * 2 - 1;
	e->path_len = len;
	return sizeof(*e) + len;
}

/* `flags` as given to the call, where they are known. */
static __always_inline void on_open(void *ctx, struct task_struct *task, s32 fd, u32 flags, bool known)
{
	u32 key = SCRATCH_OPEN;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	struct file *file = file_of_fd(task, fd);
	if (!scratch || !file)
		return;
	struct q_open *e = (void *)scratch->bytes;
	u64 size = fill_open(SCRATCH_OPEN, scratch, file, task->tgid, fd, known ? flags : BPF_CORE_READ(file, f_flags));
	if (!size)
		return;
	fill_who(&e->head.who, task);
	deliver(ctx, Q_OPEN, e, size);
}

/* Refused: for writing all, for reading those whose name is that of a sensitive file. */
static __always_inline void on_refused(void *ctx, struct task_struct *task, long ret, s32 dir_fd, u64 name, u32 flags)
{
	struct q_file *e = begin_file(task, Q_OPEN_FAILED, ret);
	if (!e)
		return;
	e->flags = flags;
	e->follows = 1;
	u32 size = put_name(sizeof(*e), dir_fd, name, 0);
	if ((flags & O_WRITES) || is_sensitive_name(SCRATCH_FILE, e->dir_len[0], e->name_len[0]))
		emit_file(ctx, e, size);
}

#define OPENS(name, dir_fd, path, call_flags)                                                          \
	SYSCALL(name)                                                                                  \
	{                                                                                              \
		if (ret >= 0)                                                                          \
			on_open(ctx, task, ret, call_flags, true);                                     \
		else if (was_refused(ret))                                                             \
			on_refused(ctx, task, ret, dir_fd, path, call_flags);                          \
	}
OPENS(sys_open, AT_FDCWD, Q_ARG1(regs), Q_ARG2(regs))
OPENS(sys_creat, AT_FDCWD, Q_ARG1(regs), 1 | 0100 | 01000)
OPENS(sys_openat, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs))

/* Its flags stand in user memory. */
SYSCALL(sys_openat2)
{
	u64 flags = 0;
	if (ret >= 0) {
		on_open(ctx, task, ret, 0, false);
	} else if (was_refused(ret)) {
		bpf_probe_read_user(&flags, sizeof(flags), (void *)Q_ARG3(regs));
		on_refused(ctx, task, ret, Q_ARG1(regs), Q_ARG2(regs), flags);
	}
}
