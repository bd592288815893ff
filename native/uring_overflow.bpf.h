/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Results that find no room in their ring: the kernel tells their value, not whose they are. But all of a batch that is being told
 * have run, so all of it is looked at when the first finds no room.
 */
#pragma once
#include "uring.bpf.h"

/* More than a batch can have. */
#define BATCH_MAX (1 << 20)

/*
 * The batch this CPU looked at last, so that each is looked at once. Another one cannot end with the same request of the same ring
 * unless that was submitted again; a ring's place may be taken by a new one, though not as soon.
 */
#define LOOKED_AT_NS 5000000ull
struct uring_batch {
	u64 ring, last, until_ns;
	u32 submitted, pad;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct uring_batch);
} uring_looked_at SEC(".maps");

struct batch_walk {
	void *ctx;
	u64 node; /* a struct io_wq_work_node */
};

static long end_next(u32 i, struct batch_walk *walk)
{
	u64 node = walk->node;
	if (!node)
		return 1;
	u64 req = node - bpf_core_field_offset(struct io_kiocb, comp_list);
	struct io_kiocb *r = (void *)req;
	if (among(opcode_of(req), OPS_WATCHED))
		complete(walk->ctx, req, BPF_CORE_READ(r, cqe.res));
	walk->node = (u64)BPF_CORE_READ((struct io_wq_work_node *)node, next);
	return 0;
}

static __noinline void end_batch(void *ctx, u64 ring)
{
	struct io_ring_ctx *r = (void *)ring;
	struct batch_walk walk = {ctx, (u64)BPF_CORE_READ(r, submit_state.compl_reqs.first)};
	u32 zero = 0;
	struct uring_batch *seen = bpf_map_lookup_elem(&uring_looked_at, &zero);
	if (!seen || !walk.node)
		return;
	u64 last = (u64)BPF_CORE_READ(r, submit_state.compl_reqs.last), now = bpf_ktime_get_ns();
	u32 submitted = BPF_CORE_READ(r, cached_sq_head);
	if (seen->ring == ring && seen->last == last && seen->submitted == submitted && now < seen->until_ns)
		return;
	bpf_loop(BATCH_MAX, end_next, &walk, 0);
	seen->ring = ring;
	seen->last = last;
	seen->submitted = submitted;
	seen->until_ns = now + LOOKED_AT_NS;
}

/* A worker thread of older kernels tells by itself what it has run. */
static __always_inline u64 request_at_work(struct task_struct *task)
{
	struct task_struct___of_worker *t = (void *)task;
	struct io_worker *worker = BPF_CORE_READ(t, worker_private);
	u64 work = (u64)BPF_CORE_READ(worker, cur_work);
	return work ? work - bpf_core_field_offset(struct io_kiocb, work) : 0;
}

SEC("tp_btf/io_uring_cqe_overflow")
int BPF_PROG(uring_overflow, void *ring, u64 user_data, s32 res)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (!(task->flags & PF_IO_WORKER)) {
		end_batch(ctx, (u64)ring);
		return 0;
	}
	u64 req = request_at_work(task);
	struct io_kiocb *r = (void *)req;
	/* A multishot's results before the last are no end of it. */
	if (req && among(opcode_of(req), OPS_WATCHED) && BPF_CORE_READ(r, cqe.user_data) == user_data && BPF_CORE_READ(r, cqe.res) == res)
		complete(ctx, req, res);
	return 0;
}
