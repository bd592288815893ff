// Reads what JavaScript passed and refuses what is of another kind: nothing of the addon acts on a value it did not check.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace quince {

/// Becomes a JavaScript error of code BAD_ARGUMENT: "<what> requires <rule>, got <value>".
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void refuse(napi_env env, const std::string& what, const std::string& rule, napi_value got);

/// Throws Refused when `object` is none, or a getter threw; the getter's own error then goes on to JavaScript.
napi_value property(napi_env env, napi_value object, const char* name);
uint32_t to_u32(napi_env env, napi_value value, const std::string& what);
/// Up to 2^53 − 1, JavaScript's largest whole number.
uint64_t to_whole(napi_env env, napi_value value, const std::string& what);
std::string to_text(napi_env env, napi_value value, const std::string& what);
/// The strings of an array, which may be empty.
std::vector<std::string> to_texts(napi_env env, napi_value list, const std::string& what);
/// The numbers of an array, which may be empty.
std::vector<uint16_t> to_ports(napi_env env, napi_value list, const std::string& what);
/// A number of CPUs, not negative.
double to_share(napi_env env, napi_value value, const std::string& what);
uint32_t length_of(napi_env env, napi_value list, const std::string& what);
void require_function(napi_env env, napi_value value, const std::string& what);

/// Runs a function of the addon: no C++ exception passes into JavaScript as one.
template <napi_value (*function)(napi_env, napi_callback_info)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return function(env, info);
  } catch (const Refused& refused) {
    // Does nothing while an exception of JavaScript's own is pending.
    napi_throw_error(env, "BAD_ARGUMENT", refused.what());
  } catch (const std::exception& error) {
    napi_throw_error(env, "SENSOR_UNAVAILABLE", error.what());
  }
  return nullptr;
}

}  // namespace quince
