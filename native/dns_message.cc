#include "dns_message.h"

#include <algorithm>
#include <cstring>

namespace quince {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kNameBytes = 255;
constexpr uint16_t kTypeA = 1, kTypeAaaa = 28, kClassIn = 1;
constexpr uint8_t kOpcodeBits = 0x78;

class Cursor {
 public:
  Cursor(const uint8_t* data, size_t length) : data_(data), length_(length) {}

  bool skip(size_t n) {
    if (n > length_ - at_) return false;
    at_ += n;
    return true;
  }
  bool u16(uint16_t& value) {
    if (length_ - at_ < 2) return false;
    value = static_cast<uint16_t>(data_[at_] << 8 | data_[at_ + 1]);
    at_ += 2;
    return true;
  }
  bool u32(uint32_t& value) {
    uint16_t high, low;
    if (!u16(high) || !u16(low)) return false;
    value = uint32_t{high} << 16 | low;
    return true;
  }
  const uint8_t* here() const { return data_ + at_; }

  // Reads a name and goes behind it. A pointer must point before the name that holds it, so that none is read twice.
  bool name(std::string* out) {
    size_t from = at_, bound = at_, bytes = 0;
    bool jumped = false;
    for (;;) {
      if (from >= length_) return false;
      const uint8_t size = data_[from];
      if (size == 0) {
        if (!jumped) at_ = from + 1;
        return true;
      }
      if ((size & 0xc0) == 0xc0) {
        if (from + 1 >= length_) return false;
        const size_t to = static_cast<size_t>(size & 0x3f) << 8 | data_[from + 1];
        if (!jumped) at_ = from + 2;
        jumped = true;
        if (to >= bound) return false;
        from = bound = to;
        continue;
      }
      bytes += size + 1;
      if ((size & 0xc0) != 0 || bytes >= kNameBytes || length_ - from <= size) return false;
      if (out != nullptr) append_label(*out, data_ + from + 1, size);
      from += size + 1;
    }
  }

 private:
  static void append_label(std::string& out, const uint8_t* label, size_t size) {
    if (!out.empty()) out.push_back('.');
    for (size_t i = 0; i < size; i++) {
      const uint8_t c = label[i];
      if (c >= 'A' && c <= 'Z') {
        out.push_back(static_cast<char>(c + 32));
      } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
        out.push_back(static_cast<char>(c));
      } else {
        const char escaped[] = {'\\', static_cast<char>('0' + c / 100), static_cast<char>('0' + c / 10 % 10),
                                static_cast<char>('0' + c % 10)};
        out.append(escaped, sizeof escaped);
      }
    }
  }

  const uint8_t* data_;
  size_t length_;
  size_t at_ = 0;
};

// False at the end of what can be read.
bool read_answer(Cursor& cursor, std::vector<DnsAddress>& out) {
  uint16_t type, cls, size;
  uint32_t ttl;
  if (!cursor.name(nullptr) || !cursor.u16(type) || !cursor.u16(cls) || !cursor.u32(ttl) || !cursor.u16(size)) return false;
  const uint8_t* data = cursor.here();
  if (!cursor.skip(size)) return false;
  const bool is_v6 = type == kTypeAaaa;
  if (cls != kClassIn || (type != kTypeA && !is_v6) || size != (is_v6 ? 16 : 4)) return true;
  DnsAddress address;
  std::memcpy(address.bytes.data(), data, size);
  address.is_v6 = is_v6;
  address.ttl_s = ttl;
  out.push_back(address);
  return true;
}

}  // namespace

std::optional<DnsMessage> parse_dns(const uint8_t* data, size_t length) {
  if (length < kHeaderBytes) return std::nullopt;
  Cursor cursor(data, length);
  uint16_t id, flags, questions, answers, cls;
  if (!cursor.u16(id) || !cursor.u16(flags) || !cursor.u16(questions) || !cursor.u16(answers) || !cursor.skip(4)) {
    return std::nullopt;
  }
  if (questions != 1 || (data[2] & kOpcodeBits) != 0) return std::nullopt;
  DnsMessage message;
  message.is_answer = (flags & 0x8000) != 0;
  message.code = flags & 0xf;
  if (!cursor.name(&message.name) || !cursor.u16(message.type) || !cursor.u16(cls) || cls != kClassIn) return std::nullopt;
  if (message.name.empty()) message.name = ".";
  if (!message.is_answer) return message;
  for (uint16_t i = 0; i < answers && read_answer(cursor, message.addresses); i++) {
  }
  return message;
}

std::string dns_type_name(uint16_t type) {
  static constexpr struct {
    uint16_t type;
    const char* name;
  } names[] = {{1, "A"},    {2, "NS"},   {5, "CNAME"},  {6, "SOA"},    {10, "NULL"}, {12, "PTR"}, {15, "MX"},
               {16, "TXT"}, {28, "AAAA"}, {33, "SRV"},  {35, "NAPTR"}, {43, "DS"},   {48, "DNSKEY"}, {52, "TLSA"},
               {64, "SVCB"}, {65, "HTTPS"}, {252, "AXFR"}, {255, "ANY"}};
  for (const auto& known : names) {
    if (known.type == type) return known.name;
  }
  return "TYPE" + std::to_string(type);
}

}  // namespace quince
