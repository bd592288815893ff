#include "string_store.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace quince {
namespace {

constexpr uint32_t kBuckets = kStringEntries * 2;
/// More than a row can need: 24 dictionary columns, the longest being two command lines, a lineage and a few paths.
constexpr uint32_t kRowStrings = 32;
constexpr uint32_t kRowBytes = 2 * 8192 + kStringMaxBytes + 12 * 8192 + 4096;

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15) * (b ^ 0xc2b2ae3d27d4eb4f);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace

StringStore::StringStore() : seed_(0), buckets_(kBuckets) {
  // Seeded, because whoever runs programs on this host chooses the texts.
  std::random_device random;
  seed_ = static_cast<uint64_t>(random()) << 32 | random();
}

void StringStore::use(uint8_t* table) {
  for (uint32_t at = kStringArenaAt; at < kStringTableBytes; at += 4096) table[at] = 0;
  table_ = table;
  words_ = reinterpret_cast<uint32_t*>(table);
  ends_ = reinterpret_cast<uint32_t*>(table + kStringEndsAt);
  count_ = 1;
  used_ = 0;
  generation_++;
  std::fill(buckets_.begin(), buckets_.end(), Bucket{0, 0});
}

bool StringStore::has_room() const {
  return table_ != nullptr && count_ + kRowStrings <= kStringEntries && used_ + kRowBytes <= kStringArenaBytes;
}

std::string_view StringStore::text_of(uint32_t code) const {
  const char* arena = reinterpret_cast<const char*>(table_ + kStringArenaAt);
  return {arena + ends_[code - 1], ends_[code] - ends_[code - 1]};
}

uint64_t StringStore::hash(StringClass cls, std::string_view text) const {
  uint64_t h = mix(seed_ + static_cast<uint64_t>(cls), text.size());
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    h = mix(h ^ word, seed_);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, text.data() + i, text.size() - i);
  return mix(h ^ rest, seed_ >> 1);
}

uint32_t StringStore::code(StringClass cls, std::string_view text) {
  if (text.empty()) return 0;
  const uint64_t h = hash(cls, text);
  const auto mark = static_cast<uint32_t>(h >> 32);
  uint32_t at = static_cast<uint32_t>(h) % kBuckets;
  for (; buckets_[at].code != 0; at = (at + 1) % kBuckets) {
    const uint32_t code = buckets_[at].code;
    if (buckets_[at].hash == mark && table_[kStringClassesAt + code] == static_cast<uint8_t>(cls) && text_of(code) == text) {
      return code;
    }
  }
  std::memcpy(table_ + kStringArenaAt + used_, text.data(), text.size());
  used_ += static_cast<uint32_t>(text.size());
  const uint32_t code = count_++;
  ends_[code] = used_;
  table_[kStringClassesAt + code] = static_cast<uint8_t>(cls);
  buckets_[at] = {mark, code};
  // The entry is whole before it is counted.
  std::atomic_ref(words_[kStringWordUsed]).store(used_, std::memory_order_release);
  std::atomic_ref(words_[kStringWordCount]).store(count_, std::memory_order_release);
  return code;
}

}  // namespace quince
