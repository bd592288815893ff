// The N-API face of the reader. All functions run on the JavaScript thread; none waits for the kernel or the reader
// except `start` (loading, about 0.2 s) and the cleanup of a process that ends without `stop`.
#include <node_api.h>

#include <memory>
#include <string>
#include <vector>

#include "reader.h"

namespace quince {
namespace {

// Hazard: the reader thread writes into memory that JavaScript owns. So every Uint8Array given to `start` or `addTable`
// is held by a reference: slots until the sensor is collected, which joins the thread first; tables until the reader
// has gone on to the next one.
struct Sensor {
  std::unique_ptr<Reader> reader;
  napi_threadsafe_function callback = nullptr;
  std::vector<napi_ref> slots;
  std::vector<napi_ref> tables;
};

napi_value fail(napi_env env, const std::string& message) {
  napi_throw_error(env, "SENSOR_UNAVAILABLE", message.c_str());
  return nullptr;
}

napi_value number(napi_env env, uint64_t value) {
  napi_value result;
  napi_create_double(env, static_cast<double>(value), &result);
  return result;
}

napi_value property(napi_env env, napi_value object, const char* name) {
  napi_value value;
  napi_get_named_property(env, object, name, &value);
  return value;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

uint32_t to_u32(napi_env env, napi_value value) {
  uint32_t result = 0;
  napi_get_value_uint32(env, value, &result);
  return result;
}

std::string to_text(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

// The memory of a Uint8Array of at least `bytes`, with a reference added to `held`; null when it is none.
uint8_t* hold(napi_env env, std::vector<napi_ref>& held, napi_value array, size_t bytes) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  bool is_array = false;
  napi_is_typedarray(env, array, &is_array);
  if (!is_array || napi_get_typedarray_info(env, array, &type, &length, &data, nullptr, nullptr) != napi_ok) return nullptr;
  if (type != napi_uint8_array || length < bytes || reinterpret_cast<uintptr_t>(data) % 8 != 0) return nullptr;
  napi_ref ref;
  napi_create_reference(env, array, 1, &ref);
  held.push_back(ref);
  return static_cast<uint8_t*>(data);
}

bool hold_all(napi_env env, std::vector<napi_ref>& held, napi_value list, size_t bytes, std::vector<uint8_t*>& out) {
  uint32_t n = 0;
  if (napi_get_array_length(env, list, &n) != napi_ok) return false;
  for (uint32_t i = 0; i < n; i++) {
    napi_value item;
    napi_get_element(env, list, i, &item);
    out.push_back(hold(env, held, item, bytes));
    if (out.back() == nullptr) return false;
  }
  return n > 0;
}

void add_names(napi_env env, napi_value list, q_name_what what, std::vector<SensitiveName>& out) {
  uint32_t n = 0;
  napi_get_array_length(env, list, &n);
  for (uint32_t i = 0; i < n; i++) {
    napi_value item;
    napi_get_element(env, list, i, &item);
    out.push_back({what, to_text(env, item)});
  }
}

void join(void* data) { static_cast<Sensor*>(data)->reader.reset(); }

void finalize(napi_env env, void* data, void*) {
  auto* sensor = static_cast<Sensor*>(data);
  napi_remove_env_cleanup_hook(env, join, sensor);
  sensor->reader.reset();
  for (const napi_ref ref : sensor->slots) napi_delete_reference(env, ref);
  for (const napi_ref ref : sensor->tables) {
    if (ref != nullptr) napi_delete_reference(env, ref);
  }
  delete sensor;
}

void on_delivery(napi_env env, napi_value callback, void*, void* data) {
  const std::unique_ptr<Delivery> delivery(static_cast<Delivery*>(data));
  if (env == nullptr || callback == nullptr) return;
  napi_value arguments[4], receiver;
  napi_create_int32(env, delivery->slot, &arguments[0]);
  napi_create_uint32(env, delivery->rows, &arguments[1]);
  napi_create_uint32(env, delivery->table, &arguments[2]);
  arguments[3] = number(env, delivery->sequence);
  napi_get_undefined(env, &receiver);
  napi_call_function(env, receiver, callback, 4, arguments, nullptr);
}

// start({ slots, tables, host, flushMs, ringPages, connections, sensitive: { files, folders, suffixes } }, (slot, rows, table, sequence) => void): handle
napi_value start(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &argc, arguments, nullptr, nullptr);
  auto* sensor = new Sensor;
  napi_value handle;
  napi_create_external(env, sensor, finalize, nullptr, &handle);

  ReaderOptions options;
  options.host = to_text(env, property(env, arguments[0], "host"));
  options.flush_ms = to_u32(env, property(env, arguments[0], "flushMs"));
  options.ring_pages = to_u32(env, property(env, arguments[0], "ringPages"));
  options.connections = to_u32(env, property(env, arguments[0], "connections"));
  const napi_value sensitive = property(env, arguments[0], "sensitive");
  add_names(env, property(env, sensitive, "files"), Q_NAME_FILE, options.sensitive);
  add_names(env, property(env, sensitive, "folders"), Q_NAME_FOLDER, options.sensitive);
  add_names(env, property(env, sensitive, "suffixes"), Q_NAME_SUFFIX, options.sensitive);
  if (!hold_all(env, sensor->slots, property(env, arguments[0], "slots"), kSlotBytes, options.slots) ||
      !hold_all(env, sensor->tables, property(env, arguments[0], "tables"), kStringTableBytes, options.tables)) {
    return fail(env, "the sensor requires Uint8Arrays over slots and string tables of the right size");
  }
  napi_value name;
  napi_create_string_utf8(env, "quince.sensor", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, arguments[1], nullptr, name, 0, 1, nullptr, nullptr, nullptr, on_delivery,
                                  &sensor->callback);
  // Hooks run last in, first out: the thread ends before the function it calls does.
  napi_add_env_cleanup_hook(env, join, sensor);
  const napi_threadsafe_function callback = sensor->callback;
  sensor->reader = std::make_unique<Reader>(std::move(options), [callback](Delivery delivery) {
    napi_call_threadsafe_function(callback, new Delivery(delivery), napi_tsfn_nonblocking);
    if (delivery.slot < 0) napi_release_threadsafe_function(callback, napi_tsfn_release);
  });
  const std::string error = sensor->reader->start();
  if (error.empty()) return handle;
  sensor->reader.reset();
  napi_release_threadsafe_function(callback, napi_tsfn_abort);
  return fail(env, error);
}

Sensor* sensor_of(napi_env env, napi_callback_info info, napi_value* argument) {
  size_t argc = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &argc, arguments, nullptr, nullptr);
  void* data = nullptr;
  napi_get_value_external(env, arguments[0], &data);
  if (argument != nullptr) *argument = arguments[1];
  auto* sensor = static_cast<Sensor*>(data);
  return sensor == nullptr || sensor->reader == nullptr ? nullptr : sensor;
}

napi_value stop(napi_env env, napi_callback_info info) {
  if (Sensor* sensor = sensor_of(env, info, nullptr)) sensor->reader->stop();
  return nullptr;
}

napi_value release(napi_env env, napi_callback_info info) {
  napi_value slot;
  if (Sensor* sensor = sensor_of(env, info, &slot)) sensor->reader->release(static_cast<int>(to_u32(env, slot)));
  return nullptr;
}

// addTable(handle, table): to be called when a slot of a new table was delivered; the tables before that one are let go.
napi_value add_table(napi_env env, napi_callback_info info) {
  napi_value array;
  Sensor* sensor = sensor_of(env, info, &array);
  if (sensor == nullptr) return nullptr;
  const uint32_t current = sensor->reader->table();
  for (uint32_t i = 0; i < current && i < sensor->tables.size(); i++) {
    if (sensor->tables[i] == nullptr) continue;
    napi_delete_reference(env, sensor->tables[i]);
    sensor->tables[i] = nullptr;
  }
  uint8_t* table = hold(env, sensor->tables, array, kStringTableBytes);
  if (table == nullptr) return fail(env, "addTable requires a Uint8Array over a string table");
  sensor->reader->add_table(table);
  return nullptr;
}

napi_value stall(napi_env env, napi_callback_info info) {
  napi_value ms;
  if (Sensor* sensor = sensor_of(env, info, &ms)) sensor->reader->stall(to_u32(env, ms));
  return nullptr;
}

napi_value host(napi_env env, napi_callback_info info) {
  napi_value text = nullptr;
  if (Sensor* sensor = sensor_of(env, info, nullptr)) {
    napi_create_string_utf8(env, sensor->reader->host().c_str(), NAPI_AUTO_LENGTH, &text);
  }
  return text;
}

napi_value counters(napi_env env, napi_callback_info info) {
  static const char* const kinds[Q_KINDS] = {"exec", "fork", "exit", "connect", "accept", "close", "send", "open",
                                               "rename", "link", "symlink", "unlink"};
  Sensor* sensor = sensor_of(env, info, nullptr);
  if (sensor == nullptr) return nullptr;
  const Totals totals = sensor->reader->totals();
  napi_value result, seen, lost;
  napi_create_object(env, &result);
  napi_create_object(env, &seen);
  napi_create_object(env, &lost);
  for (int i = 0; i < Q_KINDS; i++) set(env, seen, kinds[i], number(env, totals.seen[i]));
  // Runs the kernel refused: it does not say of which kind.
  set(env, seen, "unknown", number(env, totals.recursion_seen));
  for (int i = 0; i < static_cast<int>(Loss::kCount); i++) set(env, lost, kLossNames[i], number(env, totals.lost[i]));
  set(env, result, "seen_by_kind", seen);
  set(env, result, "delivered", number(env, totals.delivered));
  set(env, result, "lost", lost);
  set(env, result, "late", number(env, totals.late));
  set(env, result, "nameless", number(env, totals.nameless));
  set(env, result, "unsupported_abi", number(env, totals.unsupported_abi));
  set(env, result, "processes", number(env, totals.processes));
  return result;
}

// probe(): undefined, or why the kernel does not take the sensor here.
napi_value probe(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  KernelSide kernel;
  std::string error = kernel.load(Q_CONNECTIONS);
  if (error.empty()) error = kernel.attach(8);
  if (!error.empty()) napi_create_string_utf8(env, error.c_str(), error.size(), &result);
  return result;
}

// procOf(tgid, startTicks): bigint, the id of a process instance as rows carry it.
napi_value proc_of(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value arguments[2], result;
  double ticks = 0;
  napi_get_cb_info(env, info, &argc, arguments, nullptr, nullptr);
  napi_get_value_double(env, arguments[1], &ticks);
  napi_create_bigint_uint64(env, ProcessTable().proc_of(to_u32(env, arguments[0]), static_cast<uint64_t>(ticks)), &result);
  return result;
}

napi_value init(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"start", start},       {"stop", stop}, {"release", release},   {"addTable", add_table}, {"stall", stall},
                   {"counters", counters}, {"host", host}, {"probe", probe},       {"procOf", proc_of}};
  for (const auto& [name, function] : functions) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    set(env, exports, name, value);
  }
  return exports;
}

}  // namespace
}  // namespace quince

NAPI_MODULE(quince, quince::init)
