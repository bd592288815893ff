/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What changes files by name. The directory comes from the kernel's objects, the name from user memory when the call
 * returns, and may have been changed by another thread meanwhile; user space joins them (native/path_join.h). Failures are events when
 * permission was refused.
 */
#pragma once
#include "dispatch.bpf.h"
#include "sensitive.bpf.h"

#define AT_FDCWD -100
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define E_PERM 1
#define E_ACCES 13
#define E_ROFS 30

/* Room for a directory and a name. */
#define NAME_ROOM (2 * Q_PATH_MAX)

/* Where one is built: SCRATCH_FILE by system calls, SCRATCH_URING by what submits requests to io_uring. */
static __always_inline struct q_file *file_event(u32 place)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &place);
	return scratch ? (void *)scratch->bytes : NULL;
}

static __always_inline bool was_refused(long ret)
{
	return ret == -E_PERM || ret == -E_ACCES || ret == -E_ROFS;
}

/* Whether no component of a path lies above it: the root of its mount namespace, which may be mounted over another. */
static __always_inline bool is_root_of_namespace(struct path *path)
{
	struct vfsmount *vfs = BPF_CORE_READ(path, mnt);
	struct mount *mount = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
	struct mount *above = BPF_CORE_READ(mount, mnt_parent);
	if (BPF_CORE_READ(path, dentry) != BPF_CORE_READ(vfs, mnt_root))
		return false;
	return above == mount || BPF_CORE_READ(mount, mnt_mountpoint) == BPF_CORE_READ(above, mnt.mnt_root);
}

/* All but the head and the names. */
static __always_inline void clear_file(struct q_file *e, struct task_struct *task, s32 ret)
{
	e->ret = ret;
	e->mount_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	e->flags = 0;
	e->mode = 0;
	e->uid = Q_UNKNOWN_U32;
	e->gid = Q_UNKNOWN_U32;
	e->dir_len[0] = e->dir_len[1] = e->name_len[0] = e->name_len[1] = 0;
	e->truncated = 0;
	e->chrooted = !is_root_of_namespace(&BPF_CORE_READ(task, fs)->root);
	e->follows = 0;
	e->pad = 0;
	e->pad2 = 0;
	e->type[0] = 0;
}

/* Begins an event; NULL when the result is none worth one. */
static __always_inline struct q_file *begin_file(struct task_struct *task, u32 kind, long ret)
{
	struct q_file *e = file_event(SCRATCH_FILE);
	if (!e || (ret < 0 && !was_refused(ret)))
		return NULL;
	fill_head(&e->head, kind, task);
	clear_file(e, task, ret);
	return e;
}

/* Writes a directory at `off` of the event; returns where it ends. */
static __always_inline u32 put_directory(struct q_file *e, u32 place, struct path *path, u32 off, u32 which)
{
	u32 len = walk_path((u64)BPF_CORE_READ(path, dentry), (u64)BPF_CORE_READ(path, mnt), place, off);
	if (len & WALK_CUT)
		e->truncated = 1;
	len &= Q_PATH_MAX * 2 - 1;
	e->dir_len[which & 1] = len;
	return off + len;
}

/*
 * Writes the directory that a name is relative to, and the name, at `off` of the event of the current task; returns where
 * they end, 0 when they cannot be read. A request to io_uring has the name in kernel memory. Not inlined, so that the
 * verifier walks it once.
 */
__noinline u32 put_name_at(u32 place, u32 off, s32 dir_fd, u64 name, u32 which)
{
	struct q_file *e = file_event(place);
	bool in_kernel = place == SCRATCH_URING;
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct path *from = &fs->pwd;
	char first = 0;

	if (!e || off < sizeof(*e) || off > Q_EVENT_MAX - NAME_ROOM)
		return 0;
	if (in_kernel ? bpf_probe_read_kernel(&first, 1, (void *)name) : bpf_probe_read_user(&first, 1, (void *)name))
		return 0;
	if (first == '/') {
		from = &fs->root;
	} else if (dir_fd != AT_FDCWD) {
		struct file *file = file_of_fd(task, dir_fd);
		if (!file)
			return 0;
		from = &file->f_path;
	}
	u32 at = put_directory(e, place, from, off, which);
	if (at > Q_EVENT_MAX - Q_PATH_MAX)
		return 0;
	long len = in_kernel ? bpf_probe_read_kernel_str((char *)e + at, Q_PATH_MAX, (void *)name) :
			       bpf_probe_read_user_str((char *)e + at, Q_PATH_MAX, (void *)name);
	if (len < 0)
		return 0;
	e->name_len[which & 1] = len;
	return at + len;
}

static __always_inline u32 put_name(u32 off, s32 dir_fd, u64 name, u32 which)
{
	return put_name_at(SCRATCH_FILE, off, dir_fd, name, which);
}

/* The same of the file behind a descriptor. */
__noinline u32 put_file(u32 off, u32 fd)
{
	struct q_file *e = file_event(SCRATCH_FILE);
	struct file *file = file_of_fd((void *)bpf_get_current_task(), fd);
	if (!e || !file || off < sizeof(*e) || off > Q_EVENT_MAX - NAME_ROOM)
		return 0;
	return put_directory(e, SCRATCH_FILE, &file->f_path, off, 0);
}

static __always_inline void emit_file(void *ctx, struct q_file *e, u64 size)
{
	/* In a register of its own, and by one comparison each, so that the verifier sees what the compiler checked. */
	asm volatile("" : "+r"(size));
	if (size > Q_EVENT_MAX)
		return;
	asm volatile("" : "+r"(size));
	if (size >= sizeof(*e))
		emit(ctx, e->head.kind, e, size);
}

static __always_inline void on_name(void *ctx, struct q_file *e, s32 dir_fd, u64 name)
{
	emit_file(ctx, e, put_name(sizeof(*e), dir_fd, name, 0));
}

static __always_inline void on_two_names(void *ctx, struct q_file *e, s32 dir_fd, u64 name, s32 to_fd, u64 to_name)
{
	u32 at = put_name(sizeof(*e), dir_fd, name, 0);
	if (at)
		emit_file(ctx, e, put_name(at, to_fd, to_name, 1));
}

static __always_inline void on_file(void *ctx, struct q_file *e, u32 fd)
{
	emit_file(ctx, e, put_file(sizeof(*e), fd));
}

/* Bytes at the end of a name that are looked at for its last two parts. */
#define NAME_TAIL 64

/* Where the last part of a name begins, and in the upper half the part before it. Not inlined for the verifier's sake. */
__noinline u64 last_parts(u64 name_at)
{
	char tail[NAME_TAIL] = {};
	u64 file = 0, folder = 0;

	bpf_probe_read_kernel_str(tail, sizeof(tail), (void *)name_at);
	for (u32 i = 0; i < NAME_TAIL; i++) {
		if (tail[i] == '/') {
			folder = file;
			file = i + 1;
		}
	}
	return folder << 32 | file;
}

/*
 * Whether a name that could not be opened is that of a sensitive file, by its text alone: the event's data begin with
 * `dir_len` bytes of directory and `name_len` of name, its NUL included.
 */
__noinline u32 is_sensitive_name(u32 place, u32 dir_len, u32 name_len)
{
	struct q_file *e = file_event(place);
	struct q_name key;

	if (!e || name_len < 2 || name_len > Q_PATH_MAX || dir_len > Q_PATH_MAX)
		return 0;
	u32 tail_len = name_len < NAME_TAIL ? name_len : NAME_TAIL;
	struct scratch *scratch = (void *)e;
	scratch->address = (u64)e->data;
	u64 name = scratch->address + dir_len + (name_len - tail_len);
	u64 parts = last_parts(name);
	u32 file = parts & (NAME_TAIL - 1), folder = parts >> 32 & (NAME_TAIL - 1);
	read_name(&key, Q_NAME_FILE, (void *)name + file);
	if (name_listed(&key) || (file < tail_len && suffix_listed(name + file, tail_len - 1 - file)))
		return 1;
	/* Without a slash the folder is the directory itself, whose components begin with the leaf. */
	if (!file) {
		read_name(&key, Q_NAME_FOLDER, (void *)e->data);
		return name_listed(&key);
	}
	u32 len = file - folder - 1;
	if (len >= Q_NAME_MAX)
		return 0;
	__builtin_memset(&key, 0, sizeof(key));
	bpf_probe_read_kernel(key.text, len & Q_NAME_MAX, (void *)name + folder);
	key.what = Q_NAME_FOLDER;
	return name_listed(&key);
}
