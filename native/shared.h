/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the reader tells the BPF program and reads of it beside the events: filters, global variables, counters. */
#pragma once
#include "events.h"

/*
 * A name that marks files as sensitive, or as the first folder of their path (Q_NAME_READS, Q_NAME_WRITES) that opening them is not
 * worth a row: of at most 30 bytes, so that one cut at 31 is none. Zero behind its end: it is a key.
 */
#define Q_NAME_MAX 31
enum q_name_what { Q_NAME_FILE = 1, Q_NAME_FOLDER, Q_NAME_SUFFIX, Q_NAME_READS, Q_NAME_WRITES };
struct q_name {
	u32 what;
	char text[Q_NAME_MAX + 1];
};

/* A file on this machine; `dev` in the kernel's form. */
struct q_inode {
	u64 ino;
	u32 dev, pad;
};

/* What user space declared as noise. */
#define Q_FILTER_WRITES 1u
#define Q_FILTER_PORTS 2u
#define Q_PORTS 256

/* Connections whose owner is remembered, by default; 160 bytes each. */
#define Q_CONNECTIONS 65536

/* The program's global variables. The reader sets `safe`, `pid_namespace` and those of io_uring; the iterator that runs first fills the next two. */
struct q_shared {
	u64 open; /* connections remembered, and those pushed out that have not ended */
	u64 safe; /* below so many open ones nothing is pushed out: CPUs keep free entries to themselves */
	u32 overflowed; /* there were more, once */
	u32 self_tgid;
	u32 pid_namespace; /* its inode number: only processes in it or below it are events; 0 for all */
	u32 uring_creds, uring_multishot; /* flags of io_uring's requests, which differ by kernel */
	u32 quota;    /* events of one kind that a process may have in a tenth of a second; 0: all (thin.bpf.h) */
	u32 is_timed; /* how long events take is added up */
	u32 filters;  /* Q_FILTER_… that have entries */
	char node_name[72]; /* of the init namespace, which no container can set */
};

/* Per CPU. seen[k] = handed to the ring + Σ failures of kind k. */
struct q_counters {
	u64 seen[Q_KINDS];
	u64 ring_full, recursion, too_big, other;
	u64 shed;            /* rows beyond a process's quota, and of connections whose owner was pushed out of the map */
	u64 unsupported_abi; /* system calls of x32 programs that differ from 64-bit ones, skipped */
	u64 unreported;      /* opens below a folder, and messages and connections of a port, that are declared noise */
	u64 busy_ns;         /* from the beginning of events to their hand-over, when timed */
};
