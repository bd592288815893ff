#include "dns_names.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace quince {
namespace {

constexpr size_t kNames = 65'536;
constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kShortest_s = 60, kLongest_s = 86'400;

std::array<uint8_t, 17> key_of(const uint8_t* bytes, bool is_v6) {
  std::array<uint8_t, 17> key{};
  std::memcpy(key.data(), bytes, is_v6 ? 16 : 4);
  key[16] = is_v6 ? 1 : 0;
  return key;
}

}  // namespace

size_t DnsNames::KeyHash::operator()(const Key& key) const {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.data()), key.size()});
}

void DnsNames::learn(const DnsMessage& answer, uint64_t boot_ns) {
  for (const DnsAddress& address : answer.addresses) {
    const Key key = key_of(address.bytes.data(), address.is_v6);
    const uint64_t until_ns = boot_ns + std::clamp<uint64_t>(address.ttl_s, kShortest_s, kLongest_s) * kSecond;
    const auto [found, fresh] = entries_.try_emplace(key);
    Entry& entry = found->second;
    if (!fresh) ages_.erase(entry.age);
    ages_.push_back(key);
    entry.age = std::prev(ages_.end());
    entry.until_ns = until_ns;
    if (entry.name.value != answer.name) entry.name = Text(answer.name);
    if (entries_.size() <= kNames) continue;
    entries_.erase(ages_.front());
    ages_.pop_front();
  }
}

Text* DnsNames::find(const uint8_t* bytes, bool is_v6, uint64_t boot_ns) {
  const auto found = entries_.find(key_of(bytes, is_v6));
  return found == entries_.end() || found->second.until_ns < boot_ns ? nullptr : &found->second.name;
}

}  // namespace quince
