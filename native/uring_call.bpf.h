/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A request of io_uring from its submission to its completion: who asked, and for what. */
#pragma once
#include "accept.bpf.h"
#include "bind.bpf.h"
#include "connect.bpf.h"
#include "open.bpf.h"
#include "udp_calls.bpf.h"
#include "uring_types.h"

/* Requests under way that are remembered; of more, rows are written at once, without a result. */
#define URING_CALLS 8192

struct uring_call {
	u64 ring;      /* address of the struct io_ring_ctx */
	u64 user_data; /* the program's own name for the request; may be the same for several */
	struct q_who who;
	struct q_sockaddr to; /* a destination that was given; else of family NO_FAMILY */
	u64 payload; /* of a message: user address of its first part, and that part's length */
	u64 payload_len;
	s32 fd; /* -1 for a direct descriptor */
	u32 opcode;
	u32 kind;      /* of an event with names, and its size; 0 when there is none */
	u32 names_size;
};

/* By the address of the struct io_kiocb. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, URING_CALLS);
	__type(key, u64);
	__type(value, struct uring_call);
} uring_calls SEC(".maps");

/* Where one is built: with what it calls the program has no stack left for it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct uring_call);
} uring_new SEC(".maps");

static __always_inline bool has_flag(u32 flags, u32 flag)
{
	return (flags & flag) != 0;
}

/* A direct descriptor: an entry of the ring's own table. */
static __always_inline struct file *file_of_slot(u64 ring, u32 slot)
{
	unsigned long ptr = 0;

	if (bpf_core_field_exists(struct io_file_table, data)) {
		struct io_ring_ctx *r = (void *)ring;
		struct io_rsrc_node *node = NULL;
		if (slot >= BPF_CORE_READ(r, file_table.data.nr))
			return NULL;
		bpf_probe_read_kernel(&node, sizeof(node), BPF_CORE_READ(r, file_table.data.nodes) + slot);
		ptr = BPF_CORE_READ(node, file_ptr);
	} else {
		struct io_ring_ctx___before_6_13 *r = (void *)ring;
		if (slot >= BPF_CORE_READ(r, nr_user_files))
			return NULL;
		struct io_fixed_file *files = BPF_CORE_READ(r, file_table.files);
		bpf_probe_read_kernel(&ptr, sizeof(ptr), &files[slot].file_ptr);
	}
	return (void *)(ptr & ~FILE_PTR_FLAGS);
}

/* The file that a request made: `res` is its result, `slot` the direct descriptor it asked for, counted from 1. */
static __always_inline struct file *file_made(struct uring_call *call, u32 slot, s32 res)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (slot)
		return file_of_slot(call->ring, slot == IORING_FILE_INDEX_ALLOC ? res : slot - 1);
	/* In another process the number means another file. */
	return task->tgid == call->who.tgid ? file_of_fd(task, res) : NULL;
}

static __always_inline s32 fd_made(u32 slot, s32 res)
{
	return slot ? -1 : res;
}

static __always_inline void fill_uring_head(struct q_head *head, u32 kind, struct uring_call *call)
{
	begin_event(head, kind);
	head->who = call->who;
}
