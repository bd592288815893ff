// Makes records that no kernel should write, and some that it may: seeded, by kind and form.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "../events.h"

namespace quince {

/// What its rows are called, an event's struct, and where in it the lengths of what follows are.
struct Shape {
  q_kind kind;
  const char* syscall;
  size_t size;
  std::vector<size_t> lengths;
};
inline const std::vector<size_t> kNames = {offsetof(q_file, dir_len), offsetof(q_file, dir_len) + 4, offsetof(q_file, name_len),
                                           offsetof(q_file, name_len) + 4};
inline const Shape kShapes[] = {
    {Q_EXEC, "exec", sizeof(q_exec),
     {offsetof(q_exec, args_len), offsetof(q_exec, exe_len), offsetof(q_exec, cwd_len), offsetof(q_exec, file_len)}},
    {Q_FORK, "fork", sizeof(q_fork), {}},
    {Q_EXIT, "exit", sizeof(q_exit), {}},
    {Q_CONNECT, "connect", sizeof(q_net), {}},
    {Q_ACCEPT, "accept", sizeof(q_net), {}},
    {Q_CLOSE, "close", sizeof(q_net), {}},
    {Q_SEND, "send", sizeof(q_net), {}},
    {Q_OPEN, "open", sizeof(q_open), {offsetof(q_open, path_len)}},
    {Q_DNS, "dns", sizeof(q_dns), {offsetof(q_dns, data_len)}},
    {Q_DNS_ANSWER, "dns", sizeof(q_dns), {offsetof(q_dns, data_len)}},
    {Q_OPEN_FAILED, "open", sizeof(q_file), kNames},
    {Q_RENAME, "rename", sizeof(q_file), kNames},
    {Q_LINK, "link", sizeof(q_file), kNames},
    {Q_SYMLINK, "symlink", sizeof(q_file), kNames},
    {Q_UNLINK, "unlink", sizeof(q_file), kNames},
    {Q_TRUNCATE, "truncate", sizeof(q_file), kNames},
    {Q_CHMOD, "chmod", sizeof(q_file), kNames},
    {Q_CHOWN, "chown", sizeof(q_file), kNames},
    {Q_MEMFD, "memfd", sizeof(q_file), kNames},
    {Q_MOUNT, "mount", sizeof(q_file), kNames},
    {Q_RECV, "recv", sizeof(q_net), {}},
    {Q_BIND, "bind", sizeof(q_net), {}},
    {Q_LISTEN, "listen", sizeof(q_net), {}},
    {Q_SOCKET, "socket", sizeof(q_socket), {}},
    {Q_UNIX_CONNECT, "connect", sizeof(q_unix), {offsetof(q_unix, path_len)}},
    {Q_UNIX_ACCEPT, "accept", sizeof(q_unix), {offsetof(q_unix, path_len)}},
    {Q_UNIX_BIND, "bind", sizeof(q_unix), {offsetof(q_unix, path_len)}},
    {Q_UNIX_LISTEN, "listen", sizeof(q_unix), {offsetof(q_unix, path_len)}},
    {Q_EXEC_FAILED, "exec_failed", sizeof(q_exec_failed), {offsetof(q_exec_failed, path_len), offsetof(q_exec_failed, base_len)}},
    {Q_SETID, "setid", sizeof(q_setid), {}},
    {Q_PTRACE, "ptrace", sizeof(q_ptrace), {offsetof(q_ptrace, path_len)}},
};
static_assert(std::size(kShapes) == Q_KINDS, "a new kind of event needs its line here");

/// How a record was made.
enum class Form { kWhole, kPadded, kFlipped, kNoise, kRandomStruct, kTruncated, kLongLength, kWrappingLengths, kForeignKind, kCount };
inline const char* const kFormNames[] = {"whole",     "padded",      "flipped",          "noise",       "random struct",
                                         "truncated", "long length", "wrapping lengths", "foreign kind"};

enum class Expect { kRow, kCounted, kEither };

struct Record {
  Form form;
  Expect expect;
  std::vector<uint8_t> bytes;
};

class RecordMaker {
 public:
  explicit RecordMaker(uint64_t seed) : random_(seed) {}

  Record make() {
    const Form form = static_cast<Form>(below(static_cast<uint32_t>(Form::kCount)));
    const Shape& shape = kShapes[below(Q_KINDS)];
    switch (form) {
      case Form::kWhole:
        return {form, Expect::kRow, whole(shape)};
      case Form::kPadded: {
        std::vector<uint8_t> bytes = whole(shape);
        bytes.resize(bytes.size() + 1 + below(7), 0xee);
        return {form, Expect::kRow, std::move(bytes)};
      }
      case Form::kFlipped: {
        std::vector<uint8_t> bytes = whole(shape);
        for (uint32_t n = 1 + below(8); n > 0; n--) bytes[below(bytes.size())] ^= static_cast<uint8_t>(1u << below(8));
        return {form, Expect::kEither, std::move(bytes)};
      }
      case Form::kNoise:
        return {form, Expect::kEither, noise(below(600))};
      case Form::kRandomStruct: {
        std::vector<uint8_t> bytes = noise(shape.size + below(64));
        q_head h;
        std::memcpy(&h, bytes.data(), sizeof h);
        h.kind = shape.kind;
        accounts(h.who);
        std::memcpy(bytes.data(), &h, sizeof h);
        return {form, shape.lengths.size() == 0 ? Expect::kRow : Expect::kEither, std::move(bytes)};
      }
      case Form::kTruncated: {
        std::vector<uint8_t> bytes = whole(shape);
        bytes.resize(below(bytes.size()));
        return {form, Expect::kCounted, std::move(bytes)};
      }
      case Form::kLongLength:
        return long_length(shape);
      case Form::kWrappingLengths:
        return wrapping_lengths(shape);
      default: {
        std::vector<uint8_t> bytes = whole(shape);
        const uint32_t kinds[] = {Q_KINDS, Q_KINDS + 1, 0x7fffffff, 0x80000000, 0xffffffff, Q_KINDS + below(1u << 31)};
        put(bytes, offsetof(q_head, kind), kinds[below(std::size(kinds))]);
        return {Form::kForeignKind, Expect::kCounted, std::move(bytes)};
      }
    }
  }

  /// A record in all lengths true, with hostile content.
  std::vector<uint8_t> whole(const Shape& shape) {
    std::vector<uint8_t> bytes = noise(shape.size);
    head(bytes, shape.kind);
    for (const size_t at : shape.lengths) {
      const std::string text = content();
      put(bytes, at, static_cast<uint32_t>(text.size()));
      bytes.insert(bytes.end(), text.begin(), text.end());
    }
    return bytes;
  }

  /// A number from 0 up to `bound`, without it; 0 when that is 0.
  uint32_t below(size_t bound) { return bound == 0 ? 0 : static_cast<uint32_t>(random_() % bound); }

 private:
  template <typename T>
  static void put(std::vector<uint8_t>& bytes, size_t at, T value) {
    const auto number = static_cast<uint32_t>(value);
    std::memcpy(bytes.data() + at, &number, sizeof number);
  }
  static uint32_t get(const std::vector<uint8_t>& bytes, size_t at) {
    uint32_t number;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
  }

  std::vector<uint8_t> noise(size_t n) {
    std::vector<uint8_t> bytes(n);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random_());
    return bytes;
  }

  /// Processes that meet again: few ids above the kernel's largest, few starts, few accounts.
  void head(std::vector<uint8_t>& bytes, uint32_t kind) {
    q_head h;
    std::memcpy(&h, bytes.data(), sizeof h);
    h.kind = kind;
    h.who.tgid = (1u << 23) + below(500);
    h.who.ppid = (1u << 23) + below(500);
    h.who.start_ns = uint64_t{10'000'000} * below(2);
    h.who.parent_start_ns = uint64_t{10'000'000} * below(2);
    if (below(4) != 0) h.boot_ns = 1'000'000'000 + random_() % 1'000'000'000'000;
    accounts(h.who);
    if (below(4) == 0) h.who.login_uid = h.who.session = Q_UNKNOWN_U32;
    if (kind == Q_FORK) {
      const uint32_t creator = (1u << 23) + below(500);
      std::memcpy(bytes.data() + offsetof(q_fork, creator_tgid), &creator, sizeof creator);
      std::memcpy(bytes.data() + offsetof(q_fork, creator_start_ns), &h.who.parent_start_ns, sizeof(uint64_t));
    }
    std::memcpy(bytes.data(), &h, sizeof h);
  }

  /// Mostly few ones: the name service takes its time over each it does not know.
  void accounts(q_who& who) {
    if (below(50) != 0) who.euid = below(50), who.egid = below(50);
  }

  /// Arguments, a file name or components of a path, as the worst of them are. Seldom as long as they may be, or longer.
  std::string content() {
    static const std::string pieces[] = {
        {"\0", 1}, "/", "a", "'", ">", "…", "\x1b[2J\r\n", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
        "\xf0\x9f\x92", "..", " (deleted)", "\x7f", "\xc2\x9b", "-"};
    const uint32_t much = below(500);
    const size_t most = much == 0 ? 20'000 : much < 8 ? Q_PATH_MAX : much < 120 ? 300 : 40;
    std::string text;
    switch (below(6)) {
      case 0:
        return "";
      case 1:  // bytes, NULs among them
        for (size_t n = below(most); n > 0; n--) text.push_back(static_cast<char>(random_()));
        return text;
      case 2:  // no NUL at all
        for (size_t n = below(most); n > 0; n--) text.push_back(static_cast<char>(1 + below(255)));
        return text;
      case 3:  // one byte again and again: NULs, quotes, never UTF-8
        return std::string(below(most), std::string("\0'\xff\x80/", 5)[below(5)]);
      case 4: {  // as it should be
        for (uint32_t n = 1 + below(4); n > 0; n--) text.append("dir" + std::to_string(below(100'000))).push_back('\0');
        return text;
      }
      default:
        while (text.size() < most / 2) text.append(pieces[below(std::size(pieces))]);
        return text;
    }
  }

  /// One length says more than there is.
  Record long_length(const Shape& shape) {
    std::vector<uint8_t> bytes = whole(shape);
    if (shape.lengths.size() == 0) return {Form::kWhole, Expect::kRow, std::move(bytes)};
    const size_t at = shape.lengths.begin()[below(shape.lengths.size())];
    const uint32_t is = get(bytes, at);
    const uint32_t lies[] = {is + 1, is + 8, is + 4096, 0x7fffffff, 0x80000000, 0xffffffff, 0 - is - 1, 0xffffffff - below(4096)};
    put(bytes, at, lies[below(std::size(lies))]);
    return {Form::kLongLength, Expect::kCounted, std::move(bytes)};
  }

  /// The lengths sum to what there is, but for 2^32 (with one length alone: the struct's size added).
  Record wrapping_lengths(const Shape& shape) {
    std::vector<uint8_t> bytes = whole(shape);
    if (shape.lengths.size() == 0) return {Form::kWhole, Expect::kRow, std::move(bytes)};
    if (shape.lengths.size() == 1) {
      put(bytes, shape.lengths.begin()[0], 0 - static_cast<uint32_t>(shape.size) + below(8));
      return {Form::kWrappingLengths, Expect::kCounted, std::move(bytes)};
    }
    const size_t first = below(shape.lengths.size());
    const size_t second = (first + 1 + below(shape.lengths.size() - 1)) % shape.lengths.size();
    const size_t a = shape.lengths.begin()[first], b = shape.lengths.begin()[second];
    const uint32_t step = 1 + get(bytes, b) + below(1u << 31);
    put(bytes, a, get(bytes, a) + step);
    put(bytes, b, get(bytes, b) - step);
    return {Form::kWrappingLengths, Expect::kCounted, std::move(bytes)};
  }

  std::mt19937_64 random_;
};

}  // namespace quince
