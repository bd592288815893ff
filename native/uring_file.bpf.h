/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Files through io_uring, by the rules of open.bpf.h. */
#pragma once
#include "uring_call.bpf.h"

static __noinline void end_uring_open(void *ctx, struct uring_call *call, u64 req, s32 res)
{
	struct io_open *open = (void *)req;
	u32 key = SCRATCH_URING;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);

	if (res < 0 || !scratch)
		return;
	u32 slot = BPF_CORE_READ(open, file_slot);
	struct file *file = file_made(call, slot, res);
	if (!file)
		return;
	struct q_open *e = fill_open(scratch, file, fd_made(slot, res), BPF_CORE_READ(open, how.flags), true);
	if (!e)
		return;
	fill_uring_head(&e->head, Q_OPEN, call);
	emit_open(ctx, e, file, SCRATCH_URING);
}
