/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TCP connections. A state change often runs in another task's context (softirq), and a socket closed by an exiting process has
 * no namespaces left, so the owner is remembered by socket: at CLOSE -> SYN_SENT, which runs inside connect(), and when
 * accept() returns. A connection nobody has accepted is not remembered: anybody may make those, without an open file.
 */
#pragma once
#include "dispatch.bpf.h"
#include "holders.bpf.h"

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE,
       TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING };

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define SOCK_DEAD_BIT 1 /* 1 << SOCK_DEAD: its process has closed it */
#define SOCK_DONE_BIT 2 /* 1 << SOCK_DONE: a FIN was received */
#define PF_KTHREAD 0x00200000
#define E_EXIST 17
#define E_INPROGRESS 115

/* Steps a remembered connection went through. */
#define CONN_ACTIVE 1    /* we sent the SYN, which bytes_acked counts */
#define CONN_CONNECTED 2 /* its connect row is written */
#define CONN_OLD 4       /* older than the sensor: its beginning is unknown */

struct conn {
	u64 began_ns;
	u32 steps, pad;
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

static __always_inline void fill_flow(struct q_flow *f, struct sock *sk)
{
	struct inet_sock *inet = (void *)sk;
	f->dport = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	f->sport = __builtin_bswap16(BPF_CORE_READ(inet, inet_sport));
	if (!f->sport)
		f->sport = BPF_CORE_READ(sk, __sk_common.skc_num);
	f->is_udp = BPF_CORE_READ(sk, sk_protocol) == IPPROTO_UDP;
	f->is_v6 = BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6;
	if (f->is_v6) {
		bpf_probe_read_kernel(f->saddr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_probe_read_kernel(f->daddr, 16, &sk->__sk_common.skc_v6_daddr);
	} else {
		bpf_probe_read_kernel(f->saddr, 4, &sk->__sk_common.skc_rcv_saddr);
		bpf_probe_read_kernel(f->daddr, 4, &sk->__sk_common.skc_daddr);
	}
}

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
	emit(ctx, kind, &e, sizeof(e));
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
	fill_who(&c.who, bpf_get_current_task_btf());
	if (c.who.tgid == shared.self_tgid)
		return;
	c.began_ns = bpf_ktime_get_boot_ns();
	c.steps = CONN_ACTIVE;
	fill_flow(&c.flow, sk);
	remember(sk, &c, BPF_ANY);
}

/* Whoever takes the entry out writes the row: accept() and a reset may come to the end at the same time. */
static __always_inline void emit_close(void *ctx, struct sock *sk, struct conn *c, int old)
{
	struct q_net e = {};
	fill_net(&e, Q_CLOSE, c, bpf_ktime_get_boot_ns(), -BPF_CORE_READ(sk, sk_err), -1);
	count_payload(&e, c->steps, sk, old);
	if (forget(sk))
		emit(ctx, Q_CLOSE, &e, sizeof(e));
}

static __always_inline void end_conn(void *ctx, struct sock *sk, struct conn *c, int old)
{
	if ((c->steps & CONN_ACTIVE) && !(c->steps & CONN_CONNECTED)) {
		s32 err = BPF_CORE_READ(sk, sk_err);
		s32 ret = 0;
		if (old == TCP_SYN_SENT || old == TCP_SYN_RECV)
			ret = err ? -err : -E_INPROGRESS;
		emit_conn(ctx, Q_CONNECT, c, ret, -1);
	}
	emit_close(ctx, sk, c, old);
}

/*
 * A process closes or shuts down: the change runs in its own context. It served the connection, or used it last, and need
 * not be the one that made it: a listener hands what it accepted to a child by fork.
 */
static __always_inline bool closed_by_process(struct sock *sk, int old, int new)
{
	/* The kernel closes on somebody's behalf. */
	if (bpf_get_current_task_btf()->flags & PF_KTHREAD)
		return false;
	if ((old == TCP_ESTABLISHED && new == TCP_FIN_WAIT1) || (old == TCP_CLOSE_WAIT && new == TCP_LAST_ACK))
		return true;
	/* Unread data was thrown away, or SO_LINGER asked for a reset; what the peer or a timer ends has an error. */
	return new == TCP_CLOSE && (old == TCP_ESTABLISHED || old == TCP_CLOSE_WAIT) && BPF_CORE_READ(sk, sk_err) == 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old, int new)
{
	u64 key = (u64)sk;

	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP || old == TCP_LISTEN)
		return 0;
	if (old == TCP_CLOSE && new == TCP_SYN_SENT) {
		begin_connect(sk);
		return 0;
	}
	bool closing = closed_by_process(sk, old, new);
	if (new != TCP_ESTABLISHED && new != TCP_CLOSE && !closing)
		return 0;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);
	if (c && closing && c->who.tgid != bpf_get_current_pid_tgid() >> 32)
		fill_who(&c->who, bpf_get_current_task_btf());
	if (!c) {
		count_forgotten(sk, old, new);
	} else if (new == TCP_CLOSE) {
		end_conn(ctx, sk, c, old);
	} else if ((c->steps & CONN_ACTIVE) && !(c->steps & CONN_CONNECTED)) {
		fill_flow(&c->flow, sk);
		c->steps |= CONN_CONNECTED;
		emit_conn(ctx, Q_CONNECT, c, 0, -1);
	}
	return 0;
}

/* An entry must not outlive its socket, whose address the next one gets. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk)
{
	forget(sk);
	return 0;
}

static __always_inline bool is_tcp(struct sock *sk)
{
	return sk && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP;
}

/* A connection has an owner now. It may have ended in the queue: then its close was not seen. */
static __always_inline void own_accepted(void *ctx, struct q_who *who, struct sock *sk, s32 fd)
{
	struct conn c = {};

	if (!is_tcp(sk))
		return;
	c.began_ns = bpf_ktime_get_boot_ns();
	c.who = *who;
	fill_flow(&c.flow, sk);
	remember(sk, &c, BPF_ANY);
	hold(c.who.tgid);
	emit_conn(ctx, Q_ACCEPT, &c, 0, fd);
	if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE)
		emit_close(ctx, sk, &c, TCP_ESTABLISHED);
}

static __always_inline void on_accept(void *ctx, struct task_struct *task, s32 fd)
{
	struct q_who who;
	fill_who(&who, task);
	own_accepted(ctx, &who, sock_of_file(file_of_fd(task, fd)), fd);
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

SYSCALL(sys_socket)
{
	u32 family = Q_ARG1(regs);
	if (ret >= 0 && (family == AF_INET || family == AF_INET6))
		hold(bpf_get_current_pid_tgid() >> 32);
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
	if (state == TCP_CLOSE || state == TCP_LISTEN || (u32)BPF_CORE_READ(task, tgid) == shared.self_tgid)
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
