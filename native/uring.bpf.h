/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What programs do through io_uring, which never reaches sys_exit. A request is seen when it is submitted, in a thread of the process
 * that asked (also with SQPOLL, whose thread is one of the process that made the ring), and when it completes. Linux
 * 6.0 or newer; the reader picks the programs that fit the kernel's tracepoints (uring_programs.cc).
 */
#pragma once
#include "uring_file.bpf.h"
#include "uring_net.bpf.h"

#define OP(name) (1ull << IORING_OP_##name)
#define OPS_SEND (OP(SEND) | OP(SENDMSG) | OP(SEND_ZC) | OP(SENDMSG_ZC))
#define OPS_OPEN (OP(OPENAT) | OP(OPENAT2))
#define OPS_NAME (OP(RENAMEAT) | OP(UNLINKAT) | OP(SYMLINKAT) | OP(LINKAT))
/* On a descriptor that the caller has, or one linked before will make. */
#define OPS_SOCKET (OP(CONNECT) | OP(BIND) | OP(LISTEN) | OPS_SEND)
#define OPS_WATCHED (OP(ACCEPT) | OP(SOCKET) | OP(FTRUNCATE) | OPS_SOCKET | OPS_OPEN | OPS_NAME)

/* Every request of every program of io_uring comes by here: those of no interest must cost next to nothing. */
static __always_inline bool among(u32 opcode, u64 opcodes)
{
	return opcode < 64 && (opcodes >> opcode & 1);
}

/* Accepts that go on: each result but the last comes without its request. */
struct uring_tag {
	u64 ring, user_data;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct uring_tag);
	__type(value, u64);
} uring_multishots SEC(".maps");

/* `file` is what its descriptor stands for. */
static __always_inline void end_on_file(void *ctx, struct uring_call *call, struct file *file, s32 res)
{
	u32 opcode = call->opcode;

	if (opcode == IORING_OP_FTRUNCATE) {
		end_uring_truncate(ctx, call, (u64)file, res);
		return;
	}
	struct sock *sk = any_sock_of_file(file);
	if (opcode == IORING_OP_CONNECT)
		end_uring_connect(ctx, call, sk, res);
	else if (opcode == IORING_OP_BIND || opcode == IORING_OP_LISTEN)
		end_uring_bind(ctx, call, sk, res);
	else
		end_uring_send(ctx, call, (u64)sk, res);
}

/* What only the request has is read from it: it must not have been freed. */
static __always_inline void end_call(void *ctx, struct uring_call *call, u64 at, s32 res)
{
	struct io_kiocb *req = (void *)at;
	u32 opcode = call->opcode;

	if (among(opcode, OPS_OPEN) && res >= 0)
		end_uring_open(ctx, call, at, res);
	else if (among(opcode, OPS_OPEN | OPS_NAME))
		end_uring_names(ctx, call, at, res);
	else if (opcode == IORING_OP_ACCEPT)
		end_uring_accept(ctx, call, at, res);
	else if (opcode == IORING_OP_SOCKET)
		end_uring_socket(ctx, call, at, res);
	else
		end_on_file(ctx, call, BPF_CORE_READ(req, file), res);
}

static __noinline void forget_call(u64 req)
{
	bpf_map_delete_elem(&uring_names, &req);
	bpf_map_delete_elem(&uring_calls, &req);
}

/* Another one may have the same name by now. */
static __always_inline void forget_multishot(struct uring_call *call, u64 req)
{
	struct uring_tag tag = {call->ring, call->user_data};
	u64 *accept = bpf_map_lookup_elem(&uring_multishots, &tag);
	if (accept && *accept == req)
		bpf_map_delete_elem(&uring_multishots, &tag);
}

static __noinline void complete(void *ctx, u64 req, s32 res)
{
	struct uring_call *call = bpf_map_lookup_elem(&uring_calls, &req);
	if (!call)
		return;
	end_call(ctx, call, req, res);
	if (call->opcode == IORING_OP_ACCEPT)
		forget_multishot(call, req);
	forget_call(req);
}

static __always_inline u8 opcode_of(u64 req)
{
	struct io_kiocb *r = (void *)req;
	return BPF_CORE_READ(r, opcode);
}

/*
 * Results are told when a whole batch has been submitted. What one request of the batch opened, the next may close, and a third have
 * its number: so each is looked at before the next one runs.
 */
static __always_inline void complete_previous(void *ctx, struct io_ring_ctx *ring)
{
	if (!ring->submit_state.compl_reqs.first)
		return;
	u64 req = (u64)ring->submit_state.compl_reqs.last - bpf_core_field_offset(struct io_kiocb, comp_list);
	struct io_kiocb *r = (void *)req;
	if (among(opcode_of(req), OPS_WATCHED))
		complete(ctx, req, BPF_CORE_READ(r, cqe.res));
}

static __always_inline void fill_uring_who(struct q_who *who, struct task_struct *task, struct io_kiocb *req)
{
	fill_who(who, task);
	if (!has_flag(req->flags, shared.uring_creds))
		return;
	/* A personality registered with the ring. */
	const struct cred *cred = req->creds;
	who->euid = cred->euid.val;
	who->egid = cred->egid.val;
	who->ruid = cred->uid.val;
}

/* Its result will not be told, or there is no room to wait for it. Of an accept only the listener is known. */
static __noinline void tell_at_once(void *ctx, struct uring_call *call, u64 req, u64 file)
{
	u32 opcode = call->opcode;

	if (among(opcode, OPS_OPEN) && !call->names_size)
		name_files(call, req, true);
	if (call->names_size)
		emit_names(ctx, call);
	else if (opcode == IORING_OP_SOCKET)
		end_uring_socket(ctx, call, req, Q_RET_UNKNOWN);
	else if (opcode == IORING_OP_ACCEPT)
		tell_uring_accept(ctx, call, (u64)any_sock_of_file((void *)file));
	else if (among(opcode, OPS_SOCKET | OP(FTRUNCATE)))
		end_on_file(ctx, call, (void *)file, Q_RET_UNKNOWN);
}

static long forget_if_taken(void *map, u64 *at, struct uring_call *call, void *unused)
{
	u64 req = *at;
	struct io_kiocb *r = (void *)req;
	if ((u64)BPF_CORE_READ(r, ctx) != call->ring || BPF_CORE_READ(r, cqe.user_data) != call->user_data ||
	    BPF_CORE_READ(r, opcode) != call->opcode)
		forget_call(req);
	return 0;
}

/*
 * The end of a request can be missed: the kernel does not run a program where it was interrupted. When room gets short, at most once a
 * second, those are forgotten whose place another request has taken.
 */
#define SWEEP_NS 1000000000ull
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} next_sweep SEC(".maps");

static __noinline void sweep_calls(void)
{
	u32 zero = 0;
	u64 now = bpf_ktime_get_ns(), *next_ns = bpf_map_lookup_elem(&next_sweep, &zero);
	if (!next_ns || now < *next_ns)
		return;
	*next_ns = now + SWEEP_NS;
	bpf_for_each_map_elem(&uring_calls, forget_if_taken, NULL, 0);
}

/* False when there is no room. */
static __noinline bool wait_for_result(struct uring_call *call, u64 req)
{
	if ((!call->names_size || keep_names(call, req)) && bpf_map_update_elem(&uring_calls, &req, call, BPF_ANY) == 0)
		return true;
	forget_call(req);
	sweep_calls();
	return false;
}

static __noinline void remember_call(void *ctx, struct io_kiocb *req)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 zero = 0;
	struct uring_call *call = bpf_map_lookup_elem(&uring_new, &zero);
	u32 opcode = req->opcode;
	u64 at = (u64)req;
	bool direct = has_flag(req->flags, REQ_F_FIXED_FILE);
	struct file *file = NULL;

	if (!call)
		return;
	if (among(opcode, OPS_SOCKET | OP(FTRUNCATE) | OP(ACCEPT))) {
		/* A request linked behind the one that makes its descriptor has none yet. */
		file = direct ? file_of_slot((u64)req->ctx, req->cqe.fd) : file_of_fd(task, req->cqe.fd);
		if (file && among(opcode, OPS_SEND) && !is_udp(any_sock_of_file(file)))
			return;
	}
	call->ring = (u64)req->ctx;
	call->user_data = req->cqe.user_data;
	call->to.family = NO_FAMILY;
	call->payload = 0;
	call->payload_len = 0;
	call->fd = direct ? -1 : req->cqe.fd;
	call->opcode = opcode;
	call->kind = 0;
	call->names_size = 0;
	fill_uring_who(&call->who, task, req);
	if (among(opcode, OPS_SEND | OP(CONNECT)))
		keep_message(call, at);
	if (among(opcode, OPS_NAME | OPS_OPEN))
		name_files(call, at, false);
	if (has_flag(req->flags, REQ_F_CQE_SKIP) || !wait_for_result(call, at)) {
		tell_at_once(ctx, call, at, (u64)file);
	} else if (opcode == IORING_OP_ACCEPT && has_flag(req->flags, shared.uring_multishot)) {
		struct uring_tag tag = {call->ring, call->user_data};
		bpf_map_update_elem(&uring_multishots, &tag, &at, BPF_ANY);
	}
}

static __always_inline void on_submit(void *ctx, struct io_kiocb *req)
{
	complete_previous(ctx, req->ctx);
	if (among(req->opcode, OPS_WATCHED) && !is_ignored(bpf_get_current_task_btf()))
		remember_call(ctx, req);
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(uring_submit, struct io_kiocb *req)
{
	on_submit(ctx, req);
	return 0;
}

SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(uring_submit_6_0, struct io_kiocb *req)
{
	on_submit(ctx, req);
	return 0;
}

static __always_inline void on_complete(void *ctx, u64 ring, u64 req, u64 user_data, s32 res)
{
	if (!req) {
		struct uring_tag tag = {ring, user_data};
		u64 *accept = bpf_map_lookup_elem(&uring_multishots, &tag);
		if (!accept)
			return;
		u64 at = *accept;
		struct uring_call *call = bpf_map_lookup_elem(&uring_calls, &at);
		/* Its end may have been missed, and its place taken. */
		if (call && call->opcode == IORING_OP_ACCEPT && call->ring == ring && call->user_data == user_data)
			end_call(ctx, call, at, res);
	} else if (among(opcode_of(req), OPS_WATCHED)) {
		complete(ctx, req, res);
	}
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(uring_complete, void *ring, u64 req, struct io_uring_cqe *cqe)
{
	on_complete(ctx, (u64)ring, req, BPF_CORE_READ(cqe, user_data), BPF_CORE_READ(cqe, res));
	return 0;
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(uring_complete_6_0, void *ring, u64 req, u64 user_data, int res)
{
	on_complete(ctx, (u64)ring, req, user_data, res);
	return 0;
}

/* Ends without a result, because one that it was linked behind failed: nobody is told when it was not to be told itself. */
SEC("tp_btf/io_uring_fail_link")
int BPF_PROG(uring_fail_link, struct io_kiocb *req, struct io_kiocb *link)
{
	if (among(link->opcode, OPS_WATCHED))
		forget_call((u64)link);
	return 0;
}
