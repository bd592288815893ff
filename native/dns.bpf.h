/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * DNS over UDP: what is asked of port 53 and what comes from there goes to user space, which reads it. The message is read
 * from user memory when the call returns, and may have been changed by another thread meanwhile.
 */
#pragma once
#include "emit.bpf.h"

#define DNS_PORT 53
#define DNS_HEADER_BYTES 12

static __always_inline struct q_dns *dns_event(void)
{
	u32 key = SCRATCH_DNS;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);
	return scratch ? (void *)scratch->bytes : NULL;
}

/* All but the head. The `len` bytes of a message, or the first of them, are at `from` in user memory. Returns the event's size, 0 when it is none. */
static __always_inline u32 fill_dns(struct q_dns *e, struct q_flow *flow, u64 from, u64 len)
{
	if (flow->dport != DNS_PORT || len < DNS_HEADER_BYTES || !from)
		return 0;
	u32 size = len < Q_DNS_MAX ? len : Q_DNS_MAX;

	e->flow = *flow;
	e->message_len = len;
	if (bpf_probe_read_user(e->data, size, (void *)from))
		size = 0;
	e->data_len = size;
	return sizeof(*e) + size;
}
