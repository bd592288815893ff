// Tests of the ring walker on plain byte arrays. Prints "ok" or the first failure; run by test/perf-units.test.ts.
#include "../ring_walk.h"

#include <random>
#include <string>
#include <vector>

#include "check.h"

using namespace quince;

namespace {

/// A ring that writes records as the kernel does.
struct TestRing {
  explicit TestRing(uint64_t size) : bytes(size) {}

  void raw(const void* from, size_t n) {
    for (size_t i = 0; i < n; i++) bytes[(head + i) & (bytes.size() - 1)] = static_cast<const uint8_t*>(from)[i];
    head += n;
  }
  void header(uint32_t type, size_t size) {
    const RecordHeader h = {type, 0, static_cast<uint16_t>(size)};
    raw(&h, sizeof h);
  }
  /// Header, length, bytes, padding to 8, as perf_event_output writes a raw sample.
  static size_t record_size(size_t n) { return (sizeof(RecordHeader) + 4 + n + 7) / 8 * 8; }
  void sample(const std::string& text) {
    const size_t size = record_size(text.size());
    const auto length = static_cast<uint32_t>(size - sizeof(RecordHeader) - 4);
    header(kRecordSample, size);
    raw(&length, sizeof length);
    std::string padded = text;
    padded.resize(length, '.');
    raw(padded.data(), padded.size());
  }
  RingWalk walk() const { return RingWalk(bytes.data(), bytes.size(), tail, head); }

  std::vector<uint8_t> bytes;
  uint64_t tail = 0, head = 0;
};

std::string text_of(const RingWalk& walk) {
  std::string text(walk.length(), '\0');
  walk.copy_sample(text.data());
  return text;
}

void empty_ring_ends() { CHECK(TestRing(64).walk().next() == Walk::kEnd); }

void samples_come_in_order_and_others_are_passed_over() {
  TestRing ring(256);
  ring.sample("first---");
  ring.header(2, 24);  // PERF_RECORD_LOST
  ring.raw("0123456789abcdef", 16);
  ring.sample("second");
  RingWalk walk = ring.walk();
  CHECK(walk.next() == Walk::kSample && text_of(walk) == "first---....");
  CHECK(walk.next() == Walk::kOther);
  CHECK(walk.next() == Walk::kSample && text_of(walk) == "second......");
  CHECK(walk.next() == Walk::kEnd);
}

//  0                              64
//  │…bytes┤                 ├head│      every place of the edge: in the header, the length, the bytes
void records_over_the_edge_are_joined() {
  for (uint64_t start = 0; start < 64; start += 8) {
    TestRing ring(64);
    ring.tail = ring.head = 640 + start;
    ring.sample("abcdefghijklmnopqrst");
    RingWalk walk = ring.walk();
    CHECK(walk.next() == Walk::kSample && text_of(walk) == "abcdefghijklmnopqrst");
    CHECK(walk.next() == Walk::kEnd);
  }
}

void a_full_ring_is_walked_once() {
  TestRing ring(64);
  ring.tail = ring.head = 24;
  for (int i = 0; i < 4; i++) ring.sample("abcd");
  RingWalk walk = ring.walk();
  for (int i = 0; i < 4; i++) CHECK(walk.next() == Walk::kSample && text_of(walk) == "abcd");
  CHECK(walk.next() == Walk::kEnd);
}

void broken_records_end_the_walk() {
  const size_t sizes[] = {0, 4, 12, 96, 65528};
  for (const size_t size : sizes) {
    TestRing ring(64);
    ring.header(kRecordSample, size);
    ring.raw("01234567", 8);
    CHECK(ring.walk().next() == Walk::kBroken);
  }
  TestRing longer(64);
  longer.header(kRecordSample, 16);
  const uint32_t length = 5;  // 4 bytes are left
  longer.raw(&length, 4);
  longer.raw("1234", 4);
  CHECK(longer.walk().next() == Walk::kBroken);
  TestRing overrun(64);
  overrun.head = 128;
  CHECK(overrun.walk().next() == Walk::kBroken);
  TestRing stub(64);
  stub.head = 4;
  CHECK(stub.walk().next() == Walk::kBroken);
}

void many_laps_lose_nothing() {
  std::mt19937 random(7);
  TestRing ring(4096);
  uint32_t written = 0, read = 0;
  for (int lap = 0; lap < 20000; lap++) {
    while (ring.head + 400 - ring.tail < ring.bytes.size() && random() % 4 != 0) {
      std::string text = std::to_string(written++) + ";";
      text.resize(text.size() + random() % 300, 'x');
      ring.sample(text);
    }
    RingWalk walk = ring.walk();
    while (walk.next() == Walk::kSample) CHECK(std::stoul(text_of(walk)) == read++);
    ring.tail = ring.head;
  }
  CHECK(read == written && read > 20000);
}

void garbage_never_reads_outside() {
  std::mt19937 random(11);
  for (int round = 0; round < 100000; round++) {
    TestRing ring(256);
    for (uint8_t& byte : ring.bytes) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : random() % 24);
    ring.tail = random() % 1000 * 8;
    ring.head = ring.tail + random() % 300;
    RingWalk walk = ring.walk();
    Walk step;
    int steps = 0;
    while ((step = walk.next()) != Walk::kEnd && step != Walk::kBroken) {
      if (step == Walk::kSample) CHECK(text_of(walk).size() <= 256);
      CHECK(++steps <= 40);
    }
  }
}

}  // namespace

int main() {
  empty_ring_ends();
  samples_come_in_order_and_others_are_passed_over();
  records_over_the_edge_are_joined();
  a_full_ring_is_walked_once();
  broken_records_end_the_walk();
  many_laps_lose_nothing();
  garbage_never_reads_outside();
  std::puts("ok");
}
