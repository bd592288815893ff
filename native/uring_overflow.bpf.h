/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Results that find no room in their ring: the kernel tells their value, not whose they are. But it tells a whole batch at a time, whose
 * requests have all run; and from the first without room on, none finds any. So each time one more of the batch is told here, with
 * its own result, until all are.
 */
#pragma once
#include "uring.bpf.h"

/* More than a batch can have. */
#define BATCH_MAX (1 << 20)

/*
 * How far this CPU has come in a batch, so that none is walked through each time. Another batch cannot end with the same request of
 * the same ring unless that was submitted again; a ring's place may be taken by a new one, though not as soon.
 */
#define BATCH_NS 5000000ull
struct uring_batch {
	u64 ring, last, until_ns;
	u64 node; /* the struct io_wq_work_node that is next; 0 at the end */
	u32 submitted, pad;
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct uring_batch);
} uring_batches SEC(".maps");

struct batch_walk {
	u64 node, found;
};

static long find_waiting(u32 i, struct batch_walk *walk)
{
	u64 node = walk->node;
	if (!node)
		return 1;
	u64 req = node - bpf_core_field_offset(struct io_kiocb, comp_list);
	walk->node = (u64)BPF_CORE_READ((struct io_wq_work_node *)node, next);
	if (!among(opcode_of(req), OPS_WATCHED) || !bpf_map_lookup_elem(&uring_calls, &req))
		return 0;
	walk->found = req;
	return 1;
}

/* The next request of the batch that waits for its result; 0 when there is none. */
static __noinline u64 next_waiting(u64 ring)
{
	struct io_ring_ctx *r = (void *)ring;
	struct batch_walk walk = {};
	u32 zero = 0;
	struct uring_batch *batch = bpf_map_lookup_elem(&uring_batches, &zero);
	if (!batch)
		return 0;
	u64 last = (u64)BPF_CORE_READ(r, submit_state.compl_reqs.last), now = bpf_ktime_get_ns();
	u32 submitted = BPF_CORE_READ(r, cached_sq_head);
	if (batch->ring != ring || batch->last != last || batch->submitted != submitted || now >= batch->until_ns) {
		batch->ring = ring;
		batch->last = last;
		batch->submitted = submitted;
		batch->until_ns = now + BATCH_NS;
		batch->node = (u64)BPF_CORE_READ(r, submit_state.compl_reqs.first);
	}
	walk.node = batch->node;
	bpf_loop(BATCH_MAX, find_waiting, &walk, 0);
	batch->node = walk.node;
	return walk.found;
}

/* A worker thread of older kernels tells by itself what it has run. A multishot's results before the last are no end of it. */
static __noinline u64 request_at_work(u64 user_data, s32 res)
{
	struct task_struct___of_worker *task = (void *)bpf_get_current_task_btf();
	struct io_worker *worker = BPF_CORE_READ(task, worker_private);
	u64 work = (u64)BPF_CORE_READ(worker, cur_work);
	u64 req = work - bpf_core_field_offset(struct io_kiocb, work);
	struct io_kiocb *r = (void *)req;

	if (!work || BPF_CORE_READ(r, cqe.user_data) != user_data || BPF_CORE_READ(r, cqe.res) != res)
		return 0;
	return among(opcode_of(req), OPS_WATCHED) ? req : 0;
}

SEC("tp_btf/io_uring_cqe_overflow")
int BPF_PROG(uring_overflow, void *ring, u64 user_data, s32 res)
{
	bool is_worker = bpf_get_current_task_btf()->flags & PF_IO_WORKER;
	u64 req = is_worker ? request_at_work(user_data, res) : next_waiting((u64)ring);
	struct io_kiocb *r = (void *)req;

	if (req)
		complete(ctx, req, BPF_CORE_READ(r, cqe.res));
	return 0;
}
