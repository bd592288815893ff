// Interning into the string table that TypeScript allocated (layout: src/tuple/string-layout.ts).
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event_columns.h"

namespace quince {

/// A text that many rows carry, with its code in the current table, so that it is hashed once a table and not once a row.
struct Text {
  std::string value;
  uint32_t code = 0;
  uint32_t generation = 0;

  Text() = default;
  explicit Text(std::string text) : value(std::move(text)) {}
};

/// Writer of one table at a time. Only the reader thread uses it; TypeScript reads entries below the published count.
class StringStore {
 public:
  StringStore();

  /// Goes over to a fresh table of kStringTableBytes; codes of the old one end. Touches every page of it.
  void use(uint8_t* table);
  bool has_table() const { return table_ != nullptr; }

  /// True while the strings of any one row, one in each dictionary column, are sure to fit.
  bool has_room() const;

  /// The code of a text, 0 when empty. Requires has_room() once a row. Of a text over kStringMaxBytes only the beginning is kept.
  uint32_t code(StringClass cls, std::string_view text);
  uint32_t code(StringClass cls, Text& text) {
    if (text.generation != generation_) {
      text.code = code(cls, std::string_view(text.value));
      text.generation = generation_;
    }
    return text.code;
  }

  uint32_t count() const { return count_; }
  uint32_t epoch() const { return words_[kStringWordEpoch]; }

 private:
  struct Bucket {
    uint32_t hash;
    uint32_t code;
  };
  std::string_view text_of(uint32_t code) const;
  uint64_t hash(StringClass cls, std::string_view text) const;

  uint8_t* table_ = nullptr;
  uint32_t* words_ = nullptr;
  uint32_t* ends_ = nullptr;
  uint32_t count_ = 0;
  uint32_t used_ = 0;
  /// Rises with each table; a Text of an older generation has no code.
  uint32_t generation_ = 0;
  uint64_t seed_;
  std::vector<Bucket> buckets_;
};

}  // namespace quince
