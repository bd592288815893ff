// Names of addresses, as the DNS answers that this machine saw told them.
#pragma once
#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "dns_message.h"
#include "string_store.h"

namespace quince {

/// At most kNames addresses; the one learned longest ago goes first. Used by the reader thread only.
class DnsNames {
 public:
  /// The addresses of an answer are called `name` for its time to live, at least a minute (programs keep connections and
  /// resolve ahead) and at most a day.
  void learn(const DnsMessage& answer, uint64_t boot_ns);
  /// The name an address was last resolved from, or null. `bytes` as in q_flow.
  Text* find(const uint8_t* bytes, bool is_v6, uint64_t boot_ns);

 private:
  using Key = std::array<uint8_t, 17>;
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Entry {
    Text name;
    uint64_t until_ns;
    std::list<Key>::iterator age;
  };

  std::unordered_map<Key, Entry, KeyHash> entries_;
  std::list<Key> ages_;
};

}  // namespace quince
