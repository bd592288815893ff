import { H, mix } from '../../tuple/hash.js';
import { EPHEMERAL_FROM, portValue } from '../../tuple/ports.js';

const PORT_LO = 0x706f7274;
const HOUR_LO = 0x686f7572;

/** Hash of a port's generalised value; left in H. */
export function portHash(port: number): void {
  mix(PORT_LO, 0, portValue(port), 0);
}

/** Hash of an hour of the week, 0 = Monday 0 h; left in H. */
export function hourHash(hourOfWeek: number): void {
  mix(HOUR_LO, 0, hourOfWeek, 0);
}

portHash(EPHEMERAL_FROM);
const EPHEMERAL_LO = H.lo;
const EPHEMERAL_HI = H.hi;

export function isEphemeralValue(lo: number, hi: number): boolean {
  return lo === EPHEMERAL_LO && hi === EPHEMERAL_HI;
}

/** The lowest bit of an address's hash says IPv6. */
export function isV6Value(lo: number): boolean {
  return (lo & 1) === 1;
}
