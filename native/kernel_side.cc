#include "kernel_side.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/perf_event.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "uring_programs.h"

extern "C" const char quince_bpf_object[];
extern "C" const char quince_bpf_object_end[];

namespace quince {
namespace {

// The last warnings of libbpf, which name the program or map that the kernel refused.
thread_local std::string last_warnings;

int keep_warnings(libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN || last_warnings.size() > 600) return 0;
  char text[400];
  const int n = std::vsnprintf(text, sizeof text, format, args);
  // A verifier log is long and of no use to the person at the terminal.
  if (n > 0 && std::strstr(text, "BEGIN PROG LOAD LOG") == nullptr) {
    last_warnings.append("; ").append(text, std::strcspn(text, "\n"));
  }
  return 0;
}

// The rings count against this limit. Where it cannot be raised and is too small, making them says so itself.
void raise_memlock() {
  const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0) return;
  rlimit own;
  if (getrlimit(RLIMIT_MEMLOCK, &own) != 0) return;
  own.rlim_cur = own.rlim_max;
  setrlimit(RLIMIT_MEMLOCK, &own);
}

// Iterators are run, and the programs of single system calls are reached by tail call.
bool is_attached(const bpf_program* program) {
  const std::string_view section = bpf_program__section_name(program);
  return !section.starts_with("iter") &&
         (section != "tp_btf/sys_exit" || std::strcmp(bpf_program__name(program), "on_sys_exit") == 0) &&
         bpf_program__autoload(program);
}

}  // namespace

KernelSide::~KernelSide() {
  detach();
  if (mapped_ != nullptr) munmap(mapped_, sizeof *mapped_);
  if (buffer_ != nullptr) perf_buffer__free(buffer_);
  if (object_ != nullptr) bpf_object__close(object_);
}

std::string KernelSide::load(uint32_t connections, uint32_t pid_namespace) {
  libbpf_set_print(keep_warnings);
  last_warnings.clear();
  error_ = 0;
  raise_memlock();
  bpf_object_open_opts options = {};
  options.sz = sizeof options;
  options.object_name = "quince";
  // Named, so that libbpf does not look for structs that this kernel lacks (uring_types.h) in its modules: that takes CAP_SYS_ADMIN.
  options.btf_custom_path = "/sys/kernel/btf/vmlinux";
  object_ = bpf_object__open_mem(quince_bpf_object, quince_bpf_object_end - quince_bpf_object, &options);
  if (object_ == nullptr) return failed("BPF object cannot be opened", errno);
  leave_out_missing();
  const std::string error = size_maps(connections, pid_namespace);
  if (!error.empty()) return error;
  const int err = bpf_object__load(object_);
  if (err != 0) return failed("the kernel refused the BPF object", err) + last_warnings;
  counters_fd_ = bpf_object__find_map_fd_by_name(object_, "counters");
  return "";
}

const bpf_map* KernelSide::map(const std::string& name) const {
  return bpf_object__find_map_by_name(object_, name.c_str());
}

// Tracepoints that older kernels lack: the sensor sees less there (native/README.md).
// What this kernel is too old for.
void KernelSide::leave_out_missing() {
  const auto leave_out = [this](const char* program) {
    bpf_program__set_autoload(bpf_object__find_program_by_name(object_, program), false);
  };
  if (libbpf_find_vmlinux_btf_id("sock_send_length", BPF_TRACE_RAW_TP) <= 0) {
    leave_out("on_send_length");
    leave_out("on_recv_length");
  }
  reads_args_ = libbpf_find_vmlinux_btf_id("bpf_copy_from_user_task", BPF_TRACE_FENTRY) > 0;
  if (!reads_args_) leave_out("running_with_args");
  last_warnings.clear();
}

std::string KernelSide::size_maps(uint32_t connections, uint32_t pid_namespace) {
  const int err = bpf_map__set_max_entries(bpf_object__find_map_by_name(object_, "conns"), connections);
  if (err != 0) return failed("map of connections cannot be sized", err);
  bpf_map* map = globals();
  if (map == nullptr) return "the BPF object requires one global variable of q_shared, got another";
  q_shared shared = {};
  // Each CPU keeps up to 256 free entries of an LRU map to itself, so the others run out before the map is full.
  const uint64_t kept = uint64_t{256} * static_cast<uint64_t>(libbpf_num_possible_cpus());
  shared.safe = kept < connections / 2 ? connections - kept : connections / 2;
  shared.pid_namespace = pid_namespace;
  choose_uring_programs(object_, shared);
  const int set = bpf_map__set_initial_value(map, &shared, sizeof shared);
  return set == 0 ? "" : failed("global variable cannot be set", set);
}

Failure KernelSide::failure() const { return {step_, error_}; }

std::string KernelSide::failed(const char* what, int err) {
  error_ = err < 0 ? -err : err;
  return std::string(what) + ": " + std::strerror(error_);
}

std::string KernelSide::attach(uint32_t pages) {
  std::string error = open_rings(pages);
  // Seeded before attaching, so that the program knows whom not to report; and after, for connections made meanwhile.
  if (error.empty()) error = seed();
  if (!error.empty()) return error;
  step_ = "attach";
  bpf_program* program;
  bpf_object__for_each_program(program, object_) {
    if (!is_attached(program)) continue;
    bpf_link* link = bpf_program__attach(program);
    if (link == nullptr) return failed(bpf_program__section_name(program), errno) + last_warnings;
    links_.push_back(link);
  }
  return seed();
}

std::string KernelSide::open_rings(uint32_t pages) {
  step_ = "rings";
  perf_event_attr attr = {};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_BPF_OUTPUT;
  attr.sample_type = PERF_SAMPLE_RAW;
  attr.sample_period = 1;
  // A wake-up for each event would cost the watched program ten times the event itself.
  attr.watermark = 1;
  attr.wakeup_watermark = pages * static_cast<uint32_t>(getpagesize()) / 4;
  const auto ignore = [](void*, int, perf_event_header*) { return LIBBPF_PERF_EVENT_CONT; };
  buffer_ = perf_buffer__new_raw(bpf_object__find_map_fd_by_name(object_, "events"), pages, &attr, ignore, nullptr, nullptr);
  if (buffer_ == nullptr) return failed("ring buffers cannot be allocated", errno);
  for (size_t i = 0; i < perf_buffer__buffer_cnt(buffer_); i++) {
    void* base;
    size_t bytes;
    const int err = perf_buffer__buffer(buffer_, static_cast<int>(i), &base, &bytes);
    if (err != 0) return failed("ring buffer cannot be mapped", err);
    auto* control = static_cast<perf_event_mmap_page*>(base);
    rings_.push_back({control, static_cast<const uint8_t*>(base) + getpagesize(), uint64_t{pages} * getpagesize(),
                      static_cast<uint16_t>(i)});
  }
  return "";
}

// Runs an iterator to its end and appends what it writes. Returns −errno or 0.
int KernelSide::run(const char* program, const bpf_iter_attach_opts* options, std::string& output) const {
  bpf_link* link = bpf_program__attach_iter(bpf_object__find_program_by_name(object_, program), options);
  if (link == nullptr) return -errno;
  const int fd = bpf_iter_create(bpf_link__fd(link));
  bpf_link__destroy(link);
  if (fd < 0) return fd;
  std::vector<char> buffer(1 << 16);
  ssize_t n;
  while ((n = read(fd, buffer.data(), buffer.size())) > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) {
    if (n > 0) output.append(buffer.data(), static_cast<size_t>(n));
  }
  close(fd);
  return 0;
}

std::optional<std::string> KernelSide::read_running(uint32_t pid, bool with_args) const {
  std::string records;
  bpf_iter_link_info info = {};
  info.task.pid = pid;
  bpf_iter_attach_opts options = {};
  options.sz = sizeof options;
  options.link_info = &info;
  options.link_info_len = sizeof info;
  const char* program = with_args && reads_args_ ? "running_with_args" : "running_processes";
  if (run(program, pid == 0 ? nullptr : &options, records) != 0 && pid != 0) return std::nullopt;
  return records;
}

std::string KernelSide::seed() {
  std::string nothing;
  const int err = run("seed_owners", nullptr, nothing);
  if (err != 0) return failed("iter/task_file", err) + last_warnings;
  q_shared shared;
  const uint32_t zero = 0;
  if (bpf_map_lookup_elem(bpf_map__fd(globals()), &zero, &shared) != 0) return failed("global variable cannot be read", errno);
  node_name_.assign(shared.node_name, strnlen(shared.node_name, sizeof shared.node_name));
  return "";
}

void KernelSide::detach() {
  for (bpf_link* link : links_) bpf_link__destroy(link);
  links_.clear();
}

void KernelSide::wait(int timeout_ms) const {
  epoll_event ready[16];
  epoll_wait(perf_buffer__epoll_fd(buffer_), ready, 16, timeout_ms);
}

std::vector<q_counters> KernelSide::counters() const {
  static_assert(sizeof(q_counters) % 8 == 0);
  std::vector<q_counters> by_cpu(static_cast<size_t>(libbpf_num_possible_cpus()));
  const uint32_t zero = 0;
  if (bpf_map_lookup_elem(counters_fd_, &zero, by_cpu.data()) != 0) by_cpu.clear();
  return by_cpu;
}

uint64_t KernelSide::recursion_misses() const {
  uint64_t misses = 0;
  bpf_program* program;
  bpf_object__for_each_program(program, object_) {
    // Each does what the other was refused.
    if (std::string_view(bpf_program__name(program)).starts_with("on_state")) continue;
    bpf_prog_info info = {};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) misses += info.recursion_misses;
  }
  return misses;
}

}  // namespace quince
