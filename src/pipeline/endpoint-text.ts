/** "10.0.0.5:443", "[2001:db8::1]:443"; an address without a port alone; undefined without an address. */
export function endpointText(address: unknown, port: unknown): string | undefined {
  if (address === undefined || address === null) return undefined;
  if (port === undefined || port === null) return String(address);
  return String(address).includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
