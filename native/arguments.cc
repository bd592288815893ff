#include "arguments.h"

#include <cmath>
#include <cstdio>

namespace quince {
namespace {

constexpr double kLargestWhole = 9007199254740991;

// Says what a value is without running any code of JavaScript.
std::string describe(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  bool array = false;
  uint32_t length = 0;
  napi_value as_text;
  char text[32];
  switch (type) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return "a boolean";
    case napi_number:
      napi_coerce_to_string(env, value, &as_text);
      napi_get_value_string_utf8(env, as_text, text, sizeof text, nullptr);
      return text;
    case napi_string:
      return "a string";
    case napi_function:
      return "a function";
    case napi_symbol:
      return "a symbol";
    case napi_bigint:
      return "a bigint";
    case napi_external:
      return "an external";
    case napi_object:
      napi_is_array(env, value, &array);
      if (!array) return "an object";
      napi_get_array_length(env, value, &length);
      return "an array of " + std::to_string(length);
  }
  return "something else";
}

double number_of(napi_env env, napi_value value, const std::string& what, double most) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0 && number <= most) || number != std::trunc(number)) {
    char rule[64];
    std::snprintf(rule, sizeof rule, "a whole number from 0 to %.0f", most);
    refuse(env, what, rule, value);
  }
  return number;
}

std::vector<napi_value> items_of(napi_env env, napi_value list, const std::string& what) {
  uint32_t length = 0;
  if (napi_get_array_length(env, list, &length) != napi_ok) refuse(env, what, "an array", list);
  std::vector<napi_value> items(length);
  for (uint32_t i = 0; i < length; i++) {
    if (napi_get_element(env, list, i, &items[i]) != napi_ok) refuse(env, what, "an array that can be read", list);
  }
  return items;
}

}  // namespace

void refuse(napi_env env, const std::string& what, const std::string& rule, napi_value got) {
  throw Refused(what + " requires " + rule + ", got " + describe(env, got));
}

napi_value property(napi_env env, napi_value object, const char* name) {
  napi_valuetype type;
  napi_typeof(env, object, &type);
  napi_value value;
  if (type != napi_object || napi_get_named_property(env, object, name, &value) != napi_ok) {
    refuse(env, name, "an object that has it", object);
  }
  return value;
}

uint32_t to_u32(napi_env env, napi_value value, const std::string& what) {
  return static_cast<uint32_t>(number_of(env, value, what, UINT32_MAX));
}

uint64_t to_whole(napi_env env, napi_value value, const std::string& what) {
  return static_cast<uint64_t>(number_of(env, value, what, kLargestWhole));
}

std::string to_text(napi_env env, napi_value value, const std::string& what) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) refuse(env, what, "a string", value);
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

std::vector<std::string> to_texts(napi_env env, napi_value list, const std::string& what) {
  std::vector<std::string> texts;
  for (const napi_value item : items_of(env, list, what)) texts.push_back(to_text(env, item, what));
  return texts;
}

std::vector<uint16_t> to_ports(napi_env env, napi_value list, const std::string& what) {
  std::vector<uint16_t> ports;
  for (const napi_value item : items_of(env, list, what)) ports.push_back(static_cast<uint16_t>(number_of(env, item, what, UINT16_MAX)));
  return ports;
}

double to_share(napi_env env, napi_value value, const std::string& what) {
  double share;
  if (napi_get_value_double(env, value, &share) != napi_ok || !(share >= 0 && share <= 4096)) refuse(env, what, "a number of CPUs", value);
  return share;
}

uint32_t length_of(napi_env env, napi_value list, const std::string& what) {
  uint32_t length = 0;
  if (napi_get_array_length(env, list, &length) != napi_ok || length == 0) refuse(env, what, "an array that is not empty", list);
  return length;
}

void require_function(napi_env env, napi_value value, const std::string& what) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type != napi_function) refuse(env, what, "a function", value);
}

}  // namespace quince
