// The reader thread: rings in, filled slots out.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cpu_share.h"
#include "drain.h"
#include "kernel_side.h"
#include "misses.h"
#include "row_builder.h"
#include "slot_writer.h"
#include "string_store.h"
#include "tally.h"

namespace quince {

/// Numbers of the whole run. After the end: Σ seen + recursion = delivered + Σ lost.
struct Totals {
  uint64_t seen[Q_KINDS] = {};
  uint64_t recursion_seen = 0;
  uint64_t delivered = 0;
  uint64_t lost[static_cast<int>(Loss::kCount)] = {};
  uint64_t late = 0, nameless = 0, unsupported_abi = 0, unreported = 0, rows_without_exe = 0;
  uint64_t processes = 0;
  /// Of one CPU, over the last quarter of a second; unless a share was set 0.
  double cpu_share = 0;
};

/// A full slot, or with slot = -1 the end of the run.
struct Delivery {
  int slot;
  uint32_t rows;
  uint32_t table;
  uint64_t sequence;
};

struct ReaderOptions {
  std::vector<uint8_t*> slots;
  std::vector<uint8_t*> tables;
  std::string host;
  uint32_t flush_ms;
  uint32_t ring_pages;
  uint32_t connections;
  uint32_t pid_namespace;
  std::vector<SensitiveName> sensitive;
  std::vector<std::string> name_services;
  std::vector<uint16_t> unreported_ports;
  /// Of one CPU, to stay within by thinning; 0: no limit.
  double cpu_share;
};

/// Ownership: slot memory belongs to whoever made it; the reader fills slots of its free list, hands each over by
/// `deliver` and gets it back by `release`. Tables are filled one after the other, in the order they were given.
/// `deliver` is called on the reader's thread; all public methods may be called from any other.
class Reader {
 public:
  Reader(ReaderOptions options, std::function<void(Delivery)> deliver);
  ~Reader();

  /// Loads and attaches on the calling thread, so that a refusal is its error; then starts the thread.
  std::string start();
  /// What failed, after `start` returned a text.
  Failure failure() const { return kernel_.failure(); }
  /// Asks the thread to take what is in the rings, hand it over and end. The end is a Delivery.
  void stop();
  /// False when the slot is not out: never delivered, or released already.
  bool release(uint32_t slot);
  void add_table(uint8_t* table);
  /// Which table is being filled, by the order given; those before it are not touched any more.
  uint32_t table() const;
  /// For tests: the thread sleeps once for so long before it reads on.
  void stall(uint32_t ms);
  Totals totals() const;
  const std::string& host() const { return options_.host; }

 private:
  void run();
  void pass(bool last);
  void take_counted(bool last);
  void put(const Event& event);
  bool make_room();
  bool next_table();
  void hand_over();
  void count_lost(Loss reason, uint64_t count, uint64_t from_ns, uint64_t to_ns, int cpu);
  void account(uint64_t until_ns);
  void write_notes();
  void sample_clock();
  void sweep_after_loss();
  void thin();

  ReaderOptions options_;
  std::function<void(Delivery)> deliver_;
  KernelSide kernel_;
  Drain drain_;
  Tally flows_{"flows", 1'000'000'000};
  Tally lookups_{"lookups", 60'000'000'000};
  Misses misses_;
  CpuShare cpu_share_;
  uint64_t busy_ns_ = 0;
  /// Events delivered that are never thinned.
  uint64_t fixed_ = 0;
  StringStore strings_;
  SlotWriter writer_;
  std::unique_ptr<RowBuilder> builder_;

  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint32_t> stall_ms_ = 0;

  mutable std::mutex mutex_;  // guards free_, out_, fresh_, totals_, tables_used_
  std::deque<int> free_;
  /// By slot: delivered and not released since.
  std::vector<bool> out_;
  std::deque<uint8_t*> fresh_;
  Totals totals_;
  uint32_t tables_used_ = 0;

  int slot_ = -1;
  uint64_t slot_began_ns_ = 0;
  uint64_t sequence_ = 0;
  int64_t offset_ns_ = 0;
  int64_t clock_step_ns_ = 0;
  uint64_t accounted_ns_ = 0;
  uint64_t undecodable_ = 0;
  uint64_t swept_ns_ = 0;
  uint64_t looked_lost_ = 0;
  uint64_t swept_lost_ = 0;
  Totals now_;
  /// Events made from counts, by kind.
  uint64_t counted_events_[Q_KINDS] = {};
  std::vector<q_counters> counted_;
  /// Lost rows that wait for a slot; neighbours of one reason and CPU are joined.
  std::vector<LostRow> notes_;
};

}  // namespace quince
