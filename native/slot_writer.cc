#include "slot_writer.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace quince {
namespace {

uint32_t bytes_of(Type type, uint32_t rows) {
  switch (type) {
    case Type::kU16:
      return rows * 2;
    case Type::kU64:
    case Type::kTs:
      return rows * 8;
    case Type::kBool:
      return (rows + 7) / 8;
    default:
      return rows * 4;
  }
}

}  // namespace

void SlotWriter::begin(uint8_t* slot) {
  auto* header = reinterpret_cast<int32_t*>(slot);
  // The memory was in other hands meanwhile.
  const uint32_t used = std::min(static_cast<uint32_t>(header[kSlotWordRows]), kSlotRows);
  for (const ColumnInfo& info : kColumns) {
    std::memset(slot + info.validity, 0, (used + 7) / 8);
    std::memset(slot + info.values, 0, bytes_of(info.type, used));
  }
  header[kSlotWordRows] = 0;
  header[kSlotWordState] = kSlotStateFilling;
  slot_ = slot;
  row_ = 0;
}

uint32_t SlotWriter::finish(uint32_t strings, uint32_t epoch) {
  auto* header = reinterpret_cast<int32_t*>(slot_);
  header[kSlotWordRows] = static_cast<int32_t>(row_);
  header[kSlotWordStrings] = static_cast<int32_t>(strings);
  header[kSlotWordEpoch] = static_cast<int32_t>(epoch);
  std::atomic_ref(header[kSlotWordState]).store(kSlotStateFull, std::memory_order_release);
  slot_ = nullptr;
  return row_;
}

}  // namespace quince
