/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * TCP connections. A state change often runs in another task's context (softirq), and a socket closed by an exiting process has
 * no namespaces left, so the owner is remembered by socket: at CLOSE -> SYN_SENT, which runs inside connect(), and when
 * accept() returns.
 */
#pragma once
#include "emit.bpf.h"

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE,
       TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING };

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define SOCK_DONE_BIT 2 /* 1 << SOCK_DONE: a FIN was received */
#define E_INPROGRESS 115

/* Steps a remembered connection went through. */
#define CONN_ACTIVE 1    /* we sent the SYN, which bytes_acked counts */
#define CONN_CONNECTED 2 /* its connect row is written */
#define CONN_OWNED 4     /* `who` is known */
#define CONN_CLOSED 8    /* closed before accept() returned it: its row waits for the owner */
#define CONN_OLD 16      /* older than the sensor: its beginning is unknown */

struct conn {
	u64 began_ns;
	u64 bytes_out, bytes_in, closed_ns;
	u32 steps, pad;
	struct q_flow flow;
	struct q_who who;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
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

static __always_inline void emit_conn(void *ctx, u32 kind, struct conn *c, u64 now, s32 ret, s32 fd)
{
	struct q_net e = {};
	e.head.boot_ns = now;
	e.head.kind = kind;
	e.head.who = c->who;
	e.flow = c->flow;
	e.ret = ret;
	e.fd = fd;
	e.count = 1;
	e.duration_ns = Q_UNKNOWN_U64;
	if (!(c->steps & CONN_OLD) && kind != Q_ACCEPT)
		e.duration_ns = (c->steps & CONN_CLOSED ? c->closed_ns : now) - c->began_ns;
	e.bytes_out = kind == Q_CLOSE ? c->bytes_out : Q_UNKNOWN_U64;
	e.bytes_in = kind == Q_CLOSE ? c->bytes_in : Q_UNKNOWN_U64;
	emit(ctx, kind, &e, sizeof(e));
}

/* Payload: the kernel's counters include our SYN and FIN when they were acknowledged, and the peer's FIN. */
static __always_inline void count_payload(struct conn *c, struct sock *sk, int old)
{
	struct tcp_sock *tcp = (void *)sk;
	u64 out = BPF_CORE_READ(tcp, bytes_acked);
	u64 in = BPF_CORE_READ(tcp, bytes_received);
	bool fin_sent = old == TCP_FIN_WAIT1 || old == TCP_CLOSING || old == TCP_LAST_ACK;
	bool fin_acked = old == TCP_FIN_WAIT2 ||
			 (fin_sent && BPF_CORE_READ(tcp, snd_una) == BPF_CORE_READ(tcp, write_seq));

	if ((c->steps & CONN_ACTIVE) && out > 0)
		out--;
	if (fin_acked && out > 0)
		out--;
	if ((BPF_CORE_READ(sk, __sk_common.skc_flags) & SOCK_DONE_BIT) && in > 0)
		in--;
	c->bytes_out = out;
	c->bytes_in = in;
}

static __always_inline void remember(u64 key, struct conn *c)
{
	if (bpf_map_update_elem(&conns, &key, c, BPF_ANY) == 0)
		return;
	struct q_counters *counted = my_counters();
	if (counted)
		counted->owner_map_full++;
}

static __always_inline void begin_connect(struct sock *sk)
{
	struct conn c = {};
	struct task_struct *task = (void *)bpf_get_current_task();
	fill_who(&c.who, task);
	if (c.who.tgid == shared.self_tgid)
		return;
	c.began_ns = bpf_ktime_get_boot_ns();
	c.steps = CONN_ACTIVE | CONN_OWNED;
	fill_flow(&c.flow, sk);
	remember((u64)sk, &c);
}

static __always_inline void begin_passive(struct sock *sk)
{
	struct conn c = {};
	c.began_ns = bpf_ktime_get_boot_ns();
	fill_flow(&c.flow, sk);
	remember((u64)sk, &c);
}

static __always_inline void end_conn(void *ctx, struct sock *sk, struct conn *c, int old)
{
	u64 key = (u64)sk;
	u64 now = bpf_ktime_get_boot_ns();

	count_payload(c, sk, old);
	if (!(c->steps & CONN_OWNED)) {
		c->closed_ns = now;
		c->steps |= CONN_CLOSED;
		return;
	}
	if ((c->steps & CONN_ACTIVE) && !(c->steps & CONN_CONNECTED)) {
		s32 err = BPF_CORE_READ(sk, sk_err);
		s32 ret = 0;
		if (old == TCP_SYN_SENT || old == TCP_SYN_RECV)
			ret = err ? -err : -E_INPROGRESS;
		emit_conn(ctx, Q_CONNECT, c, now, ret, -1);
	}
	emit_conn(ctx, Q_CLOSE, c, now, -BPF_CORE_READ(sk, sk_err), -1);
	bpf_map_delete_elem(&conns, &key);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old, int new)
{
	u64 key = (u64)sk;
	struct conn *c;

	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (old == TCP_CLOSE && new == TCP_SYN_SENT) {
		begin_connect(sk);
		return 0;
	}
	if (old == TCP_SYN_RECV && new == TCP_ESTABLISHED) {
		c = bpf_map_lookup_elem(&conns, &key);
		/* Simultaneous open: the connection is ours already. */
		if (!c || !(c->steps & CONN_ACTIVE) || (c->steps & CONN_CONNECTED)) {
			begin_passive(sk);
			return 0;
		}
	}
	c = bpf_map_lookup_elem(&conns, &key);
	if (!c)
		return 0;
	if (new == TCP_ESTABLISHED && (c->steps & CONN_ACTIVE) && !(c->steps & CONN_CONNECTED)) {
		fill_flow(&c->flow, sk);
		c->steps |= CONN_CONNECTED;
		emit_conn(ctx, Q_CONNECT, c, bpf_ktime_get_boot_ns(), 0, -1);
	} else if (new == TCP_CLOSE && old != TCP_LISTEN) {
		end_conn(ctx, sk, c, old);
	}
	return 0;
}

static __always_inline struct sock *sock_of_file(struct file *file)
{
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6 ? sk : NULL;
}

/* accept() returned: the connection has an owner now. */
static __always_inline void on_accept(void *ctx, struct task_struct *task, s32 fd)
{
	struct sock *sk = sock_of_file(file_of_fd(task, fd));
	u64 key = (u64)sk;
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return;
	struct conn *c = bpf_map_lookup_elem(&conns, &key);
	if (!c) {
		begin_passive(sk);
		c = bpf_map_lookup_elem(&conns, &key);
	}
	if (!c || (c->steps & CONN_OWNED))
		return;
	fill_who(&c->who, task);
	c->steps |= CONN_OWNED;
	emit_conn(ctx, Q_ACCEPT, c, bpf_ktime_get_boot_ns(), 0, fd);
	if (c->steps & CONN_CLOSED) {
		emit_conn(ctx, Q_CLOSE, c, bpf_ktime_get_boot_ns(), 0, -1);
		bpf_map_delete_elem(&conns, &key);
	}
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
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == TCP_CLOSE || state == TCP_LISTEN || (u32)BPF_CORE_READ(task, tgid) == shared.self_tgid)
		return 0;
	struct conn c = {};
	u64 key = (u64)sk;
	fill_who(&c.who, task);
	fill_flow(&c.flow, sk);
	c.steps = CONN_OWNED | CONN_OLD | CONN_CONNECTED;
	if (c.flow.sport >= EPHEMERAL_FROM && c.flow.dport < EPHEMERAL_FROM)
		c.steps |= CONN_ACTIVE;
	if (state == TCP_SYN_SENT)
		c.steps = CONN_OWNED | CONN_OLD | CONN_ACTIVE;
	bpf_map_update_elem(&conns, &key, &c, BPF_NOEXIST);
	return 0;
}
