/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Unix sockets: connect, accept, bind, listen. What succeeded is named by the kernel's own address of the socket that was
 * bound, as the path of its file where it has one; a failure by the address in user memory, which another thread may have changed.
 */
#pragma once
#include "holders.bpf.h"
#include "tally.bpf.h"

/* Addresses of name services, filled by user space: connects and accepts there are counted together for a minute. */
struct sun_name {
	char text[Q_SUN_PATH + 4];
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct sun_name);
	__type(value, u8);
} name_services SEC(".maps");

struct unix_call {
	struct lookup_key key;
	struct lookup_sum first;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct unix_call);
} unix_calls SEC(".maps");

/* `len` bytes of sun_path; a path ends at its NUL, an abstract name may hold some. Returns the length. */
static __always_inline u32 read_sun_path(char *to, const char *from, u64 len, bool user)
{
	char first = 0;
	long got;

	if (len == 0 || len > Q_SUN_PATH)
		return 0;
	if (user)
		bpf_probe_read_user(&first, 1, from);
	else
		bpf_probe_read_kernel(&first, 1, from);
	if (first) {
		/* It may fill the address without an end. */
		got = user ? bpf_probe_read_user_str(to, len + 1, from) : bpf_probe_read_kernel_str(to, len + 1, from);
		return got > 0 ? got - 1 : 0;
	}
	got = user ? bpf_probe_read_user(to, len, from) : bpf_probe_read_kernel(to, len, from);
	return got == 0 ? len : 0;
}

static __always_inline struct q_unix *first_of(struct unix_call *call)
{
	return (void *)call->first.event;
}

/* The address of `bound`, or of user memory. False when it is none of this family. */
static __always_inline bool name_unix(struct unix_call *call, struct unix_address *bound, u64 from, u64 from_len)
{
	struct q_unix *e = first_of(call);
	u16 family = AF_UNIX;

	__builtin_memset(call->key.name, 0, sizeof(call->key.name));
	e->path_len = 0;
	if (bound) {
		const char *text = (void *)bound + bpf_core_field_offset(struct unix_address, name) + sizeof(family);
		u64 len = (u32)BPF_CORE_READ(bound, len) - sizeof(family);
		e->path_len = read_sun_path(call->key.name, text, len, false);
	} else if (from) {
		bpf_probe_read_user(&family, sizeof(family), (void *)from);
		e->path_len = read_sun_path(call->key.name, (void *)(from + sizeof(family)), from_len - sizeof(family), true);
	}
	return family == AF_UNIX;
}

static __always_inline bool counted_lookup(struct unix_call *call)
{
	u32 zero = 0;
	struct q_unix *e = first_of(call);
	void *now = bpf_map_lookup_elem(&lookups, &zero);

	if (!bpf_map_lookup_elem(&name_services, call->key.name) || !now)
		return false;
	call->key.mm = (u64)bpf_get_current_task_btf()->mm;
	call->key.start_ns = e->head.who.start_ns;
	call->key.tgid = e->head.who.tgid;
	call->key.kind = e->head.kind;
	call->key.ret = e->ret;
	struct lookup_sum *sum = bpf_map_lookup_elem(now, &call->key);
	if (count_in((void *)sum, 0))
		return true;
	return !enter_first(now, &call->key, &call->first) && count_in(bpf_map_lookup_elem(now, &call->key), 0);
}

/* The path of the socket's file as the kernel holds it. False when it has none. */
static __always_inline bool emit_with_path(void *ctx, struct q_unix *from, struct unix_sock *bound)
{
	u32 key = SCRATCH_UNIX;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	u64 dentry = (u64)BPF_CORE_READ(bound, path.dentry);

	if (!dentry || !scratch)
		return false;
	struct q_unix *e = (void *)scratch->bytes;
	__builtin_memcpy(e, from, sizeof(*e));
	u32 len = walk_path(dentry, (u64)BPF_CORE_READ(bound, path.mnt), SCRATCH_UNIX, sizeof(*e));
	e->truncated = len & WALK_CUT ? Q_CUT_PATH : 0;
	e->form = Q_UNIX_COMPONENTS;
	len &= Q_PATH_MAX * 2 - 1;
	e->path_len = len;
	emit(ctx, e->head.kind, e, sizeof(*e) + len);
	return true;
}

/*
 * `bound` is the socket whose address it is; where it has none the one at `from` in user memory counts. NULL when there is nothing
 * to tell.
 */
static __always_inline struct unix_call *begin_unix(struct sock *bound, u64 from, u64 len)
{
	u32 zero = 0;
	struct unix_sock *sk = (void *)bound;
	struct unix_call *call = bpf_map_lookup_elem(&unix_calls, &zero);

	return call && name_unix(call, BPF_CORE_READ(sk, addr), from, len) ? call : NULL;
}

/* The event's head is filled. */
static __always_inline void end_unix(void *ctx, struct unix_call *call, struct sock *bound, s32 fd, s32 ret)
{
	struct q_unix *e = first_of(call);
	u32 kind = e->head.kind;
	e->duration_ns = Q_UNKNOWN_U64;
	e->count = 1;
	e->ret = ret;
	e->fd = fd;
	e->form = Q_UNIX_NAME;
	e->truncated = 0;
	call->first.sum.first_ns = e->head.boot_ns;
	__builtin_memcpy(e->data, call->key.name, sizeof(call->key.name));
	if ((kind == Q_UNIX_CONNECT || kind == Q_UNIX_ACCEPT) && counted_lookup(call))
		return;
	if (ret < 0 || !emit_with_path(ctx, e, (void *)bound))
		emit(ctx, kind, e, sizeof(call->first.event));
}

static __always_inline void on_unix(void *ctx, struct task_struct *task, u32 kind, struct sock *bound, s32 fd, s32 ret, u64 from, u64 len)
{
	struct unix_call *call = begin_unix(bound, from, len);
	if (!call)
		return;
	fill_head(&first_of(call)->head, kind, task);
	end_unix(ctx, call, bound, fd, ret);
}
