// Malformed records through the path that the reader takes: ring, drain, is_whole, process table, row, slot, string table.
// Prints "ok" or the first failure; run by test/perf-units.test.ts. Arguments: records, seed.
#include <algorithm>
#include <memory>
#include <string>

#include "../drain.h"
#include "../row_builder.h"
#include "check.h"
#include "malformed_records.h"
#include "row_check.h"
#include "test_ring.h"

using namespace quince;

namespace {

/// What Reader::put does with slots and tables, with one of each, checked whenever it is handed over.
class Receiver {
 public:
  Receiver() {
    builder_.set_clock_offset(1'764'000'000'000'000'000);
    use_table();
  }

  /// True when the event became a row, false when it is to be counted.
  bool take(const Event& event) {
    if (!is_whole(event)) return false;
    Process& process = builder_.learn(event);
    make_room();
    const uint32_t row = writer_.rows();
    builder_.write(event, process);
    CHECK(writer_.rows() == row + 1);
    check(event, row);
    if (head_of(event).kind == Q_EXIT) builder_.processes().on_exit(process, event.boot_ns);
    if (writer_.full()) hand_over();
    return true;
  }

  void hand_over() {
    if (!writer_.active()) return;
    const uint32_t rows = writer_.finish(strings_.count(), strings_.epoch());
    CHECK(rows <= kSlotRows && slot_.marks_stand() && table_.marks_stand());
    reading_.check_rest(rows);
    slots_ += rows == kSlotRows;
  }

  ProcessTable& processes() { return builder_.processes(); }
  uint32_t slots() const { return slots_; }
  uint32_t tables() const { return tables_; }

 private:
  static const q_head& head_of(const Event& event) { return *reinterpret_cast<const q_head*>(event.bytes); }

  void make_room() {
    if (!strings_.has_room()) {
      hand_over();
      use_table();
    }
    if (!writer_.active()) writer_.begin(slot_.data());
  }

  void use_table() {
    strings_.use(table_.data());
    checked_ = 1;
    tables_++;
  }

  void check(const Event& event, uint32_t row) {
    const q_head& head = head_of(event);
    reading_.check_entries(checked_);
    reading_.check_row(row);
    CHECK(reading_.text_at(Column::syscall, row) == kShapes[head.kind].syscall);
    CHECK(reading_.text_at(Column::host, row) == "ho\xef\xbf\xbdst");
    CHECK(reading_.value(Column::boot_ns, row) == head.boot_ns);
    CHECK(reading_.value(Column::pid, row) == head.who.tgid);
    CHECK(reading_.value(Column::uid, row) == head.who.euid && reading_.value(Column::gid, row) == head.who.egid);
    CHECK(reading_.has(Column::login_uid, row) == (head.who.login_uid != Q_UNKNOWN_U32));
    CHECK(reading_.has(Column::proc, row) && reading_.has(Column::user, row) && reading_.has(Column::truncated, row));
  }

  Fenced slot_{kSlotBytes}, table_{kStringTableBytes};
  SlotReading reading_{slot_.data(), table_.data()};
  StringStore strings_;
  SlotWriter writer_;
  RowBuilder builder_{strings_, writer_, "ho\xffst", nullptr};
  uint32_t checked_ = 1, slots_ = 0, tables_ = 0;
};

/// Each event in memory of exactly its length, so that the sanitizer sees the first byte read behind it.
bool take_alone(Receiver& receiver, const Event& event) {
  const std::unique_ptr<uint8_t[]> alone(new uint8_t[event.length]);
  std::copy_n(event.bytes, event.length, alone.get());
  return receiver.take({event.boot_ns, alone.get(), event.length, event.cpu});
}

void say(const Record& record, uint64_t number) {
  check_context = " (record " + std::to_string(number) + ", " + kFormNames[static_cast<int>(record.form)] + ", of " +
                  std::to_string(record.bytes.size()) + " bytes)";
}

uint64_t boot_ns_of(const Record& record) {
  uint64_t boot_ns;
  std::memcpy(&boot_ns, record.bytes.data(), sizeof boot_ns);
  return boot_ns;
}

void every_record_is_a_row_or_counted(uint64_t records, uint64_t seed) {
  RecordMaker maker(seed);
  Receiver receiver;
  TestRing memory(1u << 22);
  const std::vector<Ring> rings = {{&memory.control, memory.bytes.data(), memory.bytes.size(), 0}};
  Drain drain(rings);
  uint64_t made = 0, rows = 0, refused = 0;
  uint64_t rows_of[static_cast<int>(Form::kCount)] = {}, counted_of[static_cast<int>(Form::kCount)] = {};
  while (made < records) {
    std::vector<Record> batch;
    for (uint32_t n = 1 + maker.below(80); n > 0; n--) batch.push_back(maker.make());
    for (const Record& record : batch) {
      memory.sample({reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size()});
    }
    // What the drain must give out: all that have a head, by their time, else in the order written.
    const auto headless = std::stable_partition(batch.begin(), batch.end(),
                                                [](const Record& r) { return r.bytes.size() >= sizeof(q_head); });
    std::stable_sort(batch.begin(), headless, [](const Record& a, const Record& b) { return boot_ns_of(a) < boot_ns_of(b); });
    const uint64_t undecodable = drain.undecodable();
    const std::vector<Event>& events = drain.take(true);
    CHECK(events.size() == static_cast<size_t>(headless - batch.begin()));
    CHECK(drain.undecodable() - undecodable == static_cast<uint64_t>(batch.end() - headless));
    for (size_t i = 0; i < batch.size(); i++) {
      const Record& record = batch[i];
      say(record, made++);
      bool row = false;
      if (i < events.size()) {
        CHECK(std::equal(record.bytes.begin(), record.bytes.end(), events[i].bytes, events[i].bytes + events[i].length));
        row = take_alone(receiver, events[i]);
        refused += !row;
      } else {
        // Never asked by the reader; it must hold all the same.
        CHECK(!is_whole({0, record.bytes.data(), static_cast<uint32_t>(record.bytes.size()), 0}));
      }
      CHECK(record.expect == Expect::kEither || row == (record.expect == Expect::kRow));
      (row ? rows_of : counted_of)[static_cast<int>(record.form)]++;
      rows += row;
    }
    if (maker.below(2000) == 0) receiver.hand_over();
    check_context.clear();
  }
  receiver.hand_over();
  receiver.processes().sweep(UINT64_MAX);
  CHECK(made == rows + refused + drain.undecodable());
  if (records < 100'000) return;
  CHECK(receiver.slots() >= 3 && receiver.tables() >= 3);
  for (const Form form : {Form::kWhole, Form::kPadded, Form::kFlipped}) CHECK(rows_of[static_cast<int>(form)] > 5000);
  // Of random bytes only kinds without lengths can be rows.
  CHECK(rows_of[static_cast<int>(Form::kRandomStruct)] > 2000);
  for (const Form form : {Form::kNoise, Form::kTruncated, Form::kLongLength, Form::kWrappingLengths, Form::kForeignKind}) {
    CHECK(counted_of[static_cast<int>(form)] > 2000);
  }
}

/// Bytes that are no UTF-8, each worth three in the text; marked, so that no table holds the same twice.
std::string no_utf8(size_t n, RecordMaker& maker) {
  std::string bytes(n, '\xff');
  for (size_t at = 0; at < n; at += 200) bytes[at] = static_cast<char>('0' + maker.below(75));
  return bytes;
}

template <typename T>
bool take_with(Receiver& receiver, const T& event, const std::string& data) {
  std::vector<uint8_t> bytes(sizeof event);
  std::memcpy(bytes.data(), &event, sizeof event);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return take_alone(receiver, {event.head.boot_ns, bytes.data(), static_cast<uint32_t>(bytes.size()), 0});
}

/// Paths as long as they may be, all through the lineage: the longest rows there can be, until tables have been full many
/// times. Each process acts again when its strings are in no table any more, so that a row brings all of them.
void the_longest_rows_fit() {
  constexpr uint32_t kGenerations = 600, kLater = 200;
  Receiver receiver;
  RecordMaker maker(3);
  const auto who = [](q_head& head, q_kind kind, uint32_t generation) {
    head.boot_ns = uint64_t{1'000'000} * generation;
    head.kind = kind;
    head.who.tgid = (1u << 23) + generation;
    head.who.ppid = head.who.tgid - 1;
    head.who.start_ns = uint64_t{10'000'000} * generation;
    head.who.parent_start_ns = head.who.start_ns - 10'000'000;
  };
  for (uint32_t generation = 1; generation < kGenerations; generation++) {
    q_fork fork = {};
    who(fork.head, Q_FORK, generation);
    fork.creator_tgid = fork.head.who.ppid;
    fork.creator_start_ns = fork.head.who.parent_start_ns;
    CHECK(take_with(receiver, fork, ""));
    q_exec exec = {};
    who(exec.head, Q_EXEC, generation);
    exec.script = 1;
    exec.args_len = Q_ARGS_MAX;
    exec.exe_len = exec.cwd_len = exec.file_len = Q_PATH_MAX;
    CHECK(take_with(receiver, exec, no_utf8(Q_ARGS_MAX + 3 * Q_PATH_MAX, maker)));
    if (generation <= kLater) continue;
    q_open open = {};
    who(open.head, Q_OPEN, generation - kLater);
    open.path_len = Q_PATH_MAX;
    open.truncated = open.unlinked = 1;
    CHECK(take_with(receiver, open, no_utf8(Q_PATH_MAX, maker)));
  }
  CHECK(receiver.tables() > 4);
}

/// At the last moment at which a table has room, a row with a longest text in each dictionary column fits.
void the_room_that_is_promised_is_there() {
  Fenced table(kStringTableBytes);
  StringStore strings;
  strings.use(table.data());
  const auto unique = [&](size_t n) {
    std::string text = std::to_string(strings.count());
    text.resize(n, 'x');
    return text;
  };
  constexpr size_t kStep = 1000;
  while (strings.has_room()) strings.code(StringClass::word, unique(kStep));
  // The last step took of the room that had been promised before it.
  size_t longest = kStringMaxBytes - kStep;
  for (const ColumnInfo& column : kColumns) {
    if (column.type != Type::kDict) continue;
    strings.code(static_cast<StringClass>(column.string_class), unique(longest));
    longest = kStringMaxBytes + kStep;
  }
  uint32_t checked = 1;
  SlotReading{nullptr, table.data()}.check_entries(checked);
  CHECK(checked == strings.count() && table.marks_stand());
}

/// What a consumer left in the memory it gives back is no matter.
void a_slot_and_a_table_full_of_rubbish_are_usable() {
  Fenced slot(kSlotBytes), table(kStringTableBytes);
  std::fill_n(slot.data(), kSlotHeaderBytes, 0xff);
  std::fill_n(table.data(), kStringTableBytes, 0xff);
  StringStore strings;
  strings.use(table.data());
  SlotWriter writer;
  writer.begin(slot.data());
  writer.set_code(Column::comm, strings.code(StringClass::word, "first"));
  writer.next_row();
  CHECK(writer.finish(strings.count(), 0) == 1);
  const SlotReading reading{slot.data(), table.data()};
  uint32_t checked = 1;
  reading.check_entries(checked);
  reading.check_row(0);
  reading.check_rest(1);
  CHECK(checked == 2 && reading.text_at(Column::comm, 0) == "first");
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t records = argc > 1 ? std::stoull(argv[1]) : 120'000;
  every_record_is_a_row_or_counted(records, argc > 2 ? std::stoull(argv[2]) : 15);
  the_longest_rows_fit();
  the_room_that_is_promised_is_there();
  a_slot_and_a_table_full_of_rubbish_are_usable();
  std::puts("ok");
}
