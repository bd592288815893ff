// Which BPF programs for io_uring fit the kernel: its tracepoints changed their names and arguments.
#pragma once
#include <bpf/libbpf.h>

#include "shared.h"

namespace quince {

/// To be called between opening and loading: leaves out the programs that this kernel would refuse, all of them before Linux
/// 6.0 or without io_uring, and sets the flags in `shared` that differ by kernel.
void choose_uring_programs(bpf_object* object, q_shared& shared);

}  // namespace quince
