/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Files through io_uring, by the rules of open.bpf.h and file.bpf.h. Names are the kernel's own copies, which are gone when the result
 * is known: so the event is made at submission, and kept.
 */
#pragma once
#include "uring_call.bpf.h"

/* Events with names, until the result is known; one that is longer is told at once. */
#define URING_NAMES_MAX 4096
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, u64);
	__type(value, char[URING_NAMES_MAX]);
} uring_names SEC(".maps");

static __always_inline u32 put_own_name(u32 off, s32 dfd, struct filename *filename, u32 which)
{
	return put_name_at(SCRATCH_URING, off, dfd, (u64)BPF_CORE_READ(filename, name), which);
}

static __always_inline u32 put_two_names(struct q_file *e, s32 dfd, struct filename *name, s32 to_dfd, struct filename *to_name)
{
	u32 at = put_own_name(sizeof(*e), dfd, name, 0);
	return at ? put_own_name(at, to_dfd, to_name, 1) : 0;
}

/*
 * An open that was refused, or of which nothing will be known but what was asked for. For reading those of names of sensitive
 * files; without a result also those by a process that could send what it reads.
 */
static __always_inline u32 name_open(struct q_file *e, struct uring_call *call, u64 req, bool at_once)
{
	struct io_open *open = (void *)req;
	e->flags = BPF_CORE_READ(open, how.flags);
	e->follows = 1;
	u32 size = put_own_name(sizeof(*e), BPF_CORE_READ(open, dfd), BPF_CORE_READ(open, filename), 0);
	bool matters = (e->flags & O_WRITES) || is_sensitive_name(SCRATCH_URING, e->dir_len[0], e->name_len[0]) ||
		       (at_once && holds_inet_socket(call->who.tgid));
	return matters ? size : 0;
}

static __always_inline u32 name_rename(struct q_file *e, u64 req)
{
	struct io_rename *rename = (void *)req;
	e->flags = BPF_CORE_READ(rename, flags);
	return put_two_names(e, BPF_CORE_READ(rename, old_dfd), BPF_CORE_READ(rename, oldpath), BPF_CORE_READ(rename, new_dfd),
			     BPF_CORE_READ(rename, newpath));
}

/* Also a symbolic one, whose first name is its text. */
static __always_inline u32 name_link(struct q_file *e, u64 req, bool symbolic)
{
	struct io_link *link = (void *)req;
	e->follows = !symbolic && (BPF_CORE_READ(link, flags) & AT_SYMLINK_FOLLOW);
	return put_two_names(e, symbolic ? AT_FDCWD : BPF_CORE_READ(link, old_dfd), BPF_CORE_READ(link, oldpath),
			     BPF_CORE_READ(link, new_dfd), BPF_CORE_READ(link, newpath));
}

static __always_inline u32 name_unlink(struct q_file *e, u64 req)
{
	struct io_unlink *unlink = (void *)req;
	e->flags = BPF_CORE_READ(unlink, flags);
	return put_own_name(sizeof(*e), BPF_CORE_READ(unlink, dfd), BPF_CORE_READ(unlink, filename), 0);
}

/* Makes the event in the scratch, without a result; call->names_size says whether there is one. */
static __noinline void name_files(struct uring_call *call, u64 req, bool at_once)
{
	struct q_file *e = file_event(SCRATCH_URING);
	u32 opcode = call->opcode;

	if (!e)
		return;
	clear_file(e, bpf_get_current_task_btf(), Q_RET_UNKNOWN);
	if (opcode == IORING_OP_RENAMEAT) {
		call->kind = Q_RENAME;
		call->names_size = name_rename(e, req);
	} else if (opcode == IORING_OP_UNLINKAT) {
		call->kind = Q_UNLINK;
		call->names_size = name_unlink(e, req);
	} else if (opcode == IORING_OP_LINKAT || opcode == IORING_OP_SYMLINKAT) {
		bool symbolic = opcode == IORING_OP_SYMLINKAT;
		call->kind = symbolic ? Q_SYMLINK : Q_LINK;
		call->names_size = name_link(e, req, symbolic);
	} else {
		call->kind = Q_OPEN_FAILED;
		call->names_size = name_open(e, call, req, at_once);
	}
	fill_uring_head(&e->head, call->kind, call);
}

/* False when there is no room. */
static __always_inline bool keep_names(struct uring_call *call, u64 req)
{
	struct q_file *e = file_event(SCRATCH_URING);
	return e && call->names_size <= URING_NAMES_MAX && bpf_map_update_elem(&uring_names, &req, e, BPF_ANY) == 0;
}

static __always_inline void emit_names(void *ctx, struct uring_call *call)
{
	struct q_file *e = file_event(SCRATCH_URING);
	if (e)
		emit_file(ctx, e, call->names_size);
}

static __noinline void end_uring_names(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct q_file *e = bpf_map_lookup_elem(&uring_names, &req);
	u64 size = call->names_size;

	if (!e || (res < 0 && !was_refused(res)))
		return;
	e->head.boot_ns = bpf_ktime_get_boot_ns();
	e->ret = res;
	/* As in emit_file(). */
	asm volatile("" : "+r"(size));
	if (size > URING_NAMES_MAX)
		return;
	asm volatile("" : "+r"(size));
	if (size >= sizeof(*e))
		emit(ctx, e->head.kind, e, size);
}

static __noinline void end_uring_truncate(void *ctx, struct uring_call *call, u64 at, s32 res)
{
	struct file *file = (void *)at;
	struct q_file *e = file_event(SCRATCH_URING);

	if (!e || !file || (res < 0 && res != Q_RET_UNKNOWN && !was_refused(res)))
		return;
	fill_uring_head(&e->head, Q_TRUNCATE, call);
	clear_file(e, bpf_get_current_task_btf(), res);
	emit_file(ctx, e, put_directory(e, SCRATCH_URING, &file->f_path, sizeof(*e), 0));
}

static __noinline void end_uring_open(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct io_open *open = (void *)req;
	u32 key = SCRATCH_URING;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	u32 slot = BPF_CORE_READ(open, file_slot);
	struct file *file = file_made(call, slot, res);

	if (!scratch || !file)
		return;
	struct q_open *e = (void *)scratch->bytes;
	u64 size = fill_open(SCRATCH_URING, scratch, file, call->who.tgid, fd_made(slot, res), BPF_CORE_READ(open, how.flags));
	if (!size)
		return;
	e->head.who = call->who;
	deliver(ctx, Q_OPEN, e, size);
}
