// Walks a perf ring: arithmetic on a byte array, nothing else, so that it can be tested without a kernel.
#pragma once
#include <cstdint>
#include <cstring>

namespace quince {

/// struct perf_event_header of the kernel's interface.
struct RecordHeader {
  uint32_t type;
  uint16_t misc;
  uint16_t size;
};
constexpr uint32_t kRecordSample = 9;

enum class Walk { kEnd, kSample, kOther, kBroken };

/// Steps over the records between `tail` and `head`, positions that only grow; a position's place is position % size.
///
///        tail                    head
///   ░░░░░├ header ┼ u32 n ┼ n bytes ┤░░░         a record may run over the end of the array and go on at its start:
///   ─bytes ┤░░░░░░░░░├ header ┼ u32 n ┼          copy_sample() joins the two parts
///
/// A sample's bytes start 4 bytes off the 8-byte grid, so they are copied out in any case. `size` is a power of two.
class RingWalk {
 public:
  RingWalk(const uint8_t* ring, uint64_t size, uint64_t tail, uint64_t head)
      : ring_(ring), size_(size), at_(tail), head_(head) {}

  /// Takes one record. After kSample, length() and copy_sample() give its bytes. kBroken (a record that cannot be one)
  /// ends the walk: what is left up to the head cannot be told apart and must be given up.
  Walk next() {
    if (at_ == head_) return Walk::kEnd;
    if (head_ - at_ > size_ || head_ - at_ < sizeof(RecordHeader)) return Walk::kBroken;
    RecordHeader header;
    copy_out(at_, &header, sizeof header);
    if (header.size < sizeof header || header.size % 8 != 0 || header.size > head_ - at_) return Walk::kBroken;
    const uint64_t payload = at_ + sizeof header + sizeof length_;
    at_ += header.size;
    if (header.type != kRecordSample) return Walk::kOther;
    if (header.size < sizeof header + sizeof length_) return Walk::kBroken;
    copy_out(payload - sizeof length_, &length_, sizeof length_);
    if (length_ > header.size - sizeof header - sizeof length_) return Walk::kBroken;
    sample_ = payload;
    return Walk::kSample;
  }

  uint32_t length() const { return length_; }

  /// Copies the sample's length() bytes.
  void copy_sample(void* to) const { copy_out(sample_, to, length_); }

 private:
  void copy_out(uint64_t position, void* to, size_t n) const {
    const uint64_t from = position & (size_ - 1);
    const size_t first = n < size_ - from ? n : size_ - from;
    std::memcpy(to, ring_ + from, first);
    std::memcpy(static_cast<uint8_t*>(to) + first, ring_, n - first);
  }

  const uint8_t* ring_;
  uint64_t size_;
  uint64_t at_;
  uint64_t head_;
  uint64_t sample_ = 0;
  uint32_t length_ = 0;
};

}  // namespace quince
