/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Thinning, so that the sensor stays within a share of a CPU: a process has a quota of events of each kind a tenth of a
 * second, which the reader sets (cpu_share.h); what is beyond is seen and shed. So the loudest pay, and a flood of one
 * process hides nothing of another. Forks, execs and exits are never thinned: all rows lean on them.
 */
#pragma once
#include "account.bpf.h"

#define QUOTA_WINDOW_NS 100000000ull

struct quota_key {
	u32 tgid, kind;
};
struct quota {
	u64 began_ns;
	u32 count, pad;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct quota_key);
	__type(value, struct quota);
} quotas SEC(".maps");

/* Begins with the next event. Not on the stack, of which chains of calls leave little. */
static const struct quota unused = {};

/* Not inlined, so that the verifier walks it once. */
__noinline u32 over_quota(u32 tgid, u32 kind)
{
	struct quota_key key = { tgid, kind };
	struct q_counters *c = my_counters();
	u64 now = bpf_ktime_get_boot_ns();
	u32 quota = shared.quota;
	struct quota *used = bpf_map_lookup_elem(&quotas, &key);

	/* The reader may have lifted it meanwhile. */
	if (!quota)
		return 0;
	if (!used) {
		bpf_map_update_elem(&quotas, &key, &unused, BPF_ANY);
		return 0;
	}
	/* Signed: another CPU may have begun it after `now`. */
	if ((s64)(now - used->began_ns) >= (s64)QUOTA_WINDOW_NS) {
		used->began_ns = now;
		used->count = 0;
	}
	if (used->count < quota) {
		COUNT(used->count);
		return 0;
	}
	u64 at = kind;
	/* In a register of its own, so that the verifier sees what the compiler checked. */
	asm volatile("" : "+r"(at));
	if (c && at < Q_KINDS) {
		COUNT(c->seen[at]);
		COUNT(c->shed);
	}
	return 1;
}

/* Whether an event is shed, which then is accounted for. */
static __always_inline bool is_shed(u32 tgid, u32 kind)
{
	return shared.quota && kind != Q_FORK && kind != Q_EXEC && kind != Q_EXIT && over_quota(tgid, kind);
}
