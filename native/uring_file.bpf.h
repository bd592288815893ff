/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Files through io_uring. Opens by the rules of open.bpf.h. Of renames, links and unlinks the names are the kernel's own copies, taken
 * at submission with the folder they start in.
 */
#pragma once
#include "uring_call.bpf.h"

#define AT_FDCWD (-100)
#define E_PERM 1
#define E_ACCES 13
#define E_ROFS 30

/* Events with names, until the result is known; one that is longer is told at once. */
#define URING_NAMES_MAX 4096
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, u64);
	__type(value, char[URING_NAMES_MAX]);
} uring_names SEC(".maps");

static __noinline void end_uring_open(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct io_open *open = (void *)req;
	u32 key = SCRATCH_URING;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);

	if (res < 0 || !scratch)
		return;
	u32 slot = BPF_CORE_READ(open, file_slot);
	struct file *file = file_made(call, slot, res);
	if (!file)
		return;
	struct q_open *e = fill_open(scratch, file, fd_made(slot, res), BPF_CORE_READ(open, how.flags), true);
	if (!e)
		return;
	fill_uring_head(&e->head, Q_OPEN, call);
	emit_open(ctx, e, file, SCRATCH_URING);
}

/* Where a name starts: the root, a folder by descriptor, or the working directory. */
static __always_inline struct path *start_of(struct task_struct *task, s32 dfd, const char *name)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	char first = 0;
	bpf_probe_read_kernel(&first, 1, name);
	if (first == '/')
		return &fs->root;
	if (dfd == AT_FDCWD)
		return &fs->pwd;
	struct file *file = file_of_fd(task, dfd);
	return file ? &file->f_path : NULL;
}

/* Writes the folder a name starts in at `off` of the scratch; returns its length, with WALK_CUT. */
static __always_inline u32 put_folder(s32 dfd, struct filename *filename, u64 off)
{
	struct path *start = start_of(bpf_get_current_task_btf(), dfd, BPF_CORE_READ(filename, name));
	return start ? walk_path((u64)BPF_CORE_READ(start, dentry), (u64)BPF_CORE_READ(start, mnt), SCRATCH_URING, off) : 0;
}

/* Writes a name at `off` of the scratch; returns its length with its NUL. */
static __always_inline u32 put_name(struct scratch *scratch, struct filename *filename, u64 off)
{
	if (off > Q_EVENT_MAX - Q_PATH_MAX)
		return 0;
	long len = bpf_probe_read_kernel_str(scratch->bytes + off, Q_PATH_MAX, BPF_CORE_READ(filename, name));
	return len > 0 ? len & (Q_PATH_MAX * 2 - 1) : 0;
}

/* Nothing will be known but what was asked for: by the rules of open.bpf.h, as far as a name tells. */
static __noinline void open_by_name(void *ctx, struct uring_call *call, u64 req)
{
	struct io_open *open = (void *)req;
	struct filename *filename = BPF_CORE_READ(open, filename);
	u32 key = SCRATCH_URING;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	if (!scratch)
		return;
	struct q_open *e = (void *)scratch->bytes;
	u64 off = sizeof(*e);

	u32 len = put_folder(BPF_CORE_READ(open, dfd), filename, off);
	e->truncated = len & WALK_CUT ? Q_CUT_PATH : 0;
	len &= Q_PATH_MAX * 2 - 1;
	e->path_len = len;
	off += len;
	u32 name_len = put_name(scratch, filename, off);
	e->name_len = name_len;
	e->flags = BPF_CORE_READ(open, how.flags);
	if (!(e->flags & O_WRITES) && !holds_inet_socket(call->who.tgid) &&
	    !(name_len && text_is_sensitive((u64)BPF_CORE_READ(filename, name), name_len - 1)))
		return;
	fill_uring_head(&e->head, Q_OPEN, call);
	e->ret = Q_RET_UNKNOWN;
	e->fd = -1;
	e->mode = 0;
	e->unlinked = 0;
	emit(ctx, Q_OPEN, e, off + name_len);
}

struct uring_name {
	s32 dfd;
	struct filename *filename;
};

static __always_inline u64 put_both(struct q_names *e, struct scratch *scratch, u64 off, struct uring_name *from, struct uring_name *to)
{
	u32 len = put_folder(from->dfd, from->filename, off);
	e->truncated = len & WALK_CUT ? Q_CUT_PATH : 0;
	len &= Q_PATH_MAX * 2 - 1;
	e->folder_len = len;
	off += len;
	len = put_name(scratch, from->filename, off);
	e->name_len = len;
	off += len;
	e->to_folder_len = 0;
	e->to_name_len = 0;
	if (!to->filename)
		return off;
	/* What a symlink points to starts nowhere. */
	if (e->head.kind != Q_SYMLINK) {
		len = put_folder(to->dfd, to->filename, off);
		if (len & WALK_CUT)
			e->truncated = Q_CUT_PATH;
		len &= Q_PATH_MAX * 2 - 1;
		e->to_folder_len = len;
		off += len;
	}
	len = put_name(scratch, to->filename, off);
	e->to_name_len = len;
	return off + len;
}

/* Builds the event in the scratch; returns its length, 0 when there is none. */
static __noinline u64 fill_names(struct uring_call *call, u64 req)
{
	u32 key = SCRATCH_URING;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	struct uring_name from = {}, to = {};
	if (!scratch)
		return 0;
	struct q_names *e = (void *)scratch->bytes;

	if (call->opcode == IORING_OP_UNLINKAT) {
		struct io_unlink *unlink = (void *)req;
		from.dfd = BPF_CORE_READ(unlink, dfd);
		from.filename = BPF_CORE_READ(unlink, filename);
		e->flags = BPF_CORE_READ(unlink, flags);
	} else if (call->opcode == IORING_OP_RENAMEAT) {
		struct io_rename *rename = (void *)req;
		from.dfd = BPF_CORE_READ(rename, old_dfd);
		from.filename = BPF_CORE_READ(rename, oldpath);
		to.dfd = BPF_CORE_READ(rename, new_dfd);
		to.filename = BPF_CORE_READ(rename, newpath);
		e->flags = BPF_CORE_READ(rename, flags);
	} else {
		struct io_link *link = (void *)req;
		bool symlink = call->opcode == IORING_OP_SYMLINKAT;
		struct uring_name old = {BPF_CORE_READ(link, old_dfd), BPF_CORE_READ(link, oldpath)};
		struct uring_name new = {BPF_CORE_READ(link, new_dfd), BPF_CORE_READ(link, newpath)};
		from = symlink ? new : old;
		to = symlink ? old : new;
		e->flags = symlink ? 0 : BPF_CORE_READ(link, flags);
	}
	fill_uring_head(&e->head, call->kind, call);
	e->ret = Q_RET_UNKNOWN;
	e->pad = 0;
	return put_both(e, scratch, sizeof(*e), &from, &to);
}

/* Whether a failure says something: somebody was refused. */
static __always_inline bool was_refused(s32 res)
{
	return res == -E_PERM || res == -E_ACCES || res == -E_ROFS;
}

static __noinline void end_uring_names(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct q_names *e = bpf_map_lookup_elem(&uring_names, &req);
	u32 len = call->names_len;
	if (!e)
		return;
	if ((res >= 0 || was_refused(res)) && len <= URING_NAMES_MAX) {
		e->head.boot_ns = bpf_ktime_get_boot_ns();
		e->ret = res;
		emit(ctx, call->kind, e, len);
	}
	bpf_map_delete_elem(&uring_names, &req);
}
