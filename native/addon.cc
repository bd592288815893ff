// The N-API face of the reader. All functions run on the JavaScript thread; none waits for the kernel or the reader
// except `start` (loading, about 0.2 s) and the cleanup of a process that ends without `stop`.
#include <node_api.h>

#include <memory>
#include <string>

#include "arguments.h"
#include "held_memory.h"
#include "reader.h"

namespace quince {
namespace {

// The reader comes last, so that its thread has ended before the memory goes.
struct Sensor {
  explicit Sensor(napi_env env)
      : slots(env, "a slot of the sensor", kSlotBytes), tables(env, "a string table of the sensor", kStringTableBytes) {}

  HeldMemory slots, tables;
  std::unique_ptr<Reader> reader;
};
// Marks the handles that `start` returns; another addon's externals are none.
constexpr napi_type_tag kSensorTag = {0x5175696e63655365, 0x6e736f7248616e64};

napi_value fail(napi_env env, const std::string& message) {
  napi_throw_error(env, "INTERNAL", message.c_str());
  return nullptr;
}

napi_value text_of(napi_env env, const std::string& text) {
  napi_value result;
  napi_create_string_utf8(env, text.c_str(), text.size(), &result);
  return result;
}

napi_value number(napi_env env, uint64_t value) {
  napi_value result;
  napi_create_double(env, static_cast<double>(value), &result);
  return result;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

// An Error with `step` and `errno`, by which src/source/sensor-failure.ts tells the causes apart.
napi_value failure_object(napi_env env, Failure failure, const std::string& text) {
  napi_value error;
  napi_create_error(env, nullptr, text_of(env, text), &error);
  set(env, error, "step", text_of(env, failure.step));
  set(env, error, "errno", number(env, static_cast<uint64_t>(failure.error)));
  return error;
}

void add_names(napi_env env, napi_value list, const char* what, q_name_what kind, std::vector<SensitiveName>& out) {
  for (std::string& text : to_texts(env, list, what)) out.push_back({kind, std::move(text)});
}

void join(void* data) { static_cast<Sensor*>(data)->reader.reset(); }

void finalize(napi_env env, void* data, void*) {
  napi_remove_env_cleanup_hook(env, join, data);
  delete static_cast<Sensor*>(data);
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
  if (napi_call_function(env, receiver, callback, 4, arguments, nullptr) != napi_pending_exception) return;
  // Left pending, it would end as a warning.
  napi_value exception;
  napi_get_and_clear_last_exception(env, &exception);
  napi_fatal_exception(env, exception);
}

// start({ slots, tables, host, flushMs, ringPages, connections, pidNamespace, cpuShare, unreported: { reads, writes, ports }, nameServices,
//         sensitive: { files, folders, suffixes } }, (slot, rows, table, sequence) => void): handle
napi_value start(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &argc, arguments, nullptr, nullptr);
  require_function(env, arguments[1], "the sensor's callback");
  auto sensor = std::make_unique<Sensor>(env);
  ReaderOptions options;
  options.host = to_text(env, property(env, arguments[0], "host"), "host");
  options.flush_ms = to_u32(env, property(env, arguments[0], "flushMs"), "flushMs");
  options.ring_pages = to_u32(env, property(env, arguments[0], "ringPages"), "ringPages");
  options.connections = to_u32(env, property(env, arguments[0], "connections"), "connections");
  options.pid_namespace = to_u32(env, property(env, arguments[0], "pidNamespace"), "pidNamespace");
  const napi_value sensitive = property(env, arguments[0], "sensitive");
  add_names(env, property(env, sensitive, "files"), "files", Q_NAME_FILE, options.sensitive);
  add_names(env, property(env, sensitive, "folders"), "folders", Q_NAME_FOLDER, options.sensitive);
  add_names(env, property(env, sensitive, "suffixes"), "suffixes", Q_NAME_SUFFIX, options.sensitive);
  const napi_value unreported = property(env, arguments[0], "unreported");
  add_names(env, property(env, unreported, "reads"), "reads", Q_NAME_READS, options.sensitive);
  add_names(env, property(env, unreported, "writes"), "writes", Q_NAME_WRITES, options.sensitive);
  options.unreported_ports = to_ports(env, property(env, unreported, "ports"), "ports");
  options.cpu_share = to_share(env, property(env, arguments[0], "cpuShare"), "cpuShare");
  options.name_services = to_texts(env, property(env, arguments[0], "nameServices"), "nameServices");
  options.slots = sensor->slots.hold_all(property(env, arguments[0], "slots"));
  options.tables = sensor->tables.hold_all(property(env, arguments[0], "tables"));
  napi_value name;
  napi_create_string_utf8(env, "quince.sensor", NAPI_AUTO_LENGTH, &name);
  napi_threadsafe_function callback;
  napi_create_threadsafe_function(env, arguments[1], nullptr, name, 0, 1, nullptr, nullptr, nullptr, on_delivery, &callback);
  sensor->reader = std::make_unique<Reader>(std::move(options), [callback, held = sensor.get()](Delivery delivery) {
    if (delivery.slot < 0) {
      held->slots.end_claims();
      held->tables.end_claims();
    }
    auto message = std::make_unique<Delivery>(delivery);
    if (napi_call_threadsafe_function(callback, message.get(), napi_tsfn_nonblocking) == napi_ok) (void)message.release();
    if (delivery.slot < 0) napi_release_threadsafe_function(callback, napi_tsfn_release);
  });
  std::string error;
  napi_value thrown = nullptr;
  try {
    error = sensor->reader->start();
    if (!error.empty()) thrown = failure_object(env, sensor->reader->failure(), error);
  } catch (const std::exception& refused) {
    error = refused.what();
  }
  if (!error.empty()) {
    sensor->reader.reset();
    napi_release_threadsafe_function(callback, napi_tsfn_abort);
    if (thrown == nullptr) return fail(env, error);
    napi_throw(env, thrown);
    return nullptr;
  }
  // Hooks run last in, first out: the thread ends before the function it calls does.
  napi_add_env_cleanup_hook(env, join, sensor.get());
  napi_value handle;
  napi_create_external(env, sensor.get(), finalize, nullptr, &handle);
  (void)sensor.release();
  napi_type_tag_object(env, handle, &kSensorTag);
  return handle;
}

// The sensor whose handle is the first argument; the second argument goes to `argument`.
Sensor& sensor_of(napi_env env, napi_callback_info info, napi_value* argument = nullptr) {
  size_t argc = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &argc, arguments, nullptr, nullptr);
  napi_valuetype type;
  napi_typeof(env, arguments[0], &type);
  bool ours = false;
  if (type == napi_external) napi_check_object_type_tag(env, arguments[0], &kSensorTag, &ours);
  if (!ours) refuse(env, "the sensor", "the handle that start returned", arguments[0]);
  void* data;
  napi_get_value_external(env, arguments[0], &data);
  if (argument != nullptr) *argument = arguments[1];
  return *static_cast<Sensor*>(data);
}

// stop(handle): again and again does no harm.
napi_value stop(napi_env env, napi_callback_info info) {
  sensor_of(env, info).reader->stop();
  return nullptr;
}

napi_value release(napi_env env, napi_callback_info info) {
  napi_value slot;
  Sensor& sensor = sensor_of(env, info, &slot);
  if (!sensor.reader->release(to_u32(env, slot, "release"))) {
    refuse(env, "release", "a slot that was delivered and not released since", slot);
  }
  return nullptr;
}

// addTable(handle, table): to be called when a slot of a new table was delivered; the tables before that one are let go.
napi_value add_table(napi_env env, napi_callback_info info) {
  napi_value array;
  Sensor& sensor = sensor_of(env, info, &array);
  sensor.tables.let_go_before(sensor.reader->table());
  sensor.reader->add_table(sensor.tables.hold(array));
  return nullptr;
}

napi_value stall(napi_env env, napi_callback_info info) {
  napi_value ms;
  Sensor& sensor = sensor_of(env, info, &ms);
  sensor.reader->stall(to_u32(env, ms, "stall"));
  return nullptr;
}

napi_value host(napi_env env, napi_callback_info info) {
  return text_of(env, sensor_of(env, info).reader->host());
}

napi_value counters(napi_env env, napi_callback_info info) {
  static const char* const kinds[Q_KINDS] = {"exec", "fork", "exit", "connect", "accept", "close", "send", "open", "dns", "dns_answer",
                                              "open_failed", "rename", "link", "symlink", "unlink", "truncate",
                                              "chmod", "chown", "memfd", "mount", "recv", "bind", "listen", "socket",
                                              "unix_connect", "unix_accept", "unix_bind", "unix_listen",
                                              "exec_failed", "setid", "ptrace"};
  const Totals totals = sensor_of(env, info).reader->totals();
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
  set(env, result, "rows_without_exe", number(env, totals.rows_without_exe));
  set(env, result, "unsupported_abi", number(env, totals.unsupported_abi));
  set(env, result, "unreported", number(env, totals.unreported));
  set(env, result, "processes", number(env, totals.processes));
  napi_value share;
  napi_create_double(env, totals.cpu_share, &share);
  set(env, result, "cpu_share", share);
  return result;
}

// probe(): undefined, or an Error as `start` throws it, when the kernel does not take the sensor here.
napi_value probe(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  KernelSide kernel;
  std::string error = kernel.load(Q_CONNECTIONS);
  if (error.empty()) error = kernel.attach(8);
  if (!error.empty()) result = failure_object(env, kernel.failure(), error);
  return result;
}

// procOf(tgid, startTicks): bigint, the id of a process instance as rows carry it.
napi_value proc_of(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value arguments[2], result;
  napi_get_cb_info(env, info, &argc, arguments, nullptr, nullptr);
  const uint32_t tgid = to_u32(env, arguments[0], "tgid");
  napi_create_bigint_uint64(env, ProcessTable().proc_of(tgid, to_whole(env, arguments[1], "startTicks")), &result);
  return result;
}

napi_value init(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"start", guarded<start>},       {"stop", guarded<stop>},         {"release", guarded<release>},
                   {"addTable", guarded<add_table>}, {"stall", guarded<stall>},       {"counters", guarded<counters>},
                   {"host", guarded<host>},         {"probe", guarded<probe>},       {"procOf", guarded<proc_of>}};
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
