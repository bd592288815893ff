// Writes rows into a slot (layout: src/tuple/slot.ts).
#pragma once
#include <cstdint>
#include <string_view>

#include "event_columns.h"
#include "string_store.h"

namespace quince {

class SlotWriter {
 public:
  /// Starts on a slot; what its last use left is cleared, so that equal batches are equal bytes. O(rows of last use).
  void begin(uint8_t* slot);
  /// Ends it: header words. Returns the rows.
  uint32_t finish(uint32_t strings, uint32_t epoch);

  bool active() const { return slot_ != nullptr; }
  bool full() const { return row_ == kSlotRows; }
  uint32_t rows() const { return row_; }

  /// Setters fill the current row; what is not set is null.
  void next_row() { row_++; }
  void set_code(Column column, uint32_t code) {
    if (code != 0) put(column, code);
  }
  void set_u16(Column column, uint16_t value) { put(column, value); }
  void set_u32(Column column, uint32_t value) { put(column, value); }
  void set_i32(Column column, int32_t value) { put(column, value); }
  void set_u64(Column column, uint64_t value) { put(column, value); }
  void set_true(Column column) {
    const ColumnInfo& info = kColumns[static_cast<uint32_t>(column)];
    slot_[info.values + row_ / 8] |= static_cast<uint8_t>(1u << row_ % 8);
    mark(info);
  }
  void set_false(Column column) { mark(kColumns[static_cast<uint32_t>(column)]); }

 private:
  void mark(const ColumnInfo& info) { slot_[info.validity + row_ / 8] |= static_cast<uint8_t>(1u << row_ % 8); }

  template <typename T>
  void put(Column column, T value) {
    const ColumnInfo& info = kColumns[static_cast<uint32_t>(column)];
    reinterpret_cast<T*>(slot_ + info.values)[row_] = value;
    mark(info);
  }

  uint8_t* slot_ = nullptr;
  uint32_t row_ = 0;
};

}  // namespace quince
