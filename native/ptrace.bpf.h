/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Processes that take hold of another: by ptrace, or by reading or writing its memory. One row a minute for each tracer, target and request. */
#pragma once
#include "dispatch.bpf.h"

#define PTRACE_TRACEME 0
#define PTRACE_POKETEXT 4
#define PTRACE_POKEDATA 5
#define PTRACE_POKEUSR 6
#define PTRACE_SETREGS 13
#define PTRACE_SETFPREGS 15
#define PTRACE_ATTACH 16
#define PTRACE_SETREGSET 0x4205
#define PTRACE_SEIZE 0x4206

#define HOLD_AGAIN_NS 60000000000ull

struct hold_key {
	u32 tracer, target, request, pad;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct hold_key);
	__type(value, u64);
} held_lately SEC(".maps");

/* Levels of a radix tree over all process ids: 4 of 6 bits each. */
#define RADIX_LEVELS 5
/* An entry that is a node has this in its lowest bits. */
#define RADIX_NODE 2

/* The thread of this id in the current pid namespace; null when there is none. */
static __always_inline struct task_struct *task_by_id(struct task_struct *task, u32 id)
{
	struct pid *own = BPF_CORE_READ(task, thread_pid);
	u64 level = BPF_CORE_READ(own, level);
	if (level > 32)
		return NULL;
	struct upid *as_seen = (void *)own + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
	u64 entry = (u64)BPF_CORE_READ(as_seen, ns, idr.idr_rt.xa_head);

	for (int i = 0; i < RADIX_LEVELS && (entry & 3) == RADIX_NODE; i++) {
		struct xa_node *node = (void *)(entry - RADIX_NODE);
		u64 slots = bpf_core_field_size(node->slots) / sizeof(void *);
		u64 at = (id >> (BPF_CORE_READ(node, shift) & 31)) & (slots - 1);
		bpf_probe_read_kernel(&entry, sizeof(entry), (void *)node + bpf_core_field_offset(node->slots) + at * sizeof(void *));
	}
	if (!entry || (entry & 3))
		return NULL;
	struct pid *pid = (void *)entry;
	struct hlist_node *link = NULL;
	bpf_probe_read_kernel(&link, sizeof(link), &pid->tasks);
	return link ? (void *)link - bpf_core_field_offset(struct task_struct, pid_links) : NULL;
}

static __always_inline bool held_before(struct hold_key *key)
{
	u64 now = bpf_ktime_get_boot_ns();
	u64 *last = bpf_map_lookup_elem(&held_lately, key);
	if (last && now - *last < HOLD_AGAIN_NS)
		return true;
	bpf_map_update_elem(&held_lately, key, &now, BPF_ANY);
	return false;
}

static __always_inline void on_hold(void *ctx, struct task_struct *task, u32 request, u32 id, long ret)
{
	u32 at = SCRATCH_PTRACE;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &at);
	struct hold_key key = {};
	struct task_struct *target = request == PTRACE_TRACEME ? task : task_by_id(task, id);
	if (!scratch || ret < 0 || !target)
		return;
	key.tracer = task->tgid;
	key.target = BPF_CORE_READ(target, tgid);
	key.request = request;
	/* A process may look into itself. */
	if ((key.tracer == key.target && request != PTRACE_TRACEME) || held_before(&key))
		return;
	struct q_ptrace *e = (void *)scratch->bytes;
	struct file *exe = BPF_CORE_READ(target, mm, exe_file);
	fill_head(&e->head, Q_PTRACE, task);
	e->target = key.target;
	e->request = request;
	e->ret = ret;
	e->unlinked = exe && BPF_CORE_READ(exe, f_inode, i_nlink) == 0;
	u32 len = exe ? walk_path((u64)BPF_CORE_READ(exe, f_path.dentry), (u64)BPF_CORE_READ(exe, f_path.mnt), SCRATCH_PTRACE,
				  sizeof(*e)) : 0;
	e->truncated = len & WALK_CUT ? Q_CUT_PATH : 0;
	len &= Q_PATH_MAX * 2 - 1;
	e->path_len = len;
	/* At most one a minute of each, so not thinned: it was remembered as told. */
	deliver(ctx, Q_PTRACE, e, sizeof(*e) + len);
}

SYSCALL(sys_ptrace)
{
	u32 request = Q_ARG1(regs);
	switch (request) {
	case PTRACE_TRACEME:
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
	case PTRACE_POKEUSR:
	case PTRACE_SETREGS:
	case PTRACE_SETFPREGS:
	case PTRACE_ATTACH:
	case PTRACE_SETREGSET:
	case PTRACE_SEIZE:
		on_hold(ctx, task, request, Q_ARG2(regs), ret);
	}
}

SYSCALL(sys_process_vm_readv)
{
	on_hold(ctx, task, Q_VM_READ, Q_ARG1(regs), ret);
}

SYSCALL(sys_process_vm_writev)
{
	on_hold(ctx, task, Q_VM_WRITE, Q_ARG1(regs), ret);
}
