/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sockets through io_uring. TCP connects are told by their changes of state (tcp_state.bpf.h) as all others; left are other protocols, and
 * TCP that failed before a SYN. The destination of a message is the kernel's own copy where there is one at submission (Linux
 * 6.10). Before, and of a connect that fails, it is read from user memory at submission, and another thread may change it.
 */
#pragma once
#include "uring_call.bpf.h"

static __always_inline bool is_udp(struct sock *sk)
{
	return is_inet(family_of(sk)) && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_UDP;
}

/* A message's header may be gone when the result is known, its payload not. */
static __always_inline void keep_header(struct uring_call *call, u64 ring, u64 header)
{
	struct io_ring_ctx *r = (void *)ring;
	struct q_msghdr msg = {};
	struct q_iovec first = {};
	bool is_32bit = bpf_core_field_exists(r->compat) && BPF_CORE_READ_BITFIELD_PROBED(r, compat);

	read_msghdr(&msg, is_32bit, header);
	read_iovec(&first, is_32bit, msg.iov);
	call->payload = first.base;
	call->payload_len = first.len;
	fetch_sockaddr(&call->to, msg.name, msg.namelen);
}

/* What the socket calls of io_uring keep of a request. */
static __noinline void keep_message(struct uring_call *call, u64 at)
{
	struct io_kiocb *req = (void *)at;
	struct io_async_msghdr *copy = BPF_CORE_READ(req, async_data);
	u32 opcode = call->opcode;

	if (opcode == IORING_OP_CONNECT) {
		struct io_connect *connect = (void *)at;
		fetch_sockaddr(&call->to, (u64)BPF_CORE_READ(connect, addr), BPF_CORE_READ(connect, addr_len));
		return;
	}
	struct io_sr_msg *send = (void *)at;
	if (opcode == IORING_OP_SENDMSG || opcode == IORING_OP_SENDMSG_ZC) {
		keep_header(call, (u64)BPF_CORE_READ(req, ctx), (u64)BPF_CORE_READ(send, umsg));
	} else {
		call->payload = (u64)BPF_CORE_READ(send, umsg);
		call->payload_len = (u32)BPF_CORE_READ(send, len);
		if (bpf_core_field_exists(struct io_sr_msg___before_6_10, addr_len)) {
			struct io_sr_msg___before_6_10 *old = (void *)at;
			fetch_sockaddr(&call->to, (u64)BPF_CORE_READ(old, addr), BPF_CORE_READ(old, addr_len));
		}
	}
	if (copy && BPF_CORE_READ(copy, msg.msg_name))
		bpf_probe_read_kernel(&call->to, sizeof(call->to), &copy->addr);
}

static __always_inline void fill_uring_net(struct q_net *e, u32 kind, struct uring_call *call, struct sock *sk, s32 res)
{
	fill_uring_head(&e->head, kind, call);
	fill_result(e, sk, call->fd, res);
}

static __noinline void emit_uring_connect(void *ctx, struct uring_call *call, u64 sock, s32 res)
{
	struct q_net e = {};

	if (!is_inet(call->to.family) || res == -E_CANCELED)
		return;
	fill_uring_net(&e, Q_CONNECT, call, (void *)sock, res);
	/* Of a success the kernel's own copy counts. */
	if (res < 0)
		put_sockaddr(&e.flow, false, &call->to);
	emit_net(ctx, Q_CONNECT, &e);
}

/* A function of its own for its stack. */
static __noinline bool tcp_ended_unseen(void *ctx, u64 sock, s32 res)
{
	return ended_unseen(ctx, (void *)sock, res);
}

/* As on_local(). */
static __noinline void end_uring_local(void *ctx, struct uring_call *call, u64 sock, u32 kind, s32 res)
{
	struct q_net e = {};

	fill_uring_net(&e, kind, call, (void *)sock, res);
	forget_peer(&e.flow);
	if (kind == Q_ACCEPT)
		emit_net(ctx, kind, &e);
	else
		emit(ctx, kind, &e, sizeof(e));
}

/* Only successes: the address of a failure is not at hand. */
static __noinline void end_uring_unix(void *ctx, struct uring_call *call, u64 sock, u32 kind, s32 fd)
{
	struct unix_call *unix_call = begin_unix((void *)sock, 0, 0);
	if (!unix_call)
		return;
	fill_uring_head(&first_of(unix_call)->head, kind, call);
	end_unix(ctx, unix_call, (void *)sock, fd, 0);
}

static __always_inline void end_uring_connect(void *ctx, struct uring_call *call, struct sock *sk, s32 res)
{
	u16 family = family_of(sk);
	u8 proto = proto_of(sk);

	if (family == AF_UNIX && res >= 0) {
		struct unix_sock *own = (void *)sk;
		end_uring_unix(ctx, call, (u64)BPF_CORE_READ(own, peer), Q_UNIX_CONNECT, call->fd);
	} else if (is_inet(family)) {
		/* A TCP connect that has not run yet will be told by its changes of state. */
		bool is_told = proto == Q_PROTO_TCP ? res != Q_RET_UNKNOWN && tcp_ended_unseen(ctx, (u64)sk, res) :
						      is_datagram(proto);
		if (is_told)
			emit_uring_connect(ctx, call, (u64)sk, res);
	}
}

static __always_inline void end_uring_bind(void *ctx, struct uring_call *call, struct sock *sk, s32 res)
{
	u16 family = family_of(sk);
	bool binds = call->opcode == IORING_OP_BIND;

	/* The address of a bind that failed is not at hand. */
	if (res == -E_CANCELED || (binds && res < 0))
		return;
	if (family == AF_UNIX && res >= 0)
		end_uring_unix(ctx, call, (u64)sk, binds ? Q_UNIX_BIND : Q_UNIX_LISTEN, call->fd);
	else if (is_inet(family))
		end_uring_local(ctx, call, (u64)sk, binds ? Q_BIND : Q_LISTEN, res);
}

/* Counted with what system calls send (udp.bpf.h). */
static __noinline void end_uring_send(void *ctx, struct uring_call *call, u64 sock, s32 res)
{
	struct sock *sk = (void *)sock;

	if (res != Q_RET_UNKNOWN && (res == -E_CANCELED || nothing_sent(res)))
		return;
	struct udp_call *udp = begin_udp(UDP_URING, false, sk, Q_SEND, call->fd, res);
	if (!udp)
		return;
	udp->asker = call->who;
	put_sockaddr(&udp->flow, false, &call->to);
	on_message(ctx, udp);
	/* It lies where the first part does. What is asked for in silence is as long as that part. */
	udp->message.from = call->payload;
	if (res == Q_RET_UNKNOWN || udp->message.len > call->payload_len)
		udp->message.len = call->payload_len;
	on_dns(ctx, udp);
}

static __noinline void own_uring_accepted(void *ctx, struct uring_call *call, u64 sock, s32 fd)
{
	own_accepted(ctx, &call->who, (void *)sock, fd);
}

static __always_inline void end_uring_accept(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct io_accept *accept = (void *)req;
	if (res < 0)
		return;
	u32 slot = BPF_CORE_READ(accept, file_slot);
	struct sock *sk = any_sock_of_file(file_made(call, slot, res));
	if (family_of(sk) == AF_UNIX)
		end_uring_unix(ctx, call, (u64)sk, Q_UNIX_ACCEPT, fd_made(slot, res));
	else
		own_uring_accepted(ctx, call, (u64)sk, fd_made(slot, res));
}

/* An accept whose result will not be known, of a listener for TCP. */
static __noinline void tell_uring_accept(void *ctx, struct uring_call *call, u64 listener)
{
	struct sock *sk = (void *)listener;

	if (!is_inet(family_of(sk)) || proto_of(sk) != Q_PROTO_TCP)
		return;
	hold(call->who.tgid);
	call->fd = -1;
	end_uring_local(ctx, call, listener, Q_ACCEPT, Q_RET_UNKNOWN);
}

static __noinline void end_uring_socket(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct io_socket *socket = (void *)req;
	struct q_socket e = {};

	if (res == -E_CANCELED ||
	    !fill_socket(&e, BPF_CORE_READ(socket, domain), BPF_CORE_READ(socket, type), BPF_CORE_READ(socket, protocol),
			 call->who.tgid, res == Q_RET_UNKNOWN ? 0 : res))
		return;
	fill_uring_head(&e.head, Q_SOCKET, call);
	if (res < 0 || BPF_CORE_READ(socket, file_slot))
		e.fd = -1;
	if (res == Q_RET_UNKNOWN)
		e.ret = res;
	emit(ctx, Q_SOCKET, &e, sizeof(e));
}
