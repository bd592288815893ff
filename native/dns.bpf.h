/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * DNS over UDP: what is asked of port 53 and what comes from there goes to user space, which reads it. The message is read
 * from user memory when the call returns, and may have been changed by another thread meanwhile.
 */
#pragma once
#include "emit.bpf.h"

#define DNS_PORT 53
#define DNS_HEADER_BYTES 12

static __always_inline void emit_dns(void *ctx, struct q_net *of, u32 kind, u64 from, u64 len)
{
	u32 key = SCRATCH_DNS;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	if (!scratch || of->flow.dport != DNS_PORT || len < DNS_HEADER_BYTES)
		return;
	struct q_dns *e = (void *)scratch->bytes;
	u32 size = len < Q_DNS_MAX ? len : Q_DNS_MAX;

	e->head = of->head;
	e->head.kind = kind;
	e->flow = of->flow;
	e->ret = of->ret;
	e->fd = of->fd;
	e->message_len = len;
	if (bpf_probe_read_user(e->data, size, (void *)from))
		size = 0;
	e->data_len = size;
	emit(ctx, kind, e, sizeof(*e) + size);
}
