/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * System calls, seen once, when they return: the result is known, the arguments are still in the registers. User memory
 * (a destination address) is read at that time and may have been changed by another thread meanwhile.
 */
#pragma once
#include "emit.bpf.h"
#include "socket.bpf.h"

#define E_AGAIN 11
#define E_INTR 4
/* Messages of one sendmmsg that get a row of their own; the rest share one. */
#define MMSG_ROWS 16

static __always_inline void read_destination(struct q_flow *f, u64 addr, u32 len)
{
	struct {
		u16 family, port;
		u32 v4_or_flow;
		u8 v6[16];
	} to = {};

	if (!addr || len < 8)
		return;
	if (bpf_probe_read_user(&to, len < sizeof(to) ? 8 : sizeof(to), (void *)addr))
		return;
	if (to.family == AF_INET) {
		f->dport = __builtin_bswap16(to.port);
		f->is_v6 = 0;
		__builtin_memset(f->daddr, 0, 16);
		__builtin_memcpy(f->daddr, &to.v4_or_flow, 4);
	} else if (to.family == AF_INET6) {
		f->dport = __builtin_bswap16(to.port);
		if (!f->is_v6)
			__builtin_memset(f->saddr, 0, 16);
		f->is_v6 = 1;
		__builtin_memcpy(f->daddr, to.v6, 16);
	}
}

/* The flow of a UDP socket; false when the descriptor is none, or the task is the reader. */
static __always_inline bool begin_udp(struct q_net *e, struct task_struct *task, u32 kind, s32 fd)
{
	struct sock *sk = sock_of_file(file_of_fd(task, fd));
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_UDP)
		return false;
	fill_head(&e->head, kind, task);
	fill_flow(&e->flow, sk);
	e->duration_ns = Q_UNKNOWN_U64;
	e->bytes_out = Q_UNKNOWN_U64;
	e->bytes_in = Q_UNKNOWN_U64;
	e->fd = fd;
	e->count = 1;
	return true;
}

static __always_inline void on_connect(void *ctx, struct task_struct *task, struct pt_regs *regs, long ret)
{
	struct q_net e = {};
	if (!begin_udp(&e, task, Q_CONNECT, Q_ARG1(regs)))
		return;
	if (ret < 0)
		read_destination(&e.flow, Q_ARG2(regs), Q_ARG3(regs));
	/* connect() to AF_UNSPEC takes the destination away. */
	if (!e.flow.dport)
		return;
	e.ret = ret;
	emit(ctx, Q_CONNECT, &e, sizeof(e));
}

static __always_inline void finish_send(void *ctx, struct q_net *e, long ret)
{
	e->ret = ret < 0 ? ret : 0;
	e->bytes_out = ret < 0 ? 0 : ret;
	emit(ctx, Q_SEND, e, sizeof(*e));
}

static __always_inline void on_sendto(void *ctx, struct task_struct *task, struct pt_regs *regs, long ret)
{
	struct q_net e = {};
	if (!begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	read_destination(&e.flow, Q_ARG5(regs), Q_ARG6(regs));
	finish_send(ctx, &e, ret);
}

static __always_inline void on_sendmsg(void *ctx, struct task_struct *task, struct pt_regs *regs, long ret)
{
	struct q_net e = {};
	struct q_msghdr msg = {};
	if (!begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	bpf_probe_read_user(&msg, sizeof(msg), (void *)Q_ARG2(regs));
	read_destination(&e.flow, msg.name, msg.namelen);
	finish_send(ctx, &e, ret);
}

static __always_inline void on_sendmmsg(void *ctx, struct task_struct *task, struct pt_regs *regs, long ret)
{
	struct q_net e = {};
	struct q_mmsghdr msg = {};
	u64 vector = Q_ARG2(regs);
	if (!begin_udp(&e, task, Q_SEND, Q_ARG1(regs)))
		return;
	struct q_flow flow = e.flow;
	if (ret < 0)
		finish_send(ctx, &e, ret);
	for (int i = 0; i < MMSG_ROWS && i < ret; i++) {
		bpf_probe_read_user(&msg, sizeof(msg), (void *)(vector + i * sizeof(msg)));
		e.flow = flow;
		read_destination(&e.flow, msg.hdr.name, msg.hdr.namelen);
		finish_send(ctx, &e, msg.len);
	}
	if (ret > MMSG_ROWS) {
		e.count = ret - MMSG_ROWS;
		e.bytes_out = Q_UNKNOWN_U64;
		emit(ctx, Q_SEND, &e, sizeof(e));
	}
}

#define O_WRITES (1 | 2 | 0100 | 01000) /* O_WRONLY, O_RDWR, O_CREAT, O_TRUNC */
#define O_PATH_ONLY 010000000
#define F_MODE_WRITE 2

static __always_inline void on_open(void *ctx, struct task_struct *task, s32 fd, u32 flags, bool known)
{
	u32 key = SCRATCH_OPEN;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	struct file *file = file_of_fd(task, fd);
	if (!scratch || !file)
		return;
	struct q_open *e = (void *)scratch->bytes;
	e->mode = BPF_CORE_READ(file, f_mode);
	e->flags = known ? flags : BPF_CORE_READ(file, f_flags);
	if (!(e->mode & F_MODE_WRITE) && !(e->flags & O_WRITES))
		return;
	fill_head(&e->head, Q_OPEN, task);
	e->fd = fd;
	e->unlinked = BPF_CORE_READ(file, f_inode, i_nlink) == 0;
	u32 len = walk_path((u64)BPF_CORE_READ(file, f_path.dentry), (u64)BPF_CORE_READ(file, f_path.mnt),
			    SCRATCH_OPEN, sizeof(*e));
	e->truncated = len & WALK_CUT ? Q_CUT_PATH : 0;
	len &= Q_PATH_MAX * 2 - 1;
	e->path_len = len;
	emit(ctx, Q_OPEN, e, sizeof(*e) + len);
}

/* Programs that open for reading are most of all callers of open: leave them early. */
static __always_inline bool may_write(u64 flags)
{
	return (flags & O_WRITES) && !(flags & O_PATH_ONLY);
}

static __always_inline bool unsupported(struct task_struct *task)
{
	if (!Q_IS_32BIT(task))
		return false;
	struct q_counters *c = my_counters();
	if (c)
		COUNT(c->unsupported_abi);
	return true;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	long nr = Q_SYSCALL_NR(regs);
	switch (nr) {
	case Q_NR_OPEN:
	case Q_NR_CREAT:
	case Q_NR_OPENAT:
	case Q_NR_OPENAT2:
	case Q_NR_ACCEPT:
	case Q_NR_ACCEPT4:
		if (ret < 0)
			return 0;
		break;
	case Q_NR_SENDTO:
	case Q_NR_SENDMSG:
	case Q_NR_SENDMMSG:
		if (ret == -E_AGAIN || ret == -E_INTR)
			return 0;
		break;
	case Q_NR_CONNECT:
		break;
	default:
		return 0;
	}
	struct task_struct *task = (void *)bpf_get_current_task();
	if ((u32)(bpf_get_current_pid_tgid() >> 32) == shared.self_tgid || unsupported(task))
		return 0;
	switch (nr) {
	case Q_NR_OPEN:
		if (may_write(Q_ARG2(regs)))
			on_open(ctx, task, ret, Q_ARG2(regs), true);
		break;
	case Q_NR_CREAT:
		on_open(ctx, task, ret, 1 | 0100 | 01000, true);
		break;
	case Q_NR_OPENAT:
		if (may_write(Q_ARG3(regs)))
			on_open(ctx, task, ret, Q_ARG3(regs), true);
		break;
	case Q_NR_OPENAT2:
		on_open(ctx, task, ret, 0, false);
		break;
	case Q_NR_ACCEPT:
	case Q_NR_ACCEPT4:
		on_accept(ctx, task, ret);
		break;
	case Q_NR_CONNECT:
		on_connect(ctx, task, regs, ret);
		break;
	case Q_NR_SENDTO:
		on_sendto(ctx, task, regs, ret);
		break;
	case Q_NR_SENDMSG:
		on_sendmsg(ctx, task, regs, ret);
		break;
	case Q_NR_SENDMMSG:
		on_sendmmsg(ctx, task, regs, ret);
		break;
	}
	return 0;
}
