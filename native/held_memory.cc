#include "held_memory.h"

#include <map>
#include <mutex>

#include "arguments.h"

namespace quince {
namespace {

struct Claim {
  size_t bytes;
  const HeldMemory* owner;
};
// Of all sensors of the process: workers load the addon too.
std::mutex mutex;
std::map<const uint8_t*, Claim> claims;

bool claim(const uint8_t* at, size_t bytes, const HeldMemory* owner) {
  const std::lock_guard lock(mutex);
  const auto next = claims.lower_bound(at);
  if (next != claims.end() && next->first < at + bytes) return false;
  if (next != claims.begin() && std::prev(next)->first + std::prev(next)->second.bytes > at) return false;
  claims.emplace(at, Claim{bytes, owner});
  return true;
}

}  // namespace

HeldMemory::~HeldMemory() {
  end_claims();
  for (Piece& piece : pieces_) {
    if (piece.ref != nullptr) napi_delete_reference(env_, piece.ref);
  }
}

uint8_t* HeldMemory::hold(napi_value array) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  napi_value buffer;
  bool is_array = false, is_detachable = true;
  napi_is_typedarray(env_, array, &is_array);
  if (!is_array || napi_get_typedarray_info(env_, array, &type, &length, &data, &buffer, nullptr) != napi_ok) {
    refuse(env_, name_, "Uint8Arrays", array);
  }
  napi_is_arraybuffer(env_, buffer, &is_detachable);
  if (type != napi_uint8_array || is_detachable) {
    throw Refused(std::string(name_) + " requires a Uint8Array over a SharedArrayBuffer, got " +
                  (is_detachable ? "one over an ArrayBuffer" : "another typed array"));
  }
  if (length < bytes_) {
    throw Refused(std::string(name_) + " requires at least " + std::to_string(bytes_) + " bytes, got " + std::to_string(length));
  }
  const auto* at = static_cast<uint8_t*>(data);
  if (reinterpret_cast<uintptr_t>(at) % 8 != 0) {
    throw Refused(std::string(name_) + " requires memory at a multiple of 8, got another address");
  }
  if (!claim(at, bytes_, this)) {
    throw Refused(std::string(name_) + " requires memory that no running sensor fills, got some that is being filled");
  }
  pieces_.push_back({nullptr, at});
  napi_create_reference(env_, array, 1, &pieces_.back().ref);
  return static_cast<uint8_t*>(data);
}

std::vector<uint8_t*> HeldMemory::hold_all(napi_value list) {
  std::vector<uint8_t*> all;
  const uint32_t n = length_of(env_, list, name_);
  for (uint32_t i = 0; i < n; i++) {
    napi_value item;
    if (napi_get_element(env_, list, i, &item) != napi_ok) refuse(env_, name_, "elements that can be read", list);
    all.push_back(hold(item));
  }
  return all;
}

void HeldMemory::let_go_before(size_t index) {
  for (size_t i = 0; i < index && i < pieces_.size(); i++) let_go(pieces_[i]);
}

void HeldMemory::let_go(Piece& piece) {
  if (piece.ref == nullptr) return;
  napi_delete_reference(env_, piece.ref);
  piece.ref = nullptr;
  const std::lock_guard lock(mutex);
  claims.erase(piece.at);
}

void HeldMemory::end_claims() {
  const std::lock_guard lock(mutex);
  std::erase_if(claims, [this](const auto& entry) { return entry.second.owner == this; });
}

}  // namespace quince
