#include "uring_programs.h"

#include <bpf/btf.h>

#include <cstring>
#include <string>

namespace quince {
namespace {

/// The kernel's types, by name.
class KernelTypes {
 public:
  KernelTypes() : btf_(btf__load_vmlinux_btf()) {}
  ~KernelTypes() { btf__free(btf_); }
  KernelTypes(const KernelTypes&) = delete;
  KernelTypes& operator=(const KernelTypes&) = delete;

  /// Arguments of a tracepoint, the one that all have not counted; 0 when the kernel has no such tracepoint.
  int arguments(const char* tracepoint) const {
    const btf_type* proto = prototype(tracepoint);
    return proto == nullptr ? 0 : btf_vlen(proto) - 1;
  }

  /// Whether the tracepoint's first argument is a pointer to this struct.
  bool first_is(const char* tracepoint, const char* struct_name) const {
    const btf_type* proto = prototype(tracepoint);
    if (proto == nullptr || btf_vlen(proto) < 2) return false;
    const btf_type* type = btf__type_by_id(btf_, btf_params(proto)[1].type);
    if (!btf_is_ptr(type)) return false;
    type = btf__type_by_id(btf_, type->type);
    return btf_is_struct(type) && std::strcmp(btf__name_by_offset(btf_, type->name_off), struct_name) == 0;
  }

  /// 1 << the value of a constant of an enum without a name; 0 when there is none.
  uint32_t bit(const char* constant) const {
    const uint32_t count = btf_ == nullptr ? 0 : btf__type_cnt(btf_);
    for (uint32_t id = 1; id < count; id++) {
      const btf_type* type = btf__type_by_id(btf_, id);
      if (!btf_is_enum(type) || type->name_off != 0) continue;
      for (int i = 0; i < btf_vlen(type); i++) {
        const struct btf_enum& entry = btf_enum(type)[i];
        if (std::strcmp(btf__name_by_offset(btf_, entry.name_off), constant) == 0) return 1u << entry.val;
      }
    }
    return 0;
  }

 private:
  const btf_type* prototype(const char* tracepoint) const {
    if (btf_ == nullptr) return nullptr;
    const int id = btf__find_by_name_kind(btf_, (std::string("btf_trace_") + tracepoint).c_str(), BTF_KIND_TYPEDEF);
    if (id < 0) return nullptr;
    const btf_type* pointer = btf__type_by_id(btf_, btf__type_by_id(btf_, static_cast<uint32_t>(id))->type);
    return btf__type_by_id(btf_, pointer->type);
  }

  btf* btf_;
};

}  // namespace

void choose_uring_programs(bpf_object* object, q_shared& shared) {
  const KernelTypes types;
  // Linux 6.3 gave the first its name; 6.10 the second its result as one struct.
  const bool submit = types.first_is("io_uring_submit_req", "io_kiocb");
  const bool submit_6_0 = types.first_is("io_uring_submit_sqe", "io_kiocb");
  const int complete_arguments = types.arguments("io_uring_complete");
  const bool complete = complete_arguments == 3;
  const bool complete_6_0 = complete_arguments == 7;
  const bool both = (submit || submit_6_0) && (complete || complete_6_0);
  const struct {
    const char* program;
    bool fits;
  } programs[] = {{"uring_submit", submit},
                  {"uring_submit_6_0", submit_6_0},
                  {"uring_complete", complete},
                  {"uring_complete_6_0", complete_6_0},
                  {"uring_overflow", types.arguments("io_uring_cqe_overflow") == 5},
                  {"uring_fail_link", types.arguments("io_uring_fail_link") == 2}};
  for (const auto& [program, fits] : programs) {
    bpf_program__set_autoload(bpf_object__find_program_by_name(object, program), both && fits);
  }
  shared.uring_creds = types.bit("REQ_F_CREDS_BIT");
  shared.uring_multishot = types.bit("REQ_F_APOLL_MULTISHOT_BIT");
}

}  // namespace quince
