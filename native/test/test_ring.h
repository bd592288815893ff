// A ring in plain memory, written as the kernel writes it.
#pragma once
#include <linux/perf_event.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../ring_walk.h"

namespace quince {

struct TestRing {
  explicit TestRing(uint64_t size, uint64_t at = 0) : bytes(size) { control.data_tail = control.data_head = at; }

  void raw(const void* from, size_t n) {
    for (size_t i = 0; i < n; i++) bytes[(head() + i) & (bytes.size() - 1)] = static_cast<const uint8_t*>(from)[i];
    control.data_head += n;
  }
  void header(uint32_t type, size_t size) {
    const RecordHeader h = {type, 0, static_cast<uint16_t>(size)};
    raw(&h, sizeof h);
  }
  /// Header, length, bytes, padding to 8: the record of a sample of n bytes.
  static size_t record_size(size_t n) { return (sizeof(RecordHeader) + 4 + n + 7) / 8 * 8; }
  /// The kernel counts the padding into the length; here what follows the sample is marked and not of it.
  void sample(std::string_view text) {
    const size_t size = record_size(text.size());
    const auto length = static_cast<uint32_t>(text.size());
    header(kRecordSample, size);
    raw(&length, sizeof length);
    std::string padded(text);
    padded.resize(size - sizeof(RecordHeader) - sizeof length, '\xee');
    raw(padded.data(), padded.size());
  }
  /// PERF_RECORD_LOST: an id and how many.
  void lost(uint64_t count) {
    const uint64_t body[] = {1, count};
    header(PERF_RECORD_LOST, sizeof(RecordHeader) + sizeof body);
    raw(body, sizeof body);
  }
  uint64_t head() const { return control.data_head; }
  uint64_t tail() const { return control.data_tail; }
  RingWalk walk() const { return RingWalk(bytes.data(), bytes.size(), tail(), head()); }

  perf_event_mmap_page control = {};
  std::vector<uint8_t> bytes;
};

}  // namespace quince
