// Memory that tells when it was left, and what must hold for every row in a slot and every entry of a string table.
#pragma once
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "../event_columns.h"
#include "check.h"

namespace quince {

/// So many bytes of zeros, with room on both sides that cannot be touched: behind the last byte at once, before the first
/// one within the page, where marks stand.
class Fenced {
 public:
  explicit Fenced(size_t bytes) {
    const size_t pages = (bytes + kPage - 1) / kPage * kPage;
    mapped_ = 2 * kFence + pages;
    base_ = static_cast<uint8_t*>(mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    CHECK(base_ != MAP_FAILED && mprotect(base_ + kFence, pages, PROT_READ | PROT_WRITE) == 0);
    data_ = base_ + kFence + pages - bytes;
    std::memset(base_ + kFence, kMark, pages - bytes);
  }
  ~Fenced() { munmap(base_, mapped_); }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;

  uint8_t* data() const { return data_; }
  bool marks_stand() const {
    return std::all_of(base_ + kFence, data_, [](uint8_t byte) { return byte == kMark; });
  }

 private:
  static constexpr size_t kPage = 4096, kFence = size_t{64} << 20;
  static constexpr uint8_t kMark = 0xa5;
  uint8_t* base_;
  uint8_t* data_;
  size_t mapped_;
};

/// Decodes and compares with the bounds of each form (RFC 3629).
inline bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<uint8_t>(text[at++]);
    if (lead < 0x80) continue;
    const int more = lead >> 5 == 6 ? 1 : lead >> 4 == 14 ? 2 : lead >> 3 == 30 ? 3 : 0;
    if (more == 0) return false;
    uint32_t point = lead & (0x3f >> more);
    for (int i = 0; i < more; i++) {
      if (at == text.size() || static_cast<uint8_t>(text[at]) >> 6 != 2) return false;
      point = point << 6 | (static_cast<uint8_t>(text[at++]) & 0x3f);
    }
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
  }
  return true;
}

constexpr uint8_t kLastClass = std::ranges::max(kColumns, {}, &ColumnInfo::string_class).string_class;

/// A slot and a table, read as TypeScript reads them.
struct SlotReading {
  const uint8_t* slot;
  const uint8_t* table;

  const ColumnInfo& info(Column column) const { return kColumns[static_cast<uint32_t>(column)]; }
  bool has(Column column, uint32_t row) const { return slot[info(column).validity + row / 8] >> row % 8 & 1; }
  uint64_t value(Column column, uint32_t row) const {
    const ColumnInfo& c = info(column);
    if (c.type == Type::kBool) return slot[c.values + row / 8] >> row % 8 & 1;
    uint64_t value = 0;
    std::memcpy(&value, slot + c.values + row * width(c.type), width(c.type));
    return value;
  }
  uint32_t word(uint32_t at) const {
    uint32_t value;
    std::memcpy(&value, table + 4 * at, sizeof value);
    return value;
  }
  uint32_t end(uint32_t code) const { return word(kStringEndsAt / 4 + code); }
  std::string_view text(uint32_t code) const {
    return {reinterpret_cast<const char*>(table) + kStringArenaAt + end(code - 1), end(code) - end(code - 1)};
  }
  std::string_view text_at(Column column, uint32_t row) const { return text(static_cast<uint32_t>(value(column, row))); }

  static size_t width(Type type) {
    return type == Type::kU16 ? 2 : type == Type::kU64 || type == Type::kTs ? 8 : 4;
  }

  /// Entries from `checked` on, which is moved to their end: in bounds, not empty, UTF-8, of a class there is.
  void check_entries(uint32_t& checked) const {
    const uint32_t count = word(kStringWordCount), used = word(kStringWordUsed);
    CHECK(count <= kStringEntries && used <= kStringArenaBytes && end(0) == 0);
    for (; checked < count; checked++) {
      CHECK(end(checked) > end(checked - 1) && end(checked) <= used && text(checked).size() <= kStringMaxBytes);
      CHECK(is_utf8(text(checked)));
      CHECK(table[kStringClassesAt + checked] <= kLastClass);
    }
    CHECK(end(count - 1) == used);
  }

  /// Every code of a row is an entry's, of the column's class; what is null is zero.
  void check_row(uint32_t row) const {
    for (uint32_t i = 0; i < kColumnCount; i++) {
      const auto column = static_cast<Column>(i);
      const uint64_t got = value(column, row);
      if (!has(column, row)) {
        CHECK(got == 0);
      } else if (info(column).type == Type::kDict) {
        CHECK(got > 0 && got < word(kStringWordCount));
        CHECK(table[kStringClassesAt + got] == info(column).string_class);
      }
    }
  }

  /// Behind the last row the slot is as if it had never been used.
  void check_rest(uint32_t rows) const {
    for (const ColumnInfo& c : kColumns) {
      const size_t bytes = c.type == Type::kBool ? kSlotRows / 8 : kSlotRows * width(c.type);
      const size_t from = c.type == Type::kBool ? (rows + 7) / 8 : rows * width(c.type);
      CHECK(std::all_of(slot + c.values + from, slot + c.values + bytes, [](uint8_t byte) { return byte == 0; }));
      CHECK(std::all_of(slot + c.validity + (rows + 7) / 8, slot + c.validity + kSlotRows / 8, [](uint8_t b) { return b == 0; }));
      if (rows % 8 != 0) CHECK(slot[c.validity + rows / 8] >> rows % 8 == 0);
    }
  }
};

}  // namespace quince
