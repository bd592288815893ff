// Rows of sockets.
#include <cstring>

#include "row_builder.h"
#include "text.h"

namespace quince {
namespace {

const char* const kProtoNames[] = {"", "tcp", "udp", "udplite", "icmp", "raw", "packet", "sctp", "mptcp"};

const char* proto_name(uint32_t proto) { return proto < std::size(kProtoNames) ? kProtoNames[proto] : ""; }

struct Named {
  uint32_t number;
  const char* name;
};
// Linux: linux/socket.h, net.h; IANA: protocol numbers, EtherTypes.
constexpr Named kFamilies[] = {{2, "INET"}, {10, "INET6"}, {17, "PACKET"}};
constexpr Named kTypes[] = {{1, "STREAM"}, {2, "DGRAM"}, {3, "RAW"}, {10, "PACKET"}};
constexpr Named kProtocols[] = {{0, "IP"},    {1, "ICMP"}, {2, "IGMP"},    {6, "TCP"},    {17, "UDP"},    {47, "GRE"},
                                {50, "ESP"},  {51, "AH"},  {58, "ICMPV6"}, {89, "OSPF"}, {112, "VRRP"}, {132, "SCTP"},
                                {255, "RAW"}};
constexpr Named kEtherTypes[] = {{0x0000, "NONE"}, {0x0003, "ALL"},   {0x0800, "IP"},  {0x0806, "ARP"},
                                 {0x86dd, "IPV6"}, {0x888e, "EAPOL"}, {0x88cc, "LLDP"}};
constexpr uint32_t kPacketFamily = 17;

template <size_t N>
std::string name_of(const Named (&names)[N], uint32_t number) {
  for (const Named& named : names) {
    if (named.number == number) return named.name;
  }
  return std::to_string(number);
}

std::string kind_of_socket(const q_socket& e) {
  std::string text = name_of(kFamilies, e.family) + "|" + name_of(kTypes, e.type) + "|";
  if (e.family != kPacketFamily) return text + name_of(kProtocols, e.protocol);
  // A packet socket's protocol is in network order.
  return text + name_of(kEtherTypes, __builtin_bswap16(static_cast<uint16_t>(e.protocol)));
}

// An abstract name has no NUL at its end, and is shown with "@" for the one at its beginning.
std::string socket_path(const q_unix& e) {
  if (e.form == Q_UNIX_COMPONENTS) return join_components({e.data, e.path_len}, e.truncated != 0);
  if (e.path_len > 0 && e.data[0] == 0) return "@" + valid_utf8({e.data + 1, e.path_len - 1});
  return valid_utf8({e.data, strnlen(e.data, e.path_len)});
}

}  // namespace

void RowBuilder::write_flow(const q_flow& flow) {
  const auto address = [&](const uint8_t* bytes) {
    return strings_.code(StringClass::address, format_address(bytes, flow.is_v6 != 0));
  };
  slot_.set_code(Column::saddr, address(flow.saddr));
  slot_.set_code(Column::daddr, address(flow.daddr));
  if (flow.sport != 0) slot_.set_u16(Column::sport, flow.sport);
  if (flow.dport != 0) slot_.set_u16(Column::dport, flow.dport);
  slot_.set_code(Column::proto, word(proto_name(flow.proto)));
}

void RowBuilder::write_net(const q_net& e) {
  write_flow(e.flow);
  if (Text* name = dns_names_.find(e.flow.daddr, e.flow.is_v6 != 0, e.head.boot_ns)) {
    slot_.set_code(Column::daddr_name, strings_.code(StringClass::word, *name));
  }
  const bool is_known = e.ret != Q_RET_UNKNOWN;
  if (is_known) slot_.set_i32(Column::ret, e.ret);
  if (e.fd >= 0) slot_.set_i32(Column::fd, e.fd);
  if (e.duration_ns != Q_UNKNOWN_U64) slot_.set_u64(Column::duration_us, e.duration_ns / 1000);
  if (is_known && e.bytes_out != Q_UNKNOWN_U64) slot_.set_u64(Column::bytes_out, e.bytes_out);
  if (e.bytes_in != Q_UNKNOWN_U64) slot_.set_u64(Column::bytes_in, e.bytes_in);
  if (e.count != 1) slot_.set_u64(Column::count, e.count);
}

void RowBuilder::write_dns(const q_dns& e) {
  write_flow(e.flow);
  if (e.fd >= 0) slot_.set_i32(Column::fd, e.fd);
  const bool is_query = e.head.kind == Q_DNS;
  slot_.set_u64(is_query ? Column::bytes_out : Column::bytes_in, e.message_len);
  const auto message = parse_dns(reinterpret_cast<const uint8_t*>(e.data), e.data_len);
  if (e.ret != Q_RET_UNKNOWN) slot_.set_i32(Column::ret, is_query || !message ? e.ret : -message->code);
  if (!message) return;
  slot_.set_code(Column::daddr_name, word(message->name));
  slot_.set_code(Column::flags, flags(dns_type_name(message->type) + (is_query ? "" : "|ANSWER")));
  if (!is_query && message->is_answer) dns_names_.learn(*message, e.head.boot_ns);
}

void RowBuilder::write_socket(const q_socket& e) {
  slot_.set_code(Column::proto, word(proto_name(e.proto)));
  slot_.set_code(Column::flags, flags(kind_of_socket(e)));
  if (e.ret != Q_RET_UNKNOWN) slot_.set_i32(Column::ret, e.ret);
  if (e.fd >= 0) slot_.set_i32(Column::fd, e.fd);
}

void RowBuilder::write_unix(const q_unix& e, const Image& image) {
  slot_.set_code(Column::proto, word("unix"));
  slot_.set_code(Column::path, strings_.code(StringClass::path, socket_path(e)));
  slot_.set_i32(Column::ret, e.ret);
  if (e.fd >= 0) slot_.set_i32(Column::fd, e.fd);
  if (e.duration_ns != Q_UNKNOWN_U64) slot_.set_u64(Column::duration_us, e.duration_ns / 1000);
  if (e.count != 1) slot_.set_u64(Column::count, e.count);
  if (e.truncated != 0 && !image.cut) slot_.set_true(Column::truncated);
}

}  // namespace quince
