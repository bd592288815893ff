/** Where an address lies, which is what is kept of an address inside a command line. */
export type AddressScope = 'loopback' | 'ip-any' | 'ip-private' | 'ip-link' | 'ip-multicast' | 'ip';

/** @param address canonical text. Scopes after the IANA special-purpose registries (RFC 6890); "ip" is global. */
export function addressScope(address: string): AddressScope {
  return address.includes(':') ? scopeOf6(address) : scopeOf4(address);
}

function scopeOf4(address: string): AddressScope {
  const [a, b] = address.split('.').map(Number) as [number, number];
  if (a === 127) return 'loopback';
  if (a === 0) return 'ip-any';
  if (a === 169 && b === 254) return 'ip-link';
  if (a >= 224 && a <= 239) return 'ip-multicast';
  const shared = a === 100 && b >= 64 && b <= 127;
  const inside = a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168);
  return shared || inside ? 'ip-private' : 'ip';
}

function scopeOf6(address: string): AddressScope {
  if (address === '::1') return 'loopback';
  if (address === '::') return 'ip-any';
  const first = Number.parseInt(address, 16);
  if (first >= 0xfe80 && first <= 0xfebf) return 'ip-link';
  if (first >= 0xff00) return 'ip-multicast';
  return first >= 0xfc00 && first <= 0xfdff ? 'ip-private' : 'ip';
}
