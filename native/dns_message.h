// What a DNS message says: the question, and the addresses among its answers (RFC 1035, 3596).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quince {

struct DnsAddress {
  std::array<uint8_t, 16> bytes{};  // IPv4 in the first four
  bool is_v6 = false;
  uint32_t ttl_s = 0;
};

struct DnsMessage {
  bool is_answer = false;
  /// Name of the first question in lower case without the last dot; bytes other than letters, digits, "-" and "_" as \DDD;
  /// "." for the root.
  std::string name;
  uint16_t type = 0;
  /// Response code, 3 = no such name.
  uint8_t code = 0;
  /// Of all A and AAAA records among the answers, whichever alias they belong to.
  std::vector<DnsAddress> addresses;
};

/// Reads a message, or the beginning of one: of a message cut short the answers that are whole. Empty when it is none, or
/// has not exactly one question. O(length): a compression pointer may only point backwards.
std::optional<DnsMessage> parse_dns(const uint8_t* data, size_t length);

/// A, AAAA, …; TYPE65280 for those without a name here (RFC 3597).
std::string dns_type_name(uint16_t type);

}  // namespace quince
