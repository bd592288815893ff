/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* TCP from inet_sock_set_state: what connect() began, its result, and the end of all connections. */
#pragma once
#include "conns.bpf.h"

static __always_inline void begin_connect(struct sock *sk)
{
	struct conn c = {};
	struct task_struct *task = bpf_get_current_task_btf();
	if (is_ignored(task))
		return;
	fill_who(&c.who, task);
	c.began_ns = bpf_ktime_get_boot_ns();
	c.steps = CONN_ACTIVE;
	c.call = CALL_RUNS;
	fill_flow(&c.flow, sk);
	remember(sk, &c, BPF_ANY);
}

/* The end of an attempt that no SYN left for: what connect() returned is its only result. */
static __always_inline void give_up(void *ctx, struct sock *sk, struct conn *c, s32 ret)
{
	emit_conn(ctx, Q_CONNECT, c, ret, -1);
	emit_close(ctx, sk, c, TCP_SYN_SENT, ret == -E_INPROGRESS ? 0 : ret);
}

static __always_inline void end_conn(void *ctx, struct sock *sk, struct conn *c, int old)
{
	s32 err = BPF_CORE_READ(sk, sk_err);

	if ((c->steps & CONN_ACTIVE) && !(c->steps & CONN_CONNECTED)) {
		s32 ret = 0;
		if (old == TCP_SYN_SENT && !err && c->call != CALL_OVER) {
			c->call = CALL_GAVE_UP;
			return;
		}
		if (old == TCP_SYN_SENT || old == TCP_SYN_RECV)
			ret = err ? -err : -E_INPROGRESS;
		emit_conn(ctx, Q_CONNECT, c, ret, -1);
	}
	emit_close(ctx, sk, c, old, -err);
}

/* Whether the change is made by a process that closes or shuts down, in its own context. */
static __always_inline bool is_local_close(int old, int new)
{
	return (old == TCP_ESTABLISHED && new == TCP_FIN_WAIT1) || (old == TCP_CLOSE_WAIT && new == TCP_LAST_ACK);
}

/*
 * Who closes a connection served it, or used it last, and need not be who made it: a listener hands what it accepted to
 * a child by fork. Kernel threads close on somebody's behalf.
 */
static __always_inline void note_closer(struct conn *c)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (c->who.tgid != (u32)task->tgid && !(task->flags & PF_KTHREAD))
		fill_who(&c->who, task);
}

static __always_inline void on_change(void *ctx, struct sock *sk, int old, int new)
{
	u64 key = (u64)sk;

	if (old == TCP_CLOSE && new == TCP_SYN_SENT) {
		begin_connect(sk);
		return;
	}
	bool closes = is_local_close(old, new);
	if ((new != TCP_ESTABLISHED && new != TCP_CLOSE && !closes) || old == TCP_LISTEN)
		return;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);
	if (closes) {
		if (c)
			note_closer(c);
	} else if (!c) {
		count_forgotten(sk, old, new);
	} else if (new == TCP_CLOSE) {
		/* Unread data is thrown away, or SO_LINGER asks for a reset; what the peer or a timer ends has an error. */
		if ((old == TCP_ESTABLISHED || old == TCP_CLOSE_WAIT) && sk->sk_err == 0)
			note_closer(c);
		end_conn(ctx, sk, c, old);
	} else if ((c->steps & CONN_ACTIVE) && !(c->steps & CONN_CONNECTED)) {
		fill_flow(&c->flow, sk);
		c->steps |= CONN_CONNECTED;
		emit_conn(ctx, Q_CONNECT, c, 0, -1);
	}
}

/*
 * The kernel refuses to run a program again on the CPU where it was interrupted, and one soft interrupt may bring hundreds
 * of changes. So two programs see each change, one behind the other, and the second does what the first was refused: only one of them
 * can have been interrupted, and nothing interrupts a soft interrupt. What came in between the two may make the second see a change
 * anew; then it finds it done (and after an overflow counts one too many as shed, which is an upper bound).
 */
struct change {
	u64 sk;
	int old, new;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct change);
} last_change SEC(".maps");

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old, int new)
{
	u32 zero = 0;
	struct change *last = bpf_map_lookup_elem(&last_change, &zero);

	if (!last || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	last->sk = (u64)sk;
	last->old = old;
	last->new = new;
	on_change(ctx, sk, old, new);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state_in_place, struct sock *sk, int old, int new)
{
	u32 zero = 0;
	struct change *last = bpf_map_lookup_elem(&last_change, &zero);

	if (!last || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (last->sk != (u64)sk || last->old != old || last->new != new)
		on_change(ctx, sk, old, new);
	return 0;
}

/* An entry must not outlive its socket, whose address the next one gets. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk)
{
	u64 key = (u64)sk;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);
	if (!c)
		return 0;
	/* It was not begun by connect(), which would have told the result. */
	if (c->call == CALL_GAVE_UP)
		give_up(ctx, sk, c, -E_INPROGRESS);
	else
		forget(sk);
	return 0;
}
