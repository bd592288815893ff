/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* TCP: who accepted a connection, and who owns those that are older than the sensor. */
#pragma once
#include "conns.bpf.h"
#include "dispatch.bpf.h"
#include "holders.bpf.h"
#include "unix.bpf.h"

/* Two functions for the sake of the stack, of which a row and what is remembered take much. */
static __noinline void remember_accepted(struct q_who *who, struct sock *sk)
{
	struct conn c = {};

	c.began_ns = bpf_ktime_get_boot_ns();
	c.who = *who;
	fill_flow(&c.flow, sk);
	remember(sk, &c, BPF_ANY);
}

static __noinline void emit_accepted(void *ctx, struct q_who *who, struct sock *sk, s32 fd)
{
	struct q_net e = {};
	u64 key = (u64)sk;

	begin_event(&e.head, Q_ACCEPT);
	e.head.who = *who;
	fill_result(&e, sk, fd, 0);
	emit_net(ctx, Q_ACCEPT, &e);
	/* It may have ended in the queue: then its close was not seen. */
	if (BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_CLOSE)
		return;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);
	if (c)
		emit_close_in(ctx, &e, sk, c, TCP_ESTABLISHED, -BPF_CORE_READ(sk, sk_err));
}

/* A connection has an owner now. */
static __always_inline void own_accepted(void *ctx, struct q_who *who, struct sock *sk, s32 fd)
{
	if (!is_inet(family_of(sk)) || proto_of(sk) != Q_PROTO_TCP)
		return;
	remember_accepted(who, sk);
	hold(who->tgid);
	emit_accepted(ctx, who, sk, fd);
}

static __always_inline void on_accept(void *ctx, struct task_struct *task, s32 fd)
{
	struct sock *sk = any_sock_of_file(file_of_fd(task, fd));
	struct q_who who;

	if (family_of(sk) == AF_UNIX) {
		on_unix(ctx, task, Q_UNIX_ACCEPT, sk, fd, 0, 0, 0);
		return;
	}
	fill_who(&who, task);
	own_accepted(ctx, &who, sk, fd);
}

SYSCALL(sys_accept)
{
	if (ret >= 0)
		on_accept(ctx, task, ret);
}

SYSCALL(sys_accept4)
{
	if (ret >= 0)
		on_accept(ctx, task, ret);
}

/* The first ephemeral port of a default Linux. */
#define EPHEMERAL_FROM 32768

/*
 * Run once at start, after the tracepoints are attached: learns who the reader is, the host's name, and the owners of
 * the connections that exist already. Which side sent the SYN is no longer known; the side with the ephemeral port did, by custom.
 */
SEC("iter/task_file")
int seed_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!shared.self_tgid) {
		struct task_struct *up = (void *)bpf_get_current_task();
		shared.self_tgid = BPF_CORE_READ(up, tgid);
		for (int i = 0; i < 64 && BPF_CORE_READ(up, pid) != 0; i++)
			up = BPF_CORE_READ(up, real_parent);
		struct uts_namespace *uts = BPF_CORE_READ(up, nsproxy, uts_ns);
		bpf_probe_read_kernel_str(shared.node_name, sizeof(shared.node_name), &uts->name.nodename);
	}
	if (!task || !file)
		return 0;
	struct sock *sk = sock_of_file(file);
	if (!sk)
		return 0;
	hold(BPF_CORE_READ(task, tgid));
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == TCP_CLOSE || state == TCP_LISTEN || is_ignored(task))
		return 0;
	struct conn c = {};
	fill_who(&c.who, task);
	fill_flow(&c.flow, sk);
	c.steps = CONN_OLD | CONN_CONNECTED;
	if (c.flow.sport >= EPHEMERAL_FROM && c.flow.dport < EPHEMERAL_FROM)
		c.steps |= CONN_ACTIVE;
	if (state == TCP_SYN_SENT)
		c.steps = CONN_OLD | CONN_ACTIVE;
	remember(sk, &c, BPF_NOEXIST);
	return 0;
}
