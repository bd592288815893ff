#include "reader.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace quince {
namespace {

constexpr int kPollMs = 50;
constexpr int64_t kClockStepNs = 1'000'000'000;
constexpr uint64_t kSweepNs = 10'000'000'000;

int64_t wall_minus_boot_ns() {
  timespec wall;
  const uint64_t before = boot_clock_ns();
  clock_gettime(CLOCK_REALTIME, &wall);
  const uint64_t after = boot_clock_ns();
  return static_cast<int64_t>(wall.tv_sec) * 1'000'000'000 + wall.tv_nsec - static_cast<int64_t>(before / 2 + after / 2);
}

}  // namespace

Reader::Reader(ReaderOptions options, std::function<void(Delivery)> deliver)
    : options_(std::move(options)), deliver_(std::move(deliver)), drain_(kernel_.rings()), cpu_share_(options_.cpu_share) {
  for (size_t i = 0; i < options_.slots.size(); i++) free_.push_back(static_cast<int>(i));
  out_.resize(options_.slots.size());
  fresh_.assign(options_.tables.begin(), options_.tables.end());
}

Reader::~Reader() {
  stop();
  if (thread_.joinable()) thread_.join();
}

std::string Reader::start() {
  // First touch of fresh memory is dear; not while events wait.
  for (uint8_t* slot : options_.slots) {
    for (uint32_t at = kSlotHeaderBytes; at < kSlotBytes; at += 4096) slot[at] = slot[at];
  }
  std::string error = kernel_.load(options_.connections, options_.pid_namespace);
  if (error.empty()) error = kernel_.mark_sensitive(options_.sensitive);
  if (error.empty()) error = kernel_.mark_name_services(options_.name_services);
  if (error.empty()) error = kernel_.mark_unreported_ports(options_.unreported_ports);
  if (error.empty()) error = kernel_.attach(options_.ring_pages);
  if (error.empty() && options_.cpu_share > 0 && !kernel_.set_quota(0)) error = "the kernel does not share the quota's variable";
  if (!error.empty()) return error;
  flows_.open(kernel_);
  lookups_.open(kernel_);
  misses_.open(kernel_);
  if (options_.host.empty()) options_.host = kernel_.node_name();
  builder_ = std::make_unique<RowBuilder>(strings_, writer_, options_.host,
                                          [this](uint32_t pid, bool with_args) { return kernel_.read_running(pid, with_args); });
  builder_->processes().snapshot(boot_clock_ns());
  offset_ns_ = wall_minus_boot_ns();
  builder_->set_clock_offset(offset_ns_);
  accounted_ns_ = boot_clock_ns();
  next_table();
  thread_ = std::thread([this] { run(); });
  return "";
}

void Reader::stop() { stopping_ = true; }

void Reader::stall(uint32_t ms) { stall_ms_ = ms; }

bool Reader::release(uint32_t slot) {
  const std::lock_guard lock(mutex_);
  if (slot >= out_.size() || !out_[slot]) return false;
  out_[slot] = false;
  free_.push_back(static_cast<int>(slot));
  return true;
}

void Reader::add_table(uint8_t* table) {
  const std::lock_guard lock(mutex_);
  fresh_.push_back(table);
}

uint32_t Reader::table() const {
  const std::lock_guard lock(mutex_);
  return tables_used_ - 1;
}

Totals Reader::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

void Reader::run() {
  while (!stopping_) {
    kernel_.wait(kPollMs);
    if (const uint32_t ms = stall_ms_.exchange(0)) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    pass(false);
  }
  kernel_.detach();
  // A program that ran when it was detached may still write its record.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  pass(true);
  hand_over();
  deliver_({-1, 0, 0, sequence_});
}

void Reader::pass(bool last) {
  sample_clock();
  take_counted(last);
  for (const Event& event : drain_.take(last)) {
    if (is_whole(event)) {
      put(event);
    } else {
      count_lost(Loss::kDecode, 1, event.boot_ns, event.boot_ns, event.cpu);
    }
  }
  account(drain_.watermark_ns());
  thin();
  sweep_after_loss();
  write_notes();
  const uint64_t age_ns = boot_clock_ns() - slot_began_ns_;
  if (writer_.active() && age_ns >= uint64_t{options_.flush_ms} * 1'000'000) hand_over();
}

// An event made from counts is seen when it is made.
void Reader::take_counted(bool last) {
  const auto give = [this](const std::vector<uint64_t>& event) {
    counted_events_[reinterpret_cast<const q_head*>(event.data())->kind]++;
    drain_.add(event);
  };
  flows_.take(boot_clock_ns(), last, give);
  lookups_.take(boot_clock_ns(), last, give);
  misses_.take(boot_clock_ns(), last, give);
}

void Reader::put(const Event& event) {
  Process& process = builder_->learn(event);
  if (make_room()) {
    builder_->write(event, process);
    now_.delivered++;
    if (const uint32_t kind = reinterpret_cast<const q_head*>(event.bytes)->kind; kind == Q_FORK || kind == Q_EXEC || kind == Q_EXIT) fixed_++;
  } else {
    count_lost(Loss::kNoSlot, 1, event.boot_ns, event.boot_ns, -1);
  }
  if (reinterpret_cast<const q_head*>(event.bytes)->kind == Q_EXIT) builder_->processes().on_exit(process, event.boot_ns);
  if (writer_.active() && writer_.full()) hand_over();
}

bool Reader::make_room() {
  if (!strings_.has_room()) {
    hand_over();
    if (!next_table()) return false;
  }
  if (writer_.active()) return true;
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return false;
  slot_ = free_.front();
  free_.pop_front();
  writer_.begin(options_.slots[static_cast<size_t>(slot_)]);
  slot_began_ns_ = boot_clock_ns();
  return true;
}

bool Reader::next_table() {
  const std::lock_guard lock(mutex_);
  if (fresh_.empty()) return false;
  strings_.use(fresh_.front());
  fresh_.pop_front();
  tables_used_++;
  return true;
}

void Reader::hand_over() {
  if (!writer_.active()) return;
  const uint32_t rows = writer_.finish(strings_.count(), strings_.epoch());
  {
    const std::lock_guard lock(mutex_);
    out_[static_cast<size_t>(slot_)] = true;
  }
  deliver_({slot_, rows, table(), sequence_++});
}

void Reader::count_lost(Loss reason, uint64_t count, uint64_t from_ns, uint64_t to_ns, int cpu) {
  now_.lost[static_cast<int>(reason)] += count;
  for (LostRow& note : notes_) {
    if (note.reason != reason || note.cpu != cpu) continue;
    note.count += count;
    note.to_ns = to_ns;
    return;
  }
  notes_.push_back({from_ns, to_ns, count, reason, cpu});
}

// Compares the kernel's counters with those of the last pass.
void Reader::account(uint64_t until_ns) {
  std::vector<q_counters> by_cpu = kernel_.counters();
  // They could not be read: the next pass does.
  if (by_cpu.empty()) return;
  counted_.resize(by_cpu.size());
  Totals& now = now_;
  std::copy(std::begin(counted_events_), std::end(counted_events_), now.seen);
  now.unsupported_abi = 0;
  now.unreported = 0;
  busy_ns_ = 0;
  for (size_t cpu = 0; cpu < by_cpu.size(); cpu++) {
    const q_counters& c = by_cpu[cpu];
    q_counters& before = counted_[cpu];
    const auto note = [&](Loss reason, uint64_t count) {
      if (count > 0) count_lost(reason, count, accounted_ns_, until_ns, static_cast<int>(cpu));
    };
    note(Loss::kRingFull, c.ring_full - before.ring_full);
    note(Loss::kRecursion, c.recursion - before.recursion);
    note(Loss::kTooBig, c.too_big - before.too_big);
    note(Loss::kDecode, c.other - before.other);
    note(Loss::kShed, c.shed - before.shed);
    before = c;
    for (int kind = 0; kind < Q_KINDS; kind++) now.seen[kind] += c.seen[kind];
    now.unsupported_abi += c.unsupported_abi;
    now.unreported += c.unreported;
    busy_ns_ += c.busy_ns;
  }
  if (const uint64_t broken = drain_.undecodable(); broken > undecodable_) {
    count_lost(Loss::kDecode, broken - undecodable_, accounted_ns_, until_ns, -1);
    undecodable_ = broken;
  }
  const uint64_t misses = kernel_.recursion_misses();
  if (misses > now.recursion_seen) {
    count_lost(Loss::kRecursion, misses - now.recursion_seen, accounted_ns_, until_ns, -1);
    now.recursion_seen = misses;
  }
  accounted_ns_ = until_ns;
  now.late = drain_.late();
  now.nameless = builder_->processes().nameless();
  now.rows_without_exe = builder_->rows_without_exe();
  now.processes = builder_->processes().size();
  const std::lock_guard lock(mutex_);
  totals_ = now;
}

void Reader::thin() {
  if (options_.cpu_share == 0) return;
  timespec own;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
  const uint64_t own_ns = static_cast<uint64_t>(own.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(own.tv_nsec);
  kernel_.set_quota(cpu_share_.quota(boot_clock_ns(), {own_ns + busy_ns_, now_.delivered, fixed_}));
  now_.cpu_share = cpu_share_.used();
}

// A fork or exec among the lost events would leave its process unknown, an exit would leave it in the table for ever.
void Reader::sweep_after_loss() {
  const uint64_t lost = now_.lost[static_cast<int>(Loss::kRingFull)] + now_.lost[static_cast<int>(Loss::kRecursion)];
  ProcessTable& processes = builder_->processes();
  if ((lost != looked_lost_ || processes.owes_look()) && processes.look_again()) looked_lost_ = lost;
  if (lost == swept_lost_ || drain_.watermark_ns() - swept_ns_ < kSweepNs) return;
  swept_lost_ = lost;
  swept_ns_ = drain_.watermark_ns();
  processes.sweep(swept_ns_);
}

// Rows about the recording: they come after the events they speak of, as soon as there is room.
void Reader::write_notes() {
  while (!notes_.empty() && make_room()) {
    // The gap ends where the events given out end, so that rows stay in order.
    notes_.back().to_ns = drain_.watermark_ns();
    builder_->write_lost(notes_.back());
    notes_.pop_back();
    if (writer_.full()) hand_over();
  }
  if (clock_step_ns_ != 0 && make_room()) {
    builder_->write_clock_step(drain_.watermark_ns(), clock_step_ns_);
    clock_step_ns_ = 0;
    if (writer_.full()) hand_over();
  }
}

void Reader::sample_clock() {
  const int64_t offset = wall_minus_boot_ns();
  const int64_t step = offset - offset_ns_;
  if (step > kClockStepNs || step < -kClockStepNs) clock_step_ns_ += step;
  offset_ns_ = offset;
  builder_->set_clock_offset(offset);
  builder_->refresh_names(drain_.watermark_ns());
}

}  // namespace quince
