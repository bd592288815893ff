/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TCP connections and who owns them. A state change often runs in another task's context (softirq), and a socket closed by an exiting
 * process has no namespaces left, so the owner is remembered by socket: at CLOSE -> SYN_SENT, which runs inside connect(), and when
 * accept() returns. A connection nobody has accepted is not remembered: anybody may make those, without an open file.
 */
#pragma once
#include "inet.bpf.h"

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE,
       TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING };

#define SOCK_DEAD_BIT 1 /* 1 << SOCK_DEAD: its process has closed it */
#define SOCK_DONE_BIT 2 /* 1 << SOCK_DONE: a FIN was received */
#define E_EXIST 17
#define E_INPROGRESS 115

/* Steps a remembered connection went through. */
#define CONN_ACTIVE 1    /* we sent the SYN, which bytes_acked counts */
#define CONN_CONNECTED 2 /* its connect row is written */
#define CONN_OLD 4       /* older than the sensor: its beginning is unknown */

/* connect() has not returned; and the kernel gave up within it, with no result but the one it will return. */
enum { CALL_OVER, CALL_RUNS, CALL_GAVE_UP };

struct conn {
	u64 began_ns;
	u32 steps;
	u32 call; /* CALL_… */
	struct q_flow flow;
	struct q_who who;
};

/*
 * By socket. When it is full the connection that was quiet for longest is forgotten, so that a flood of connections hides
 * the ends of older ones (see `overflowed`) and never a new one. The reader sets the size.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, Q_CONNECTIONS);
	__type(key, u64);
	__type(value, struct conn);
} conns SEC(".maps");

static __always_inline void fill_net(struct q_net *e, u32 kind, struct conn *c, u64 now, s32 ret, s32 fd)
{
	e->head.boot_ns = now;
	e->head.kind = kind;
	e->head.who = c->who;
	e->flow = c->flow;
	e->ret = ret;
	e->fd = fd;
	e->count = 1;
	e->duration_ns = c->steps & CONN_OLD || kind == Q_ACCEPT ? Q_UNKNOWN_U64 : now - c->began_ns;
	e->bytes_out = Q_UNKNOWN_U64;
	e->bytes_in = Q_UNKNOWN_U64;
}

static __always_inline void emit_conn(void *ctx, u32 kind, struct conn *c, s32 ret, s32 fd)
{
	struct q_net e = {};
	fill_net(&e, kind, c, bpf_ktime_get_boot_ns(), ret, fd);
	emit_net(ctx, kind, &e);
}

/* Payload: the kernel's counters include our SYN and FIN when they were acknowledged, and the peer's FIN. */
static __always_inline void count_payload(struct q_net *e, u32 steps, struct sock *sk, int old)
{
	struct tcp_sock *tcp = (void *)sk;
	u64 out = BPF_CORE_READ(tcp, bytes_acked);
	u64 in = BPF_CORE_READ(tcp, bytes_received);
	bool fin_sent = old == TCP_FIN_WAIT1 || old == TCP_CLOSING || old == TCP_LAST_ACK;
	bool fin_acked = old == TCP_FIN_WAIT2 ||
			 (fin_sent && BPF_CORE_READ(tcp, snd_una) == BPF_CORE_READ(tcp, write_seq));

	if ((steps & CONN_ACTIVE) && out > 0)
		out--;
	if (fin_acked && out > 0)
		out--;
	if ((BPF_CORE_READ(sk, __sk_common.skc_flags) & SOCK_DONE_BIT) && in > 0)
		in--;
	e->bytes_out = out;
	e->bytes_in = in;
}

static __always_inline void remember(struct sock *sk, struct conn *c, u64 how)
{
	u64 key = (u64)sk;
	/* An entry can be left over when a socket closed while accept() returned it. */
	bool known = bpf_map_lookup_elem(&conns, &key) != NULL;

	long err = bpf_map_update_elem(&conns, &key, c, how);
	if (known || err == -E_EXIST)
		return;
	__sync_fetch_and_add(&shared.open, 1);
	if (err != 0 || shared.open >= shared.safe)
		shared.overflowed = 1;
}

/* False when somebody else has done so, or nobody remembered it. */
static __always_inline bool forget(struct sock *sk)
{
	u64 key = (u64)sk;
	if (bpf_map_delete_elem(&conns, &key) != 0)
		return false;
	__sync_fetch_and_add(&shared.open, -1);
	return true;
}

/*
 * A connection without an entry moves on. Before the first overflow that is one accepted by the kernel itself, or closed
 * by its process before the sensor started; from then on its entry may have been pushed out, and its rows count as shed.
 */
static __always_inline void count_forgotten(struct sock *sk, int old, int new)
{
	struct q_counters *counted = my_counters();
	struct q_flow flow;
	if (!counted || !shared.overflowed)
		return;
	fill_flow(&flow, sk);
	if (is_unreported(&flow))
		return;
	if (old == TCP_SYN_SENT) {
		COUNT(counted->seen[Q_CONNECT]);
		COUNT(counted->shed);
	}
	/* Neither in a process nor left by one: still waiting for accept(). */
	bool waiting = !BPF_CORE_READ(sk, sk_socket) && !(BPF_CORE_READ(sk, __sk_common.skc_flags) & SOCK_DEAD_BIT);
	if (new == TCP_CLOSE && !waiting) {
		COUNT(counted->seen[Q_CLOSE]);
		COUNT(counted->shed);
	}
}

/* Whoever takes the entry out writes the row: accept() and a reset may come to the end at the same time. `e` is room for it. */
static __always_inline void emit_close_in(void *ctx, struct q_net *e, struct sock *sk, struct conn *c, int old, s32 ret)
{
	fill_net(e, Q_CLOSE, c, bpf_ktime_get_boot_ns(), ret, -1);
	count_payload(e, c->steps, sk, old);
	if (forget(sk))
		emit_net(ctx, Q_CLOSE, e);
}

static __always_inline void emit_close(void *ctx, struct sock *sk, struct conn *c, int old, s32 ret)
{
	struct q_net e = {};
	emit_close_in(ctx, &e, sk, c, old, ret);
}
