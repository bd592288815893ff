/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Output with exact accounting, identities, and paths resolved from the kernel's own objects. */
#pragma once
#include "thin.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, u32);
	__type(value, u32);
} events SEC(".maps");

/*
 * Room to build the events that do not fit on the stack. One entry a program: the kernel never runs one program twice at
 * the same time on one CPU, but another program may interrupt it.
 */
enum { SCRATCH_EXEC, SCRATCH_OPEN, SCRATCH_DNS, SCRATCH_FILE, SCRATCH_UNIX, SCRATCH_EXEC_FAILED, SCRATCH_PTRACE, SCRATCH_TASK,
       SCRATCH_URING, SCRATCHES };
struct scratch {
	char bytes[Q_EVENT_MAX + 5120]; /* as far as the verifier can see an event might reach */
	u32 walked; /* bytes written by walk_path so far; in memory, so that the verifier's states of its loop converge */
	u32 top; /* where among those the first folder of the path stands */
	volatile u64 address; /* of itself, as a number that can be handed to a function of its own */
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

#define PF_KTHREAD 0x00200000
/* Hands an event to the ring of this CPU and accounts for it: seen, or seen and lost. */
static __always_inline void deliver(void *ctx, u32 kind, void *event, u64 size)
{
	struct q_head *head = event;
	struct q_counters *c = my_counters();
	if (!c || kind >= Q_KINDS)
		return;
	COUNT(c->seen[kind]);
	u64 began_ns = head->boot_ns;
	long err = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, size);
	if (err)
		count_failure(err);
	if (shared.is_timed)
		__sync_fetch_and_add(&c->busy_ns, bpf_ktime_get_boot_ns() - began_ns);
}

static __always_inline void emit(void *ctx, u32 kind, void *event, u64 size)
{
	struct q_head *head = event;
	if (!is_shed(head->who.tgid, kind))
		deliver(ctx, kind, event, size);
}

/* `task` must come from the kernel as a typed pointer (an argument, bpf_get_current_task_btf): its members are then plain loads. */
static __always_inline void fill_who(struct q_who *who, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct task_struct *parent = leader->real_parent;
	const struct cred *cred = task->cred;

	who->start_ns = leader->start_boottime;
	who->tgid = leader->tgid;
	who->parent_start_ns = parent->group_leader->start_boottime;
	who->ppid = parent->tgid;
	who->euid = cred->euid.val;
	who->egid = cred->egid.val;
	who->ruid = cred->uid.val;
	who->login_uid = Q_UNKNOWN_U32;
	who->session = Q_UNKNOWN_U32;
	if (bpf_core_field_exists(task->loginuid)) {
		who->login_uid = leader->loginuid.val;
		who->session = leader->sessionid;
	}
	who->exec_id = leader->self_exec_id;
	bpf_probe_read_kernel(who->comm, sizeof(who->comm), &leader->comm);
}

static __always_inline void begin_event(struct q_head *head, u32 kind)
{
	head->boot_ns = bpf_ktime_get_boot_ns();
	head->kind = kind;
	head->pad = 0;
}

static __always_inline void fill_head(struct q_head *head, u32 kind, struct task_struct *task)
{
	begin_event(head, kind);
	fill_who(&head->who, task);
}

/* The i-th of a pid's numbers, one for each pid namespace from the init one down. */
static __always_inline struct upid *upid_at(struct pid *pid, u32 i)
{
	return (void *)pid + bpf_core_field_offset(struct pid, numbers) + i * bpf_core_type_size(struct upid);
}

#define PID_LEVELS 32

/* Whether a process is none of those asked for. Its events are not seen and not counted. */
static __always_inline bool is_outside(struct task_struct *task)
{
	if (!shared.pid_namespace)
		return false;
	struct pid *pid = task->group_leader->thread_pid;
	u32 level = pid->level;
	for (u32 i = 0; i <= PID_LEVELS && i <= level; i++) {
		if (BPF_CORE_READ(upid_at(pid, i), ns, ns.inum) == shared.pid_namespace)
			return false;
	}
	return true;
}

static __always_inline bool is_ignored(struct task_struct *task)
{
	return (u32)task->tgid == shared.self_tgid || is_outside(task);
}

/* The parent's id as the process itself sees it: 1 for children of its init, 0 when the parent is outside. */
static __always_inline u32 ns_ppid_of(struct task_struct *task)
{
	struct pid *own = BPF_CORE_READ(task, group_leader, thread_pid);
	struct pid *parent = BPF_CORE_READ(task, group_leader, real_parent, group_leader, thread_pid);
	u32 level = BPF_CORE_READ(own, level);
	u32 parent_level = BPF_CORE_READ(parent, level);

	if (level > PID_LEVELS || parent_level < level)
		return 0;
	struct upid *from = upid_at(own, level), *to = upid_at(parent, level);
	if (BPF_CORE_READ(from, ns) != BPF_CORE_READ(to, ns))
		return 0;
	return BPF_CORE_READ(to, nr);
}

#define WALK_STEPS 48
#define WALK_CUT 0x80000000u

/*
 * Writes a path's components from the leaf to the root of its mount namespace at `off` of the scratch, each ended by
 * NUL, at most Q_PATH_MAX bytes. Returns the bytes written, with WALK_CUT set when components were left out. Not
 * inlined, so that the verifier walks the loop once.
 */
__noinline u32 walk_path(u64 dentry_at, u64 vfsmount_at, u32 scratch_at, u64 off)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &scratch_at);
	struct dentry *dentry = (void *)dentry_at;
	struct vfsmount *vfs = (void *)vfsmount_at;

	if (!scratch || off > Q_EVENT_MAX - Q_PATH_MAX)
		return WALK_CUT;
	scratch->walked = 0;
	for (int i = 0; i < WALK_STEPS; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		if (dentry == BPF_CORE_READ(vfs, mnt_root)) {
			struct mount *mount = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);
			if (above == mount || !above)
				return scratch->walked;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			vfs = (void *)above + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		/* A file without a place in a tree (pipe, memfd) has at most a name. */
		bool alone = dentry == parent || !parent;
		if (alone && i > 0)
			return scratch->walked;
		u32 len = scratch->walked;
		if (len > Q_PATH_MAX - 256)
			return len | WALK_CUT;
		scratch->top = len;
		long n = bpf_probe_read_kernel_str(scratch->bytes + off + len, 256, BPF_CORE_READ(dentry, d_name.name));
		if (n > 0)
			scratch->walked = len + n;
		if (alone)
			return scratch->walked;
		dentry = parent;
	}
	return scratch->walked | WALK_CUT;
}

static __always_inline struct file *file_of_fd(struct task_struct *task, u32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file *file = NULL;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(fdt, fd) + fd);
	return file;
}

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFREG 0100000
#define S_IFCHR 0020000
#define S_IFIFO 0010000
