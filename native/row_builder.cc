#include "row_builder.h"

#include <cstring>

#include "text.h"

namespace quince {

const char* const kLossNames[] = {"ring_full", "no_slot", "too_big", "recursion", "decode", "shed"};

namespace {

struct Kind {
  Syscall syscall;
  size_t size;
};
constexpr Kind kKinds[] = {
    {Syscall::exec, sizeof(q_exec)},     {Syscall::fork, sizeof(q_fork)},     {Syscall::exit, sizeof(q_exit)},
    {Syscall::connect, sizeof(q_net)},   {Syscall::accept, sizeof(q_net)},    {Syscall::close, sizeof(q_net)},
    {Syscall::send, sizeof(q_net)},      {Syscall::open, sizeof(q_open)},     {Syscall::dns, sizeof(q_dns)},
    {Syscall::dns, sizeof(q_dns)},       {Syscall::open, sizeof(q_file)},     {Syscall::rename, sizeof(q_file)},
    {Syscall::link, sizeof(q_file)},     {Syscall::symlink, sizeof(q_file)},  {Syscall::unlink, sizeof(q_file)},
    {Syscall::truncate, sizeof(q_file)}, {Syscall::chmod, sizeof(q_file)},    {Syscall::chown, sizeof(q_file)},
    {Syscall::memfd, sizeof(q_file)},    {Syscall::mount, sizeof(q_file)},     {Syscall::recv, sizeof(q_net)},
    {Syscall::bind, sizeof(q_net)},      {Syscall::listen, sizeof(q_net)},     {Syscall::socket, sizeof(q_socket)},
    {Syscall::connect, sizeof(q_unix)},  {Syscall::accept, sizeof(q_unix)},    {Syscall::bind, sizeof(q_unix)},
    {Syscall::listen, sizeof(q_unix)},    {Syscall::exec_failed, sizeof(q_exec_failed)}, {Syscall::setid, sizeof(q_setid)},
    {Syscall::ptrace, sizeof(q_ptrace)},
};
static_assert(std::size(kKinds) == Q_KINDS);

// The kernel's FMODE_CREATED: this open made the file.
constexpr uint32_t kModeCreated = 1u << 20;

}  // namespace

std::string open_flags(uint32_t flags, uint32_t mode) {
  static constexpr struct {
    uint32_t bit;
    const char* name;
  } names[] = {{0100, "CREAT"}, {0200, "EXCL"}, {01000, "TRUNC"}, {02000, "APPEND"}, {020000000, "TMPFILE"}};
  static const char* const access[] = {"RDONLY", "WRONLY", "RDWR", "NOACCESS"};
  std::string text = access[flags & 3];
  for (const auto& [bit, name] : names) {
    if ((flags & bit) != 0) text.append("|").append(name);
  }
  if ((mode & kModeCreated) != 0) text.append("|CREATED");
  return text;
}

namespace {

const q_head& head_of(const Event& event) { return *reinterpret_cast<const q_head*>(event.bytes); }

}  // namespace

bool is_whole(const Event& event) {
  if (event.length < sizeof(q_head)) return false;
  const q_head& head = head_of(event);
  if (head.kind >= Q_KINDS || event.length < kKinds[head.kind].size) return false;
  if (head.kind == Q_EXEC) {
    const auto& e = *reinterpret_cast<const q_exec*>(event.bytes);
    return sizeof e + uint64_t{e.args_len} + e.exe_len + e.cwd_len + e.file_len <= event.length;
  }
  if (head.kind == Q_OPEN) {
    const auto& e = *reinterpret_cast<const q_open*>(event.bytes);
    return sizeof e + uint64_t{e.path_len} <= event.length;
  }
  if (head.kind == Q_DNS || head.kind == Q_DNS_ANSWER) {
    const auto& e = *reinterpret_cast<const q_dns*>(event.bytes);
    return sizeof e + uint64_t{e.data_len} <= event.length;
  }
  if (head.kind >= Q_OPEN_FAILED && head.kind <= Q_MOUNT) {
    const auto& e = *reinterpret_cast<const q_file*>(event.bytes);
    return sizeof e + uint64_t{e.dir_len[0]} + e.name_len[0] + e.dir_len[1] + e.name_len[1] <= event.length;
  }
  if (head.kind == Q_EXEC_FAILED) {
    const auto& e = *reinterpret_cast<const q_exec_failed*>(event.bytes);
    return sizeof e + uint64_t{e.path_len} + e.base_len <= event.length;
  }
  if (head.kind == Q_PTRACE) {
    const auto& e = *reinterpret_cast<const q_ptrace*>(event.bytes);
    return sizeof e + uint64_t{e.path_len} <= event.length;
  }
  if (head.kind >= Q_UNIX_CONNECT && head.kind <= Q_UNIX_LISTEN) {
    const auto& e = *reinterpret_cast<const q_unix*>(event.bytes);
    return sizeof e + uint64_t{e.path_len} <= event.length;
  }
  return true;
}

RowBuilder::RowBuilder(StringStore& strings, SlotWriter& slot, std::string host, ProcessTable::Running running)
    : strings_(strings), slot_(slot), processes_(std::move(running)), host_(valid_utf8(host)) {
  for (size_t i = 0; i < std::size(kSyscallNames); i++) syscalls_[i].value = kSyscallNames[i];
}

Process& RowBuilder::learn(const Event& event) {
  const q_head& head = head_of(event);
  const auto learned = [&]() -> Process& {
    switch (head.kind) {
      case Q_FORK:
        return processes_.on_fork(*reinterpret_cast<const q_fork*>(event.bytes));
      case Q_EXEC:
        return processes_.on_exec(*reinterpret_cast<const q_exec*>(event.bytes), event.length);
      default:
        return processes_.find(head.who, head.boot_ns);
    }
  };
  Process& process = learned();
  // Events of sockets may carry the ids of the time of their connect.
  const bool current = head.kind == Q_FORK || head.kind == Q_EXEC || process.ids.euid == Q_UNKNOWN_U32;
  if (head.kind == Q_SETID) {
    ids_before_ = process.ids;
    process.ids = ids_after(*reinterpret_cast<const q_setid*>(event.bytes));
  } else if (current) {
    process.ids = {};
    process.ids.ruid = head.who.ruid;
    process.ids.euid = head.who.euid;
    process.ids.egid = head.who.egid;
  }
  return process;
}

void RowBuilder::begin(Syscall syscall, uint64_t boot_ns) {
  slot_.set_code(Column::syscall, strings_.code(StringClass::word, syscalls_[static_cast<size_t>(syscall)]));
  slot_.set_code(Column::host, strings_.code(StringClass::word, host_));
  slot_.set_code(Column::source, strings_.code(StringClass::word, source_));
  slot_.set_u64(Column::boot_ns, boot_ns);
  slot_.set_u64(Column::ts, static_cast<uint64_t>(static_cast<int64_t>(boot_ns + static_cast<uint64_t>(offset_ns_)) / 1000));
}

void RowBuilder::write(const Event& event, Process& process) {
  const q_head& head = head_of(event);
  begin(kKinds[head.kind].syscall, head.boot_ns);
  // Of counts, the number is that of their first event.
  Image& image = *processes_.image_of(process, head.who.exec_id);
  write_who(head.who, process, image);
  switch (head.kind) {
    case Q_EXIT:
      write_exit(*reinterpret_cast<const q_exit*>(event.bytes));
      break;
    case Q_OPEN:
      write_open(*reinterpret_cast<const q_open*>(event.bytes), image);
      break;
    case Q_DNS:
    case Q_DNS_ANSWER:
      write_dns(*reinterpret_cast<const q_dns*>(event.bytes));
      break;
    case Q_OPEN_FAILED:
    case Q_RENAME:
    case Q_LINK:
    case Q_SYMLINK:
    case Q_UNLINK:
    case Q_TRUNCATE:
    case Q_CHMOD:
    case Q_CHOWN:
    case Q_MEMFD:
    case Q_MOUNT:
      write_file(*reinterpret_cast<const q_file*>(event.bytes), image);
      break;
    case Q_SOCKET:
      write_socket(*reinterpret_cast<const q_socket*>(event.bytes));
      break;
    case Q_UNIX_CONNECT:
    case Q_UNIX_ACCEPT:
    case Q_UNIX_BIND:
    case Q_UNIX_LISTEN:
      write_unix(*reinterpret_cast<const q_unix*>(event.bytes), image);
      break;
    case Q_EXEC_FAILED:
      write_exec_failed(*reinterpret_cast<const q_exec_failed*>(event.bytes), image);
      break;
    case Q_SETID:
      write_setid(*reinterpret_cast<const q_setid*>(event.bytes));
      break;
    case Q_PTRACE:
      write_ptrace(*reinterpret_cast<const q_ptrace*>(event.bytes), image);
      break;
    case Q_EXEC:
    case Q_FORK:
      slot_.set_i32(Column::ret, 0);
      break;
    default:
      write_net(*reinterpret_cast<const q_net*>(event.bytes));
  }
  slot_.next_row();
}

void RowBuilder::write_who(const q_who& who, const Process& process, Image& image) {
  if (image.exe.value.empty()) rows_without_exe_++;
  slot_.set_u32(Column::pid, who.tgid);
  slot_.set_u32(Column::ppid, process.ppid);
  slot_.set_u64(Column::proc, process.proc);
  if (process.parent_proc != 0) slot_.set_u64(Column::parent_proc, process.parent_proc);
  if (process.ns_ppid != Q_UNKNOWN_U32) slot_.set_u32(Column::ns_ppid, process.ns_ppid);
  slot_.set_code(Column::comm, word(valid_utf8({who.comm, strnlen(who.comm, sizeof who.comm)})));
  slot_.set_code(Column::exe, strings_.code(StringClass::path, image.exe));
  slot_.set_code(Column::args, strings_.code(StringClass::args, image.args));
  slot_.set_code(Column::script, strings_.code(StringClass::path, image.script));
  slot_.set_code(Column::exe_flags, strings_.code(StringClass::word, image.exe_flags));
  slot_.set_code(Column::stdio, strings_.code(StringClass::word, image.stdio));
  slot_.set_code(Column::tty, strings_.code(StringClass::word, image.tty));
  slot_.set_code(Column::cwd, strings_.code(StringClass::path, image.cwd));
  if (process.parent_image) {
    slot_.set_code(Column::parent_exe, strings_.code(StringClass::path, process.parent_image->exe));
    slot_.set_code(Column::parent_args, strings_.code(StringClass::args, process.parent_image->args));
  }
  if (process.ancestors) slot_.set_code(Column::ancestors, strings_.code(StringClass::lineage, *process.ancestors));
  slot_.set_code(Column::user, strings_.code(StringClass::word, names_.user(who.euid)));
  slot_.set_code(Column::group, strings_.code(StringClass::word, names_.group(who.egid)));
  slot_.set_u32(Column::uid, who.euid);
  slot_.set_u32(Column::gid, who.egid);
  slot_.set_u32(Column::ruid, who.ruid);
  if (who.login_uid != Q_UNKNOWN_U32) slot_.set_u32(Column::login_uid, who.login_uid);
  if (who.session != Q_UNKNOWN_U32) slot_.set_u32(Column::session, who.session);
  if (image.cut) {
    slot_.set_true(Column::truncated);
  } else {
    slot_.set_false(Column::truncated);
  }
}

void RowBuilder::write_open(const q_open& e, const Image& image) {
  std::string path = join_components({e.data, e.path_len}, e.truncated != 0);
  if (e.unlinked != 0 && path.compare(0, 7, "/memfd:") != 0) path.append(" (deleted)");
  slot_.set_code(Column::path, strings_.code(StringClass::path, path));
  slot_.set_code(Column::flags, flags(open_flags(e.flags, e.mode)));
  slot_.set_i32(Column::ret, 0);
  if (e.fd >= 0) slot_.set_i32(Column::fd, e.fd);
  if (e.truncated != 0 && !image.cut) slot_.set_true(Column::truncated);
}

void RowBuilder::write_exit(const q_exit& e) {
  // wait()'s form: the low 7 bits are the signal that ended it, bits 8 to 15 its status.
  const int signal = e.code & 0x7f;
  slot_.set_i32(Column::ret, signal != 0 ? -signal : (e.code >> 8) & 0xff);
  slot_.set_u64(Column::duration_us, (e.head.boot_ns - e.head.who.start_ns) / 1000);
}

void RowBuilder::write_lost(const LostRow& lost) {
  begin(Syscall::lost, lost.to_ns);
  slot_.set_u64(Column::duration_us, (lost.to_ns - lost.from_ns) / 1000);
  slot_.set_u64(Column::count, lost.count);
  slot_.set_code(Column::reason, word(kLossNames[static_cast<int>(lost.reason)]));
  if (lost.cpu >= 0) slot_.set_u16(Column::cpu, static_cast<uint16_t>(lost.cpu));
  slot_.next_row();
}

void RowBuilder::write_clock_step(uint64_t boot_ns, int64_t step_ns) {
  begin(Syscall::clock, boot_ns);
  slot_.set_u64(Column::duration_us, static_cast<uint64_t>(step_ns < 0 ? -step_ns : step_ns) / 1000);
  slot_.set_code(Column::flags, flags(step_ns < 0 ? "backward" : "forward"));
  slot_.next_row();
}

}  // namespace quince
