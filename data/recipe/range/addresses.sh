# Sourced. Every address of the range: private, and the blocks reserved for documentation (RFC 5737).
HOST_ADDRESS=10.20.0.5
WORLD_ADDRESSES="10.20.0.1/24 10.20.0.11/24 10.20.0.12/24 10.20.0.13/24 10.20.0.20/24 10.20.0.30/24 10.20.0.44/24
10.20.0.53/24 10.20.0.66/24
198.51.100.10/32 198.51.100.23/32 198.51.100.57/32 198.51.100.80/32 198.51.100.99/32 198.51.100.140/32
203.0.113.66/32 203.0.113.77/32 203.0.113.88/32"

# add_world_addresses DEVICE: the world answers at all of them.
add_world_addresses() {
  local address
  for address in $WORLD_ADDRESSES; do ip address add "$address" dev "$1"; done
  ip link set "$1" up
}

# add_host_address DEVICE: the recorded host, with the world as its gateway.
add_host_address() {
  ip address add "$HOST_ADDRESS/24" dev "$1"
  ip link set "$1" up
  ip route add default via 10.20.0.1
}
