/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * io_uring: the members of kernel structs that the sensor reads (see core_types.h), and what its interface fixes. A request's
 * own data, such as struct io_open, lies at the beginning of its struct io_kiocb.
 */
#pragma once
#include "core_types.h"

enum {
	IORING_OP_SENDMSG = 9,
	IORING_OP_ACCEPT = 13,
	IORING_OP_CONNECT = 16,
	IORING_OP_OPENAT = 18,
	IORING_OP_SEND = 26,
	IORING_OP_OPENAT2 = 28,
	IORING_OP_RENAMEAT = 35,
	IORING_OP_UNLINKAT = 36,
	IORING_OP_SYMLINKAT = 38,
	IORING_OP_LINKAT = 39,
	IORING_OP_SOCKET = 45,
	IORING_OP_SEND_ZC = 47,
	IORING_OP_SENDMSG_ZC = 48,
	IORING_OP_FTRUNCATE = 55,
	IORING_OP_BIND = 56,
	IORING_OP_LISTEN = 57,
};

/* The first eight flags of a request are those of its submission. */
#define REQ_F_FIXED_FILE 1u
#define REQ_F_CQE_SKIP (1u << 6)

/* A direct descriptor where the kernel likes. */
#define IORING_FILE_INDEX_ALLOC 0xffffffffu

struct io_cqe {
	u64 user_data;
	s32 res;
	int fd;
} Q_CORE;
struct io_wq_work_node {
	struct io_wq_work_node *next;
} Q_CORE;
struct io_wq_work {
	struct io_wq_work_node list;
} Q_CORE;
/* A thread of the kernel's own that works for the process that it is one of. */
#define PF_IO_WORKER 0x10
struct task_struct___of_worker {
	void *worker_private;
} Q_CORE;
struct io_worker {
	struct io_wq_work *cur_work;
} Q_CORE;
struct io_wq_work_list {
	struct io_wq_work_node *first, *last;
} Q_CORE;
struct io_submit_state {
	struct io_wq_work_list compl_reqs;
} Q_CORE;

/* Direct descriptors: an array of nodes since Linux 6.13, of files before. */
struct io_rsrc_node {
	unsigned long file_ptr;
} Q_CORE;
struct io_rsrc_data {
	unsigned int nr;
	struct io_rsrc_node **nodes;
} Q_CORE;
struct io_file_table {
	struct io_rsrc_data data;
} Q_CORE;
struct io_fixed_file {
	unsigned long file_ptr;
} Q_CORE;
struct io_file_table___before_6_13 {
	struct io_fixed_file *files;
} Q_CORE;
/* Below the pointer to the file. */
#define FILE_PTR_FLAGS 7ul

struct io_ring_ctx {
	unsigned int compat : 1; /* its maker is a 32-bit program */
	struct io_file_table file_table;
	struct io_submit_state submit_state;
	unsigned int cached_sq_head; /* requests submitted so far */
} Q_CORE;
struct io_ring_ctx___before_6_13 {
	struct io_file_table___before_6_13 file_table;
	unsigned int nr_user_files;
} Q_CORE;

struct io_kiocb {
	struct file *file;
	u8 opcode;
	u32 flags; /* 64 bits since Linux 6.9; those used here are among the first 32 */
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	struct io_wq_work_node comp_list;
	void *async_data;
	const struct cred *creds;
	struct io_wq_work work;
} Q_CORE;

struct io_uring_cqe {
	u64 user_data;
	s32 res;
} Q_CORE;

struct io_connect {
	void *addr;
	int addr_len;
} Q_CORE;
struct io_accept {
	u32 file_slot;
} Q_CORE;
struct io_open {
	int dfd;
	u32 file_slot;
	struct filename *filename;
	struct {
		u64 flags;
	} Q_CORE how;
} Q_CORE;
struct io_rename {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
} Q_CORE;
struct io_link {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
} Q_CORE;
struct io_unlink {
	int dfd;
	int flags;
	struct filename *filename;
} Q_CORE;
struct io_socket {
	int domain, type, protocol;
	u32 file_slot;
} Q_CORE;
struct io_sr_msg {
	void *umsg; /* of a send without a header the payload */
	int len;
} Q_CORE;
/* The kernel reads the address when it sends, before Linux 6.10. */
struct io_sr_msg___before_6_10 {
	void *addr;
	u16 addr_len;
} Q_CORE;

struct msghdr {
	void *msg_name;
	int msg_namelen;
} Q_CORE;
struct __kernel_sockaddr_storage {
	u16 ss_family;
} Q_CORE;
/* The kernel's own copy of a message's header and address. */
struct io_async_msghdr {
	struct msghdr msg;
	struct __kernel_sockaddr_storage addr;
} Q_CORE;
