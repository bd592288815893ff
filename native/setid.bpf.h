/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Changes of user, group, groups and capabilities. Credentials belong to threads, and a C library makes one call for each
 * thread, so a row is written when the ids are others than those the process had after its last such row.
 */
#pragma once
#include "dispatch.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, struct q_ids);
} last_ids SEC(".maps");

static __always_inline void fill_ids(struct q_ids *ids, struct task_struct *task)
{
	const struct cred *cred = task->cred;
	struct group_info *groups = cred->group_info;
	u32 n = groups->ngroups;

	ids->ruid = cred->uid.val;
	ids->euid = cred->euid.val;
	ids->suid = cred->suid.val;
	ids->fsuid = cred->fsuid.val;
	ids->rgid = cred->gid.val;
	ids->egid = cred->egid.val;
	ids->sgid = cred->sgid.val;
	ids->fsgid = cred->fsgid.val;
	bpf_probe_read_kernel(&ids->caps, sizeof(ids->caps), &cred->cap_effective);
	ids->groups = n;
	if (n > Q_GROUPS)
		n = Q_GROUPS;
	bpf_probe_read_kernel(ids->group, n * sizeof(u32), &groups->gid);
}

static __always_inline bool same_ids(struct q_ids *a, struct q_ids *b)
{
	u64 *x = (void *)a, *y = (void *)b, differ = 0;
	for (int i = 0; i < sizeof(*a) / sizeof(*x); i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

static __always_inline void on_setid(void *ctx, struct task_struct *task, u32 call, long ret)
{
	struct q_setid e = {};
	u32 tgid = task->tgid;

	if (ret < 0)
		return;
	fill_ids(&e.ids, task);
	struct q_ids *last = bpf_map_lookup_elem(&last_ids, &tgid);
	if (last && same_ids(last, &e.ids))
		return;
	bpf_map_update_elem(&last_ids, &tgid, &e.ids, BPF_ANY);
	fill_head(&e.head, Q_SETID, task);
	e.call = call;
	e.ret = ret;
	emit(ctx, Q_SETID, &e, sizeof(e));
}

/* At exec, which may change ids too, and at exit. */
static __always_inline void forget_ids(u32 tgid)
{
	bpf_map_delete_elem(&last_ids, &tgid);
}

SYSCALL(sys_setuid) { on_setid(ctx, task, Q_SETUID, ret); }
SYSCALL(sys_setreuid) { on_setid(ctx, task, Q_SETREUID, ret); }
SYSCALL(sys_setresuid) { on_setid(ctx, task, Q_SETRESUID, ret); }
SYSCALL(sys_setfsuid) { on_setid(ctx, task, Q_SETFSUID, ret); }
SYSCALL(sys_setgid) { on_setid(ctx, task, Q_SETGID, ret); }
SYSCALL(sys_setregid) { on_setid(ctx, task, Q_SETREGID, ret); }
SYSCALL(sys_setresgid) { on_setid(ctx, task, Q_SETRESGID, ret); }
SYSCALL(sys_setfsgid) { on_setid(ctx, task, Q_SETFSGID, ret); }
SYSCALL(sys_setgroups) { on_setid(ctx, task, Q_SETGROUPS, ret); }
SYSCALL(sys_capset) { on_setid(ctx, task, Q_CAPSET, ret); }
