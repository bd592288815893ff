#include "row_builder.h"

#include <cstring>

#include "text.h"

namespace quince {

const char* const kLossNames[] = {"ring_full", "no_slot", "too_big", "recursion", "decode", "shed"};

namespace {

constexpr Syscall kSyscallOfKind[Q_KINDS] = {Syscall::exec,   Syscall::fork,  Syscall::exit, Syscall::connect,
                                             Syscall::accept, Syscall::close, Syscall::send, Syscall::open,
                                             Syscall::rename, Syscall::link,  Syscall::symlink, Syscall::unlink};
constexpr size_t kSizeOfKind[Q_KINDS] = {sizeof(q_exec), sizeof(q_fork), sizeof(q_exit), sizeof(q_net),
                                         sizeof(q_net),  sizeof(q_net),  sizeof(q_net),  sizeof(q_open),
                                         sizeof(q_names), sizeof(q_names), sizeof(q_names), sizeof(q_names)};

// The kernel's FMODE_CREATED: this open made the file.
constexpr uint32_t kModeCreated = 1u << 20;

std::string flag_names(uint32_t flags, uint32_t mode) {
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

const q_head& head_of(const Event& event) { return *reinterpret_cast<const q_head*>(event.bytes); }

}  // namespace

bool is_whole(const Event& event) {
  if (event.length < sizeof(q_head)) return false;
  const q_head& head = head_of(event);
  if (head.kind >= Q_KINDS || event.length < kSizeOfKind[head.kind]) return false;
  if (head.kind == Q_EXEC) {
    const auto& e = *reinterpret_cast<const q_exec*>(event.bytes);
    return sizeof e + uint64_t{e.args_len} + e.exe_len + e.cwd_len + e.file_len <= event.length;
  }
  if (head.kind == Q_OPEN) {
    const auto& e = *reinterpret_cast<const q_open*>(event.bytes);
    return sizeof e + uint64_t{e.path_len} + e.name_len <= event.length;
  }
  if (head.kind >= Q_RENAME && head.kind <= Q_UNLINK) {
    const auto& e = *reinterpret_cast<const q_names*>(event.bytes);
    return sizeof e + uint64_t{e.folder_len} + e.name_len + e.to_folder_len + e.to_name_len <= event.length;
  }
  return true;
}

RowBuilder::RowBuilder(StringStore& strings, SlotWriter& slot, std::string host)
    : strings_(strings), slot_(slot), host_(valid_utf8(host)) {
  for (size_t i = 0; i < std::size(kSyscallNames); i++) syscalls_[i].value = kSyscallNames[i];
}

Process& RowBuilder::learn(const Event& event) {
  const q_head& head = head_of(event);
  switch (head.kind) {
    case Q_FORK:
      return processes_.on_fork(*reinterpret_cast<const q_fork*>(event.bytes));
    case Q_EXEC:
      return processes_.on_exec(*reinterpret_cast<const q_exec*>(event.bytes), event.length);
    default:
      return processes_.find(head.who, head.boot_ns);
  }
}

void RowBuilder::begin(Syscall syscall, uint64_t boot_ns) {
  slot_.set_code(Column::syscall, strings_.code(StringClass::word, syscalls_[static_cast<size_t>(syscall)]));
  slot_.set_code(Column::host, strings_.code(StringClass::word, host_));
  slot_.set_code(Column::source, strings_.code(StringClass::word, source_));
  slot_.set_u64(Column::boot_ns, boot_ns);
  slot_.set_u64(Column::ts, static_cast<uint64_t>((static_cast<int64_t>(boot_ns) + offset_ns_) / 1000));
}

void RowBuilder::write(const Event& event, Process& process) {
  const q_head& head = head_of(event);
  begin(kSyscallOfKind[head.kind], head.boot_ns);
  write_who(head.who, process);
  switch (head.kind) {
    case Q_EXIT:
      write_exit(*reinterpret_cast<const q_exit*>(event.bytes));
      break;
    case Q_OPEN:
      write_open(*reinterpret_cast<const q_open*>(event.bytes), process);
      break;
    case Q_RENAME:
    case Q_LINK:
    case Q_SYMLINK:
    case Q_UNLINK:
      write_names(*reinterpret_cast<const q_names*>(event.bytes), process);
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

void RowBuilder::write_who(const q_who& who, Process& process) {
  Image& image = *process.image;
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

void RowBuilder::write_net(const q_net& e) {
  const auto address = [&](const uint8_t* bytes) {
    return strings_.code(StringClass::address, format_address(bytes, e.flow.is_v6 != 0));
  };
  slot_.set_code(Column::saddr, address(e.flow.saddr));
  slot_.set_code(Column::daddr, address(e.flow.daddr));
  if (e.flow.sport != 0) slot_.set_u16(Column::sport, e.flow.sport);
  if (e.flow.dport != 0) slot_.set_u16(Column::dport, e.flow.dport);
  slot_.set_code(Column::proto, word(e.flow.is_udp != 0 ? "udp" : "tcp"));
  if (e.ret != Q_RET_UNKNOWN) slot_.set_i32(Column::ret, e.ret);
  if (e.fd >= 0) slot_.set_i32(Column::fd, e.fd);
  if (e.duration_ns != Q_UNKNOWN_U64) slot_.set_u64(Column::duration_us, e.duration_ns / 1000);
  if (e.bytes_out != Q_UNKNOWN_U64) slot_.set_u64(Column::bytes_out, e.bytes_out);
  if (e.bytes_in != Q_UNKNOWN_U64) slot_.set_u64(Column::bytes_in, e.bytes_in);
  if (e.count != 1) slot_.set_u64(Column::count, e.count);
}

void RowBuilder::write_open(const q_open& e, Process& process) {
  slot_.set_code(Column::path, strings_.code(StringClass::path, path_of_open(e)));
  slot_.set_code(Column::flags, word(flag_names(e.flags, e.mode).append(e.name_len != 0 ? "|UNRESOLVED" : "")));
  if (e.ret != Q_RET_UNKNOWN) slot_.set_i32(Column::ret, e.ret);
  if (e.fd >= 0) slot_.set_i32(Column::fd, e.fd);
  if (e.truncated != 0 && !process.image->cut) slot_.set_true(Column::truncated);
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
  slot_.set_code(Column::flags, word(step_ns < 0 ? "backward" : "forward"));
  slot_.next_row();
}

}  // namespace quince
