// Memory of JavaScript's that the reader thread writes into.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <string>
#include <vector>

namespace quince {

/// Hazards: JavaScript may collect the memory, move it to another thread (which detaches it), or give it to two readers.
/// So each piece is held by a reference, must be shared memory, which cannot be detached or shrunk, and is claimed: no
/// other piece in this process, of this sensor or another, may overlap it while the claim stands.
/// On the JavaScript thread only, but for `end_claims`.
class HeldMemory {
 public:
  HeldMemory(napi_env env, const char* name, size_t bytes) : env_(env), name_(name), bytes_(bytes) {}
  ~HeldMemory();
  HeldMemory(const HeldMemory&) = delete;
  HeldMemory& operator=(const HeldMemory&) = delete;

  /// The memory of a Uint8Array. Throws Refused.
  uint8_t* hold(napi_value array);
  std::vector<uint8_t*> hold_all(napi_value list);
  /// Lets go of those held before the one at `index`.
  void let_go_before(size_t index);
  /// The thread will not write any more. May be called from it.
  void end_claims();

 private:
  struct Piece {
    napi_ref ref;
    const uint8_t* at;
  };
  void let_go(Piece& piece);

  napi_env env_;
  const char* name_;
  size_t bytes_;
  std::vector<Piece> pieces_;
};

}  // namespace quince
