/** Ports of 16 bits. */
export const PORT_COUNT = 65_536;

/** First ephemeral port: the default of Linux (net.ipv4.ip_local_port_range) and below that of IANA (49,152). */
export const EPHEMERAL_FROM = 32_768;

/** The value that stands for every ephemeral port: which one a kernel picked says nothing. */
export const EPHEMERAL_VALUE = EPHEMERAL_FROM;

/** Share of all ports that are ephemeral: the base probability of EPHEMERAL_VALUE. */
export const EPHEMERAL_SHARE = (PORT_COUNT - EPHEMERAL_FROM) / PORT_COUNT;

/** Base probability of every other port. Together with EPHEMERAL_SHARE they sum to 1. */
export const PORT_SHARE = 1 / PORT_COUNT;

export function isEphemeral(port: number): boolean {
  return port >= EPHEMERAL_FROM;
}

/** The value a port is counted as. */
export function portValue(port: number): number {
  return port >= EPHEMERAL_FROM ? EPHEMERAL_VALUE : port;
}
