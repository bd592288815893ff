/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The system calls that change files, one program each. */
#pragma once
#include "file.bpf.h"

#define RENAMES(name, from_fd, from, to_fd, to, call_flags)                                   \
	SYSCALL(name)                                                                         \
	{                                                                                     \
		struct q_file *e = begin_file(task, Q_RENAME, ret);                           \
		if (!e)                                                                       \
			return;                                                               \
		e->flags = call_flags;                                                        \
		on_two_names(ctx, e, from_fd, from, to_fd, to);                               \
	}
RENAMES(sys_rename, AT_FDCWD, Q_ARG1(regs), AT_FDCWD, Q_ARG2(regs), 0)
RENAMES(sys_renameat, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), Q_ARG4(regs), 0)
RENAMES(sys_renameat2, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), Q_ARG4(regs), Q_ARG5(regs))

#define LINKS(name, kind, from_fd, from, to_fd, to, follow)                                   \
	SYSCALL(name)                                                                         \
	{                                                                                     \
		struct q_file *e = begin_file(task, kind, ret);                               \
		if (!e)                                                                       \
			return;                                                               \
		e->follows = follow;                                                          \
		on_two_names(ctx, e, from_fd, from, to_fd, to);                               \
	}
LINKS(sys_link, Q_LINK, AT_FDCWD, Q_ARG1(regs), AT_FDCWD, Q_ARG2(regs), 0)
LINKS(sys_linkat, Q_LINK, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), Q_ARG4(regs), !!(Q_ARG5(regs) & AT_SYMLINK_FOLLOW))
LINKS(sys_symlink, Q_SYMLINK, AT_FDCWD, Q_ARG1(regs), AT_FDCWD, Q_ARG2(regs), 0)
LINKS(sys_symlinkat, Q_SYMLINK, AT_FDCWD, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), 0)

#define UNLINKS(name, dir_fd, path, call_flags)                                               \
	SYSCALL(name)                                                                         \
	{                                                                                     \
		struct q_file *e = begin_file(task, Q_UNLINK, ret);                           \
		if (!e)                                                                       \
			return;                                                               \
		e->flags = call_flags;                                                        \
		on_name(ctx, e, dir_fd, path);                                                \
	}
UNLINKS(sys_unlink, AT_FDCWD, Q_ARG1(regs), 0)
UNLINKS(sys_unlinkat, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs))
UNLINKS(sys_rmdir, AT_FDCWD, Q_ARG1(regs), AT_REMOVEDIR)

SYSCALL(sys_truncate)
{
	struct q_file *e = begin_file(task, Q_TRUNCATE, ret);
	if (!e)
		return;
	e->follows = 1;
	on_name(ctx, e, AT_FDCWD, Q_ARG1(regs));
}

SYSCALL(sys_ftruncate)
{
	struct q_file *e = begin_file(task, Q_TRUNCATE, ret);
	if (e)
		on_file(ctx, e, Q_ARG1(regs));
}

#define CHMODS(name, dir_fd, path, bits, follow)                                              \
	SYSCALL(name)                                                                         \
	{                                                                                     \
		struct q_file *e = begin_file(task, Q_CHMOD, ret);                            \
		if (!e)                                                                       \
			return;                                                               \
		e->mode = bits;                                                               \
		e->follows = follow;                                                          \
		on_name(ctx, e, dir_fd, path);                                                \
	}
CHMODS(sys_chmod, AT_FDCWD, Q_ARG1(regs), Q_ARG2(regs), 1)
CHMODS(sys_fchmodat, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), 1)
CHMODS(sys_fchmodat2, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), !(Q_ARG4(regs) & AT_SYMLINK_NOFOLLOW))

SYSCALL(sys_fchmod)
{
	struct q_file *e = begin_file(task, Q_CHMOD, ret);
	if (!e)
		return;
	e->mode = Q_ARG2(regs);
	on_file(ctx, e, Q_ARG1(regs));
}

#define CHOWNS(name, dir_fd, path, to_uid, to_gid, follow)                                    \
	SYSCALL(name)                                                                         \
	{                                                                                     \
		struct q_file *e = begin_file(task, Q_CHOWN, ret);                            \
		if (!e)                                                                       \
			return;                                                               \
		e->uid = to_uid;                                                              \
		e->gid = to_gid;                                                              \
		e->follows = follow;                                                          \
		on_name(ctx, e, dir_fd, path);                                                \
	}
CHOWNS(sys_chown, AT_FDCWD, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), 1)
CHOWNS(sys_lchown, AT_FDCWD, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), 0)
CHOWNS(sys_fchownat, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), Q_ARG4(regs), !(Q_ARG5(regs) & AT_SYMLINK_NOFOLLOW))

SYSCALL(sys_fchown)
{
	struct q_file *e = begin_file(task, Q_CHOWN, ret);
	if (!e)
		return;
	e->uid = Q_ARG2(regs);
	e->gid = Q_ARG3(regs);
	on_file(ctx, e, Q_ARG1(regs));
}

SYSCALL(sys_memfd_create)
{
	struct q_file *e = begin_file(task, Q_MEMFD, ret);
	if (!e || ret < 0)
		return;
	e->flags = Q_ARG2(regs);
	on_file(ctx, e, ret);
}

SYSCALL(sys_mount)
{
	struct q_file *e = begin_file(task, Q_MOUNT, ret);
	if (!e)
		return;
	e->flags = Q_ARG4(regs);
	e->follows = 1;
	if (Q_ARG3(regs))
		bpf_probe_read_user_str(e->type, sizeof(e->type), (void *)Q_ARG3(regs));
	/* A source need not be a path, and may be none. */
	u32 at = put_name(sizeof(*e), AT_FDCWD, Q_ARG1(regs), 0);
	emit_file(ctx, e, put_name(at ? at : sizeof(*e), AT_FDCWD, Q_ARG2(regs), 1));
}

SYSCALL(sys_umount2)
{
	struct q_file *e = begin_file(task, Q_MOUNT, ret);
	if (!e)
		return;
	e->flags = Q_ARG2(regs);
	e->mode = Q_MOUNT_GONE;
	u32 at = put_name(sizeof(*e), AT_FDCWD, Q_ARG1(regs), 1);
	emit_file(ctx, e, at);
}

SYSCALL(sys_move_mount)
{
	struct q_file *e = begin_file(task, Q_MOUNT, ret);
	if (!e)
		return;
	e->mode = Q_MOUNT_MOVED;
	e->follows = 1;
	on_two_names(ctx, e, Q_ARG1(regs), Q_ARG2(regs), Q_ARG3(regs), Q_ARG4(regs));
}
