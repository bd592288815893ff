/** The ends of an event or pair; either may be unknown. */
export interface Ends {
  readonly saddr?: unknown;
  readonly daddr?: unknown;
  readonly dport?: unknown;
}

/** "10.0.0.7 → 192.0.2.5:443"; undefined where an address is unknown. */
export function flowEnds({ saddr, daddr, dport }: Ends): string | undefined {
  const end = endpointText(daddr, dport);
  return end === undefined || saddr === undefined || saddr === null ? undefined : `${saddr} → ${end}`;
}

/** "10.0.0.5:443", "[2001:db8::1]:443"; an address without a port alone; undefined without an address. */
export function endpointText(address: unknown, port: unknown): string | undefined {
  if (address === undefined || address === null) return undefined;
  if (port === undefined || port === null) return String(address);
  return String(address).includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
