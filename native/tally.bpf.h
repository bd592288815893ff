/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What comes often in one form (datagrams of a flow, look-ups of a name service) is told once at once; what follows is counted in
 * a table until the reader takes it. Two tables take turns: the reader puts the other one in place, for which the
 * kernel waits until no program uses the one before, and empties that. So no count is lost, and a flood costs a look-up
 * each. When a table is full, each is told by itself.
 */
#pragma once
#include "emit.bpf.h"

/* `mm` tells apart what a process did before and after an exec. */
struct flow_key {
	u64 sk, mm;
	u32 tgid, kind;
	s32 ret;
	u32 pad;
	struct q_flow flow;
};
struct flow_sum {
	struct q_sum sum;
	struct q_net event;
};
struct flow_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, Q_FLOWS);
	__type(key, struct flow_key);
	__type(value, struct flow_sum);
} flows_0 SEC(".maps"), flows_1 SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct flow_table);
} flows SEC(".maps") = {.values = {(void *)&flows_0}};

struct lookup_key {
	u64 start_ns; /* of the process */
	u64 mm;
	u32 tgid, kind;
	s32 ret;
	u32 pad;
	char name[Q_SUN_PATH + 4];
};
struct lookup_sum {
	struct q_sum sum;
	u64 event[(sizeof(struct q_unix) + Q_SUN_PATH + 4) / 8];
};
struct lookup_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, Q_LOOKUPS);
	__type(key, struct lookup_key);
	__type(value, struct lookup_sum);
} lookups_0 SEC(".maps"), lookups_1 SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct lookup_table);
} lookups SEC(".maps") = {.values = {(void *)&lookups_0}};

static __always_inline bool count_in(struct q_sum *sum, u64 bytes)
{
	if (!sum)
		return false;
	__sync_fetch_and_add(&sum->count, 1);
	__sync_fetch_and_add(&sum->bytes, bytes);
	return true;
}

/* Enters the first of its kind. False when another CPU has done so meanwhile: then it is there to be counted. */
static __always_inline bool enter_first(void *table, void *key, void *sum)
{
	return bpf_map_update_elem(table, key, sum, BPF_NOEXIST) != -17 /* EEXIST */;
}
