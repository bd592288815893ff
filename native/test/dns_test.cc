// Tests of the DNS reader on messages written by hand after RFC 1035, and on hundreds of thousands of broken ones. Prints
// "ok" or the first failure; run by test/perf-units.test.ts.
#include <cstring>
#include <memory>
#include <random>
#include <string_view>

#include "../dns_message.h"
#include "../dns_names.h"
#include "check.h"

using namespace quince;
using std::literals::operator""sv;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// In memory of exactly its size, so that the sanitizer sees a byte read too far.
std::optional<DnsMessage> parse(std::string_view text) {
  const auto exact = std::make_unique<uint8_t[]>(text.size());
  std::memcpy(exact.get(), text.data(), text.size());
  return parse_dns(exact.get(), text.size());
}

constexpr auto kQuery = "\x12\x34\x01\x00\0\1\0\0\0\0\0\0\3wwW\7Example\3com\0\0\1\0\1"sv;

// www.example.com CNAME web.example.com; A 192.0.2.7 (ttl 300), AAAA 2001:db8::7 (ttl 5), all by pointers.
const std::string kAnswer = std::string("\x12\x34\x81\x80\0\1\0\3\0\0\0\0\3www\7example\3com\0\0\1\0\1"sv) +
                            std::string("\xc0\x0c\0\5\0\1\0\0\1\x2c\0\6\3web\xc0\x10"sv) +
                            std::string("\xc0\x2d\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\7"sv) +
                            std::string("\xc0\x2d\0\x1c\0\1\0\0\0\5\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"sv);

void a_query_names_what_it_asks_for() {
  const auto message = parse(kQuery);
  CHECK(message && !message->is_answer);
  CHECK(message->name == "www.example.com");
  CHECK(dns_type_name(message->type) == "A");
  CHECK(dns_type_name(28) == "AAAA" && dns_type_name(65'280) == "TYPE65280");
}

void an_answer_tells_addresses_of_all_aliases() {
  const auto message = parse(kAnswer);
  CHECK(message && message->is_answer && message->code == 0);
  CHECK(message->name == "www.example.com");
  CHECK(message->addresses.size() == 2);
  CHECK(std::memcmp(message->addresses[0].bytes.data(), "\xc0\0\2\7", 4) == 0 && message->addresses[0].ttl_s == 300);
  CHECK(message->addresses[1].is_v6 && message->addresses[1].bytes[15] == 7 && message->addresses[1].ttl_s == 5);
}

void names_are_safe_text() {
  const auto message = parse("\0\1\1\0\0\1\0\0\0\0\0\0\5\033[2J.\2\xff\n\0\0\x10\0\1"sv);
  CHECK(message && message->name == "\\027\\0912j\\046.\\255\\010");
  CHECK(parse("\0\1\1\0\0\1\0\0\0\0\0\0\0\0\2\0\1"sv)->name == ".");
}

void what_is_no_message_is_refused() {
  const std::string head("\0\1\1\0\0\1\0\0\0\0\0\0"sv);
  CHECK(!parse(""sv) && !parse(head));
  CHECK(!parse(head + std::string("\xc0\x0c\0\1\0\1"sv)));          // a pointer to itself
  CHECK(!parse(head + std::string("\1a\xc0\x0c\0\1\0\1"sv)));       // … to the name that holds it
  CHECK(!parse(head + std::string("\xc0\xff\0\1\0\1"sv)));          // … behind the end
  CHECK(!parse(head + std::string("\x41" "a\0\0\1\0\1"sv)));        // a label form that is none
  CHECK(!parse("\0\1\1\0\0\2\0\0\0\0\0\0\1a\0\0\1\0\1"sv));         // two questions
  CHECK(!parse("\0\1\x28\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"sv));       // an update
  std::string longest = head;
  for (int i = 0; i < 4; i++) longest += "\x3f" + std::string(63, 'a');
  CHECK(!parse(longest + std::string("\0\0\1\0\1"sv)));             // 257 bytes
}

void a_message_cut_short_keeps_what_is_whole() {
  for (size_t length = 0; length < kAnswer.size(); length++) {
    const auto message = parse(std::string_view(kAnswer).substr(0, length));
    CHECK(message.has_value() == (length >= 33));
    if (message) CHECK(message->addresses.size() == (length >= 67 ? 1u : 0u));
  }
}

void broken_messages_do_no_harm() {
  std::mt19937 random(1);
  size_t read = 0;
  for (int i = 0; i < 300'000; i++) {
    std::string bytes = i % 2 == 0 ? std::string(kQuery) : kAnswer;
    for (uint32_t n = random() % 4 + 1; n > 0; n--) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
    const auto message = parse(bytes);
    if (!message) continue;
    read++;
    CHECK(message->name.size() <= 4 * 255 && message->addresses.size() <= 3);
    for (const char c : message->name) CHECK(c > ' ' && c < 127);
  }
  CHECK(read > 10'000);
}

void addresses_have_names_for_a_while() {
  DnsNames names;
  names.learn(*parse(kAnswer), 10 * kSecond);
  const uint8_t v4[16] = {192, 0, 2, 7}, other[16] = {192, 0, 2, 8};
  CHECK(names.find(v4, false, 20 * kSecond)->value == "www.example.com");
  CHECK(names.find(v4, false, 311 * kSecond) == nullptr);
  CHECK(names.find(other, false, 20 * kSecond) == nullptr && names.find(v4, true, 20 * kSecond) == nullptr);
  const auto v6 = parse(kAnswer)->addresses[1].bytes;
  // Five seconds to live are kept a minute.
  CHECK(names.find(v6.data(), true, 69 * kSecond) != nullptr && names.find(v6.data(), true, 71 * kSecond) == nullptr);
  DnsMessage later = *parse(kAnswer);
  later.name = "other.example";
  names.learn(later, 400 * kSecond);
  CHECK(names.find(v4, false, 401 * kSecond)->value == "other.example");
}

void the_names_are_bounded() {
  DnsNames names;
  DnsMessage message;
  message.name = "flood.example";
  message.addresses.resize(1);
  for (uint32_t i = 0; i < 70'000; i++) {
    std::memcpy(message.addresses[0].bytes.data(), &i, 4);
    names.learn(message, kSecond);
  }
  uint8_t first[16] = {}, last[16] = {};
  const uint32_t n = 69'999;
  std::memcpy(last, &n, 4);
  CHECK(names.find(first, false, kSecond) == nullptr && names.find(last, false, kSecond) != nullptr);
}

}  // namespace

int main() {
  a_query_names_what_it_asks_for();
  an_answer_tells_addresses_of_all_aliases();
  names_are_safe_text();
  what_is_no_message_is_refused();
  a_message_cut_short_keeps_what_is_whole();
  broken_messages_do_no_harm();
  addresses_have_names_for_a_while();
  the_names_are_bounded();
  std::puts("ok");
}
