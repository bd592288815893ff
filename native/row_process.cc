// Rows of what processes do to themselves and to each other: failed execs, changes of ids, tracing.
#include <algorithm>
#include <bit>
#include <cstring>

#include "row_builder.h"
#include "text.h"

namespace quince {
namespace {

constexpr const char* kSetidNames[Q_SETID_CALLS] = {"SETUID", "SETREUID",  "SETRESUID", "SETFSUID",  "SETGID",
                                                    "SETREGID", "SETRESGID", "SETFSGID",  "SETGROUPS", "CAPSET"};

// By bit, as <linux/capability.h> numbers them.
constexpr const char* kCapabilities[] = {
    "CHOWN",          "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER",        "FSETID",         "KILL",          "SETGID",
    "SETUID",         "SETPCAP",      "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN",   "NET_RAW",
    "IPC_LOCK",       "IPC_OWNER",    "SYS_MODULE",      "SYS_RAWIO",     "SYS_CHROOT",     "SYS_PTRACE",    "SYS_PACCT",
    "SYS_ADMIN",      "SYS_BOOT",     "SYS_NICE",        "SYS_RESOURCE",  "SYS_TIME",       "SYS_TTY_CONFIG", "MKNOD",
    "LEASE",          "AUDIT_WRITE",  "AUDIT_CONTROL",   "SETFCAP",       "MAC_OVERRIDE",   "MAC_ADMIN",     "SYSLOG",
    "WAKE_ALARM",     "BLOCK_SUSPEND", "AUDIT_READ",     "PERFMON",       "BPF",            "CHECKPOINT_RESTORE"};

struct RequestName {
  uint32_t request;
  const char* name;
};
constexpr RequestName kRequests[] = {
    {0, "TRACEME"},   {4, "POKETEXT"}, {5, "POKEDATA"},       {6, "POKEUSR"},    {13, "SETREGS"},        {15, "SETFPREGS"},
    {16, "ATTACH"},   {0x4205, "SETREGSET"}, {0x4206, "SEIZE"}, {Q_VM_READ, "VM_READ"}, {Q_VM_WRITE, "VM_WRITE"}};

void append_change(std::string& text, const char* name, uint32_t before, uint32_t after) {
  if (before == Q_UNKNOWN_U32 || before == after) return;
  text.append("|").append(name).append("=").append(std::to_string(before)).append(">").append(std::to_string(after));
}

// More than half of them: those that are missing say more.
void append_capabilities(std::string& text, uint64_t held) {
  const bool most = std::popcount(held) > static_cast<int>(std::size(kCapabilities)) / 2;
  text.append(held == 0 ? "|NONE" : most ? "|ALL" : "");
  for (size_t bit = 0; bit < std::size(kCapabilities); bit++) {
    if (((held >> bit & 1) != 0) != most) text.append(most ? "|-" : "|").append(kCapabilities[bit]);
  }
}

void append_groups(std::string& text, const q_ids& ids) {
  text.append("|GROUPS=");
  const uint32_t named = std::min<uint32_t>(ids.groups, Q_GROUPS);
  for (uint32_t i = 0; i < named; i++) text.append(i > 0 ? "," : "").append(std::to_string(ids.group[i]));
  if (ids.groups > named) text.append(",+").append(std::to_string(ids.groups - named));
}

std::string setid_flags(const q_setid& e, const Ids& before) {
  if (e.call >= Q_SETID_CALLS) return "";
  std::string text = kSetidNames[e.call];
  append_change(text, "RUID", before.ruid, e.ids.ruid);
  append_change(text, "EUID", before.euid, e.ids.euid);
  append_change(text, "SUID", before.suid, e.ids.suid);
  append_change(text, "FSUID", before.fsuid, e.ids.fsuid);
  append_change(text, "RGID", before.rgid, e.ids.rgid);
  append_change(text, "EGID", before.egid, e.ids.egid);
  append_change(text, "SGID", before.sgid, e.ids.sgid);
  append_change(text, "FSGID", before.fsgid, e.ids.fsgid);
  if (e.call == Q_SETGROUPS) append_groups(text, e.ids);
  if (e.call == Q_CAPSET) append_capabilities(text, e.ids.caps);
  return text;
}

}  // namespace

Ids ids_after(const q_setid& e) {
  return {e.ids.ruid, e.ids.euid, e.ids.suid, e.ids.fsuid, e.ids.rgid, e.ids.egid, e.ids.sgid, e.ids.fsgid};
}

void RowBuilder::write_exec_failed(const q_exec_failed& e, const Image& image) {
  const std::string tried(e.data, strnlen(e.data, e.path_len));
  if (e.path_len > 0) {
    const std::string base = e.base_len > 0 ? join_components({e.data + e.path_len, e.base_len}, e.truncated != 0) : "";
    slot_.set_code(Column::path, strings_.code(StringClass::path, absolute_path(tried, base)));
  }
  slot_.set_i32(Column::ret, e.ret);
  if (e.count != 1) slot_.set_u64(Column::count, e.count);
  if (e.truncated != 0 && !image.cut) slot_.set_true(Column::truncated);
}

void RowBuilder::write_setid(const q_setid& e) {
  slot_.set_code(Column::flags, flags(setid_flags(e, ids_before_)));
  slot_.set_i32(Column::ret, e.ret);
}

void RowBuilder::write_ptrace(const q_ptrace& e, const Image& image) {
  if (e.path_len > 0) {
    std::string path = join_components({e.data, e.path_len}, e.truncated != 0);
    if (e.unlinked != 0 && path.compare(0, 7, "/memfd:") != 0) path.append(" (deleted)");
    slot_.set_code(Column::path, strings_.code(StringClass::path, path));
  }
  for (const RequestName& known : kRequests) {
    if (known.request == e.request) slot_.set_code(Column::flags, flags(known.name));
  }
  slot_.set_i32(Column::ret, e.ret);
  if (e.truncated != 0 && !image.cut) slot_.set_true(Column::truncated);
}

}  // namespace quince
