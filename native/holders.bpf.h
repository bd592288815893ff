/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Processes that hold an inet socket, or held one since their last exec: made by socket() or accept(), inherited by fork, kept over exec
 * among the first descriptors. Sockets passed over a Unix socket are not noticed.
 */
#pragma once
#include "emit.bpf.h"

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
/* Descriptors looked at after an exec. */
#define EXEC_FDS 64

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, u32);
	__type(value, u8);
} holders SEC(".maps");

/* Of any family. */
static __always_inline struct sock *any_sock_of_file(struct file *file)
{
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

static __always_inline u16 family_of(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_family);
}

static __always_inline bool is_inet(u32 family)
{
	return family == AF_INET || family == AF_INET6;
}

static __always_inline struct sock *sock_of_file(struct file *file)
{
	struct sock *sk = any_sock_of_file(file);
	return is_inet(family_of(sk)) ? sk : NULL;
}

static __always_inline bool holds_inet_socket(u32 tgid)
{
	return bpf_map_lookup_elem(&holders, &tgid) != NULL;
}

static __always_inline void hold(u32 tgid)
{
	u8 yes = 1;
	bpf_map_update_elem(&holders, &tgid, &yes, BPF_ANY);
}

static __always_inline void let_go(u32 tgid)
{
	bpf_map_delete_elem(&holders, &tgid);
}

static __always_inline void inherit_hold(u32 parent, u32 child)
{
	if (holds_inet_socket(parent))
		hold(child);
	else
		let_go(child);
}

/* Of the current process. Not inlined, so that the verifier walks the loop once. */
__noinline u32 has_inet_socket(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	for (u32 fd = 0; fd < EXEC_FDS; fd++) {
		if (sock_of_file(file_of_fd(task, fd)))
			return 1;
	}
	return 0;
}

/* After an exec, which closed the descriptors marked so. */
static __always_inline void check_hold(u32 tgid)
{
	if (holds_inet_socket(tgid) && !has_inet_socket())
		let_go(tgid);
}
