/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TCP connections. A state change often runs in another task's context (softirq), and a socket closed by an exiting process has
 * no namespaces left, so the owner is remembered by socket: at CLOSE -> SYN_SENT, which runs inside connect(), and when
 * accept() returns. A connection nobody has accepted is not remembered: anybody may make those, without an open file.
 */
#pragma once
#include "dispatch.bpf.h"
#include "holders.bpf.h"
#include "inet.bpf.h"
#include "unix.bpf.h"

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
	if (!counted || !shared.overflowed)
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

/*
 * connect() returned. What began is told by the changes of state; left are those that the kernel gave up before a SYN left:
 * having chosen the way (no port is free), or without (no route), when the socket never had a sequence number. True
 * of the latter, whose row is still to be written.
 */
static __always_inline bool ended_unseen(void *ctx, struct sock *sk, s32 ret)
{
	u64 key = (u64)sk;
	struct tcp_sock *tcp = (void *)sk;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);

	if (c && c->call == CALL_GAVE_UP)
		give_up(ctx, sk, c, ret);
	else if (c)
		c->call = CALL_OVER;
	return !c && ret < 0 && BPF_CORE_READ(tcp, write_seq) == 0;
}

static __always_inline void on_tcp_connect(void *ctx, struct task_struct *task, struct sock *sk, s32 fd, s32 ret, u64 to, u64 len)
{
	if (!ended_unseen(ctx, sk, ret))
		return;
	struct q_net e = {};
	fill_socket_event(&e, Q_CONNECT, task, sk, fd, ret);
	u16 family = read_sockaddr(&e.flow, false, to, len);
	if (is_inet(family))
		emit_net(ctx, Q_CONNECT, &e);
}

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
