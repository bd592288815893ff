/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sockets through io_uring. TCP connects are told by their changes of state (socket.bpf.h) as all others; left are UDP, and
 * TCP that failed before a SYN. The destination of a message is the kernel's own copy where there is one at submission (Linux
 * 6.10). Before, and of a connect that fails, it is read from user memory at submission, and another thread may change it.
 */
#pragma once
#include "uring_call.bpf.h"

/* What the socket calls of io_uring keep of a request. */
static __always_inline void keep_destination(struct uring_call *call, struct io_kiocb *req)
{
	struct io_async_msghdr *copy = req->async_data;
	u32 opcode = req->opcode;

	if (opcode == IORING_OP_CONNECT) {
		struct io_connect *connect = (void *)req;
		read_sockaddr(&call->to, (u64)BPF_CORE_READ(connect, addr), BPF_CORE_READ(connect, addr_len));
	} else if (copy) {
		if (BPF_CORE_READ(copy, msg.msg_name))
			bpf_probe_read_kernel(&call->to, sizeof(call->to), &copy->addr);
	} else if (opcode == IORING_OP_SENDMSG || opcode == IORING_OP_SENDMSG_ZC) {
		struct io_sr_msg *send = (void *)req;
		struct q_msghdr msg = {};
		bpf_probe_read_user(&msg, sizeof(msg), BPF_CORE_READ(send, umsg));
		read_sockaddr(&call->to, msg.name, msg.namelen);
	} else if (bpf_core_field_exists(struct io_sr_msg___before_6_10, addr_len)) {
		struct io_sr_msg___before_6_10 *send = (void *)req;
		read_sockaddr(&call->to, (u64)BPF_CORE_READ(send, addr), BPF_CORE_READ(send, addr_len));
	}
}

static __always_inline void fill_uring_net(struct q_net *e, u32 kind, struct uring_call *call, struct sock *sk, s32 res)
{
	fill_uring_head(&e->head, kind, call);
	fill_flow(&e->flow, sk);
	e->duration_ns = Q_UNKNOWN_U64;
	e->bytes_out = Q_UNKNOWN_U64;
	e->bytes_in = Q_UNKNOWN_U64;
	e->ret = res;
	e->fd = call->fd;
	e->count = 1;
}

static __noinline void end_uring_connect(void *ctx, struct uring_call *call, struct sock *sk, s32 res)
{
	struct q_net e = {};
	struct tcp_sock *tcp = (void *)sk;

	/* A socket that has sent a SYN has a sequence number. */
	bool failed_early = res < 0 && res != Q_RET_UNKNOWN && res != -E_INPROGRESS;
	if (!is_udp(sk) && !(failed_early && is_tcp(sk) && BPF_CORE_READ(tcp, write_seq) == 0))
		return;
	fill_uring_net(&e, Q_CONNECT, call, sk, res);
	if (res < 0)
		put_destination(&e.flow, &call->to);
	/* connect() to AF_UNSPEC takes the destination away. */
	if (e.flow.dport)
		emit(ctx, Q_CONNECT, &e, sizeof(e));
}

static __noinline void end_uring_send(void *ctx, struct uring_call *call, struct sock *sk, s32 res)
{
	struct q_net e = {};

	if (!is_udp(sk) || nothing_sent(res))
		return;
	fill_uring_net(&e, Q_SEND, call, sk, res > 0 ? 0 : res);
	put_destination(&e.flow, &call->to);
	if (res != Q_RET_UNKNOWN)
		e.bytes_out = res < 0 ? 0 : res;
	emit(ctx, Q_SEND, &e, sizeof(e));
}

static __noinline void end_uring_accept(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct io_accept *accept = (void *)req;
	if (res < 0)
		return;
	u32 slot = BPF_CORE_READ(accept, file_slot);
	own_accepted(ctx, &call->who, sock_of_file(file_made(call, slot, res)), fd_made(slot, res));
}

static __always_inline void end_uring_socket(struct uring_call *call, u64 req, s32 res)
{
	struct io_socket *socket = (void *)req;
	u32 family = BPF_CORE_READ(socket, domain);
	if (res >= 0 && (family == AF_INET || family == AF_INET6))
		hold(call->who.tgid);
}
