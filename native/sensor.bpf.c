// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The sensor's kernel side: BTF tracepoints only, so that CAP_BPF and CAP_PERFMON suffice and a lockdown kernel allows
 * it. Each file below is one subject; events.h is the contract with the reader.
 */
#include "process.bpf.h"
#include "running.bpf.h"
#include "syscall_table.bpf.h"
#include "uring_overflow.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
