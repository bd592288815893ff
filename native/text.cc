#include "text.h"

#include <cstdio>
#include <cstring>
#include <vector>

#include "events.h"

namespace quince {
namespace {

// Length of the valid UTF-8 sequence at `at`, 0 when there is none (overlong forms and surrogates included).
size_t sequence_length(std::string_view s, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  const uint8_t lead = byte(at);
  if (lead < 0x80) return 1;
  const size_t n = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (n == 0 || at + n > s.size()) return 0;
  for (size_t i = 1; i < n; i++) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = byte(at + 1);
  if (lead == 0xe0 && second < 0xa0) return 0;
  if (lead == 0xed && second >= 0xa0) return 0;
  if (lead == 0xf0 && second < 0x90) return 0;
  if (lead == 0xf4 && second >= 0x90) return 0;
  return n;
}

bool is_plain(std::string_view arg) {
  for (const char c : arg) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word && (c == 0 || std::strchr("_@%+=:,./-", c) == nullptr)) return false;
  }
  return !arg.empty();
}

void append_quoted(std::string& out, std::string_view arg) {
  if (is_plain(arg)) {
    out.append(arg);
    return;
  }
  out.push_back('\'');
  for (const char c : arg) {
    if (c == '\'') {
      out.append("'\\''");
    } else {
      out.push_back(c);
    }
  }
  out.push_back('\'');
}

std::string format_v4(const uint8_t* b) {
  char text[16];
  std::snprintf(text, sizeof text, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
  return text;
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    const size_t n = sequence_length(bytes, at);
    if (n == 0) {
      out.append("\xef\xbf\xbd");
      at++;
    } else {
      out.append(bytes.substr(at, n));
      at += n;
    }
  }
  return out;
}

std::string_view begin_of(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) end--;
  return text.substr(0, end);
}

bool cut_utf8(std::string& text, size_t limit) {
  const size_t end = begin_of(text, limit).size();
  const bool cut = end < text.size();
  text.resize(end);
  return cut;
}

std::string quote_arguments(std::string_view raw, bool& cut) {
  std::string out;
  while (!raw.empty()) {
    const size_t end = raw.find('\0');
    const std::string_view arg = raw.substr(0, end);
    if (!out.empty()) out.push_back(' ');
    append_quoted(out, valid_utf8(arg));
    raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
  }
  if (cut_utf8(out, Q_ARGS_MAX)) cut = true;
  return out;
}

std::string join_components(std::string_view components, bool cut) {
  std::vector<std::string_view> parts;
  while (!components.empty()) {
    const size_t end = components.find('\0');
    parts.push_back(components.substr(0, end));
    components.remove_prefix(end == std::string_view::npos ? components.size() : end + 1);
  }
  // An anonymous pipe's only component is its empty name.
  if (parts.size() == 1 && parts[0].empty()) return "pipe:";
  std::string path = cut ? "…" : "";
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    path.push_back('/');
    path.append(*part);
  }
  return path.empty() ? "/" : valid_utf8(path);
}

std::string absolute_path(std::string_view path, std::string_view cwd) {
  std::string joined;
  if (path.empty() || path[0] != '/') joined.append(cwd).push_back('/');
  joined.append(path);
  std::vector<std::string_view> parts;
  for (std::string_view rest = joined; !rest.empty();) {
    const size_t end = rest.find('/');
    const std::string_view part = rest.substr(0, end);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  std::string out;
  for (const auto part : parts) out.append("/").append(part);
  return out.empty() ? "/" : valid_utf8(out);
}

std::string format_address(const uint8_t* bytes, bool is_v6) {
  static const uint8_t zero[16] = {};
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(bytes, zero, is_v6 ? 16 : 4) == 0) return "";
  if (!is_v6) return format_v4(bytes);
  if (std::memcmp(bytes, mapped, 12) == 0) return std::memcmp(bytes + 12, zero, 4) == 0 ? "" : format_v4(bytes + 12);

  unsigned group[8];
  for (int i = 0; i < 8; i++) group[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
  int best = -1, best_length = 1;
  for (int i = 0; i < 8; i++) {
    int n = 0;
    while (i + n < 8 && group[i + n] == 0) n++;
    if (n > best_length) best = i, best_length = n;
  }
  std::string out;
  for (int i = 0; i < 8; i++) {
    if (i == best) {
      out.append("::");
      i += best_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out.push_back(':');
    char text[8];
    std::snprintf(text, sizeof text, "%x", group[i]);
    out.append(text);
  }
  return out;
}

}  // namespace quince
