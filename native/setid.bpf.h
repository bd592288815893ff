/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Changes of user, group, groups and capabilities. Credentials belong to threads, and a C library makes one call for each
 * thread, so a row is written when the ids are others than those the process had after its last such row.
 */
#pragma once
#include "dispatch.bpf.h"

/* A process since its last exec, and which of its changes. */
struct ids_key {
	u64 start_ns;
	u32 tgid, exec_id, change, pad;
};
/* What ids it had after each change; entered once, whatever threads call at the same time on other CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct ids_key);
	__type(value, struct q_ids);
} ids_after SEC(".maps");
/* The number of its newest change, or of one a little older or just behind it, by the key with change 0. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct ids_key);
	__type(value, u32);
} newest_change SEC(".maps");

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

/* So many changes by other threads may come in between. */
#define CHANGES_BETWEEN 8

/* Whether these ids are a change of the process, and this call the first to tell of it. */
static __always_inline bool is_first_to_tell(struct q_who *who, struct q_ids *ids)
{
	struct ids_key process = { who->start_ns, who->tgid, who->exec_id, 0, 0 };
	struct ids_key key = process;
	u32 *newest = bpf_map_lookup_elem(&newest_change, &process);
	bool told = false;

	key.change = newest ? *newest : 1;
	for (int i = 0; i < CHANGES_BETWEEN; i++) {
		struct q_ids *then = bpf_map_lookup_elem(&ids_after, &key);
		if (then) {
			/* Compared with the newest alone: what lies before has been told as over. */
			told = same_ids(then, ids);
			key.change++;
			continue;
		}
		if (told)
			return false;
		if (bpf_map_update_elem(&ids_after, &key, ids, BPF_NOEXIST) == 0)
			break;
	}
	bpf_map_update_elem(&newest_change, &process, &key.change, BPF_ANY);
	return true;
}

static __always_inline void on_setid(void *ctx, struct task_struct *task, u32 call, long ret)
{
	struct q_setid e = {};

	if (ret < 0)
		return;
	fill_ids(&e.ids, task);
	fill_head(&e.head, Q_SETID, task);
	if (!is_first_to_tell(&e.head.who, &e.ids))
		return;
	e.call = call;
	e.ret = ret;
	emit(ctx, Q_SETID, &e, sizeof(e));
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
