// Tests of the ring walker on plain byte arrays. Prints "ok" or the first failure; run by test/perf-units.test.ts.
#include "../ring_walk.h"

#include <random>
#include <string>

#include "check.h"
#include "test_ring.h"

using namespace quince;

namespace {

std::string text_of(const RingWalk& walk) {
  std::string text(walk.length(), '\0');
  walk.copy_sample(text.data());
  return text;
}

std::string alphabet(size_t n) {
  std::string text;
  for (size_t i = 0; i < n; i++) text.push_back(static_cast<char>('0' + i % 75));
  return text;
}

void empty_ring_ends() { CHECK(TestRing(64).walk().next() == Walk::kEnd); }

void samples_come_in_order_and_others_are_passed_over() {
  TestRing ring(256);
  ring.sample("first---");
  ring.lost(17);
  ring.sample("second");
  ring.sample("");
  RingWalk walk = ring.walk();
  CHECK(walk.next() == Walk::kSample && text_of(walk) == "first---");
  CHECK(walk.next() == Walk::kOther);
  CHECK(walk.next() == Walk::kSample && text_of(walk) == "second");
  CHECK(walk.next() == Walk::kSample && walk.length() == 0);
  CHECK(walk.next() == Walk::kEnd);
}

//  0                              64
//  │…bytes┤                 ├head│      every place of the edge, in the header, the length, the bytes; every length
void records_over_the_edge_are_joined() {
  for (uint64_t start = 0; start < 64; start++) {
    for (size_t n = 0; n <= 64 - 12; n++) {
      TestRing ring(64, 640 + start);
      ring.sample(alphabet(n));
      RingWalk walk = ring.walk();
      CHECK(walk.next() == Walk::kSample && text_of(walk) == alphabet(n));
      CHECK(walk.next() == Walk::kEnd);
    }
  }
}

void lost_records_over_the_edge_are_passed_over() {
  for (uint64_t start = 0; start < 64; start++) {
    TestRing ring(64, start);
    ring.lost(UINT64_MAX);
    ring.sample("after");
    RingWalk walk = ring.walk();
    CHECK(walk.next() == Walk::kOther);
    CHECK(walk.next() == Walk::kSample && text_of(walk) == "after");
    CHECK(walk.next() == Walk::kEnd);
  }
}

void a_full_ring_is_walked_once() {
  TestRing ring(64, 24);
  for (int i = 0; i < 4; i++) ring.sample("abcd");
  RingWalk walk = ring.walk();
  for (int i = 0; i < 4; i++) CHECK(walk.next() == Walk::kSample && text_of(walk) == "abcd");
  CHECK(walk.next() == Walk::kEnd);
}

//  ├ header ┼ u32 n ┼ n bytes ┤
//      ↑ head anywhere before the end: the record is not whole
void a_torn_record_is_broken() {
  for (uint64_t start = 0; start < 64; start += 8) {
    for (uint64_t torn = 1; torn < 32; torn++) {
      TestRing ring(64, start);
      ring.sample(alphabet(20));
      ring.control.data_head = ring.tail() + torn;
      CHECK(ring.walk().next() == Walk::kBroken);
    }
  }
}

void a_torn_record_after_a_whole_one_costs_only_itself() {
  TestRing ring(128, 96);
  ring.sample("whole");
  ring.sample("torn");
  ring.control.data_head -= 8;
  RingWalk walk = ring.walk();
  CHECK(walk.next() == Walk::kSample && text_of(walk) == "whole");
  CHECK(walk.next() == Walk::kBroken);
}

void sizes_that_cannot_be_are_broken() {
  for (uint32_t size = 0; size <= 65535; size++) {
    TestRing ring(64, 40);
    ring.header(kRecordSample, size);
    ring.raw("\0\0\0\0" "4567", 8);
    CHECK((ring.walk().next() == Walk::kSample) == (size == 16));
  }
  // Too short for a sample's length, though a record could be of that size.
  TestRing bare(64);
  bare.header(kRecordSample, 8);
  CHECK(bare.walk().next() == Walk::kBroken);
}

void lengths_that_reach_over_their_record_are_broken() {
  const uint32_t lengths[] = {5, 6, 8, 52, 53, 64, 65535, 0x7fffffff, 0x80000000, 0xfffffff4, 0xfffffffc, 0xffffffff};
  for (const uint32_t length : lengths) {
    TestRing ring(64, 56);
    ring.header(kRecordSample, 16);  // 4 bytes are left
    ring.raw(&length, 4);
    ring.raw("1234", 4);
    CHECK(ring.walk().next() == Walk::kBroken);
  }
}

void a_record_longer_than_the_ring_is_broken() {
  TestRing small(64);
  small.header(kRecordSample, 72);
  small.control.data_head = 64;
  CHECK(small.walk().next() == Walk::kBroken);
  small.control.data_head = 72;
  CHECK(small.walk().next() == Walk::kBroken);
}

void the_largest_record_is_read() {
  TestRing ring(65536, 65536 - 8);
  const std::string text = alphabet(65528 - 12);
  ring.sample(text);
  RingWalk walk = ring.walk();
  CHECK(walk.next() == Walk::kSample && text_of(walk) == text);
  CHECK(walk.next() == Walk::kEnd);
}

void a_head_that_jumps_is_broken() {
  const uint64_t jumps[] = {65, 72, 128, 65536, uint64_t{1} << 32, uint64_t{1} << 63, 0 - uint64_t{8}, 0 - uint64_t{64}};
  for (const uint64_t jump : jumps) {
    TestRing ring(64, 64);
    ring.sample("abcd");
    ring.control.data_head = ring.tail() + jump;
    CHECK(ring.walk().next() == Walk::kBroken);
  }
}

void positions_may_pass_the_largest_number() {
  for (uint64_t before = 0; before <= 64; before += 8) {
    TestRing ring(64, 0 - before);
    ring.sample(alphabet(20));
    ring.sample("second");
    RingWalk walk = ring.walk();
    CHECK(walk.next() == Walk::kSample && text_of(walk) == alphabet(20));
    CHECK(walk.next() == Walk::kSample && text_of(walk) == "second");
    CHECK(walk.next() == Walk::kEnd);
  }
}

void many_laps_lose_nothing() {
  std::mt19937 random(7);
  TestRing ring(4096);
  uint32_t written = 0, read = 0;
  for (int lap = 0; lap < 20000; lap++) {
    while (ring.head() + 400 - ring.tail() < ring.bytes.size() && random() % 4 != 0) {
      std::string text = std::to_string(written++) + ";";
      text.resize(text.size() + random() % 300, 'x');
      ring.sample(text);
      if (random() % 16 == 0) ring.lost(1);
    }
    RingWalk walk = ring.walk();
    Walk step;
    while ((step = walk.next()) != Walk::kEnd) {
      if (step == Walk::kOther) continue;
      CHECK(step == Walk::kSample && std::stoul(text_of(walk)) == read);
      read++;
    }
    ring.control.data_tail = ring.head();
  }
  CHECK(read == written && read > 20000);
}

void garbage_never_reads_outside() {
  std::mt19937 random(11);
  for (int round = 0; round < 100000; round++) {
    TestRing ring(256, random() % 1000 * 8);
    for (uint8_t& byte : ring.bytes) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : random() % 24);
    ring.control.data_head += random() % 300;
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
  lost_records_over_the_edge_are_passed_over();
  a_full_ring_is_walked_once();
  a_torn_record_is_broken();
  a_torn_record_after_a_whole_one_costs_only_itself();
  sizes_that_cannot_be_are_broken();
  lengths_that_reach_over_their_record_are_broken();
  a_record_longer_than_the_ring_is_broken();
  the_largest_record_is_read();
  a_head_that_jumps_is_broken();
  positions_may_pass_the_largest_number();
  many_laps_lose_nothing();
  garbage_never_reads_outside();
  std::puts("ok");
}
