import ipaddr from 'ipaddr.js';

/** No canonical or accepted form is longer: 45 for IPv6 with an embedded IPv4, and a zone id. */
const MAX_LENGTH = 128;
const DOTTED = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const V6_CHARACTERS = /^[0-9a-f:.]+$/i;

/**
 * Canonical text of an IP address: IPv6 after RFC 5952, IPv4-mapped IPv6 as IPv4, zone id dropped. Undefined for
 * anything else: IPv4 is four plain decimal numbers, since "127.1" and "010.0.0.1" mean different hosts to different
 * programs.
 */
export function canonicalAddress(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (!text.includes(':')) return isDotted(text) ? text : undefined;
  const zone = text.indexOf('%');
  if (zone === text.length - 1) return undefined;
  const bare = zone < 0 ? text : text.slice(0, zone);
  if (!V6_CHARACTERS.test(bare)) return undefined;
  const tail = bare.slice(bare.lastIndexOf(':') + 1);
  if (tail.includes('.') && !isDotted(tail)) return undefined;
  const groups = parseGroups(bare);
  if (groups === undefined) return undefined;
  return isMapped(groups) ? dotted(groups[6]!, groups[7]!) : compress(groups);
}

/** The eight 16-bit groups of an IPv6 address, undefined when it is none. */
export function parseGroups(text: string): number[] | undefined {
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  return ipaddr.IPv6.parse(text).parts;
}

/** Shortest text of eight groups: the first longest run of two or more zero groups becomes "::". */
export function compress(groups: readonly number[]): string {
  let best = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > length) {
      best = i;
      length = j - i;
    }
    i = Math.max(i, j - 1);
  }
  const hex = groups.map((g) => g.toString(16));
  if (best < 0) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + length).join(':')}`;
}

function isDotted(text: string): boolean {
  return DOTTED.test(text) && text.split('.').every((part) => Number(part) <= 255);
}

function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((g) => g === 0);
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
