/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The program's global variables, and its counters by CPU, by which every event is accounted for. */
#pragma once
#include <linux/bpf.h>
#include "core_types.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "shared.h"

struct q_shared shared = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct q_counters);
} counters SEC(".maps");

#define E_NOSPC 28
#define E_BUSY 16
#define E_2BIG 7

/* Atomic: an interrupt may run another program on this CPU in the middle. */
#define COUNT(counter) __sync_fetch_and_add(&(counter), 1)

static __always_inline struct q_counters *my_counters(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&counters, &zero);
}

/* Not inlined, so that the verifier walks it once. */
__noinline u32 count_failure(s64 err)
{
	struct q_counters *c = my_counters();
	if (!c)
		return 0;
	if (err == -E_NOSPC)
		COUNT(c->ring_full);
	else if (err == -E_BUSY)
		COUNT(c->recursion);
	else if (err == -E_2BIG)
		COUNT(c->too_big);
	else
		COUNT(c->other);
	return 0;
}

/* An event that is declared noise: neither seen nor lost. */
static __always_inline void count_unreported(void)
{
	struct q_counters *c = my_counters();
	if (c)
		COUNT(c->unreported);
}
