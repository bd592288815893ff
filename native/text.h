// Texts as rows carry them: valid UTF-8, reversible quoting, canonical addresses.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace quince {

/// Replaces each byte that is part of no valid UTF-8 sequence by U+FFFD. O(length).
std::string valid_utf8(std::string_view bytes);

/// The longest beginning of at most `limit` bytes that cuts no character.
std::string_view begin_of(std::string_view text, size_t limit);

/// Shortens to at most `limit` bytes without cutting a character; says whether it did.
bool cut_utf8(std::string& text, size_t limit);

/// NUL-separated arguments as reversible shell quoting, the same as src/tuple/quote.ts, at most Q_ARGS_MAX bytes.
/// Sets `cut` when something was left out.
std::string quote_arguments(std::string_view raw, bool& cut);

/// A path from its components, leaf first, each ended by NUL. A cut path begins with "…/".
std::string join_components(std::string_view components, bool cut);

/// Absolute form of a path relative to `cwd`, without "." and ".." components.
std::string absolute_path(std::string_view path, std::string_view cwd);

/// Canonical text (RFC 5952; IPv4-mapped IPv6 as IPv4); empty for the unspecified address, which means unknown.
std::string format_address(const uint8_t* bytes, bool is_v6);

}  // namespace quince
