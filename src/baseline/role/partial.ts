import { SlotView } from '../../columnar/slot-view.js';
import { StringHashes } from '../../columnar/string-hashes.js';
import { col } from '../../tuple/columns.js';
import { H, mix } from '../../tuple/hash.js';
import { dayOf } from '../../tuple/time.js';
import { PairTable } from '../pair-table.js';

/**
 * The roles that the rows of a batch name, each (host, role, day, origin) once. Sets merge by union, so no split of batches
 * changes what is known.
 */
export interface RolePartial {
  /** Pairs. */
  readonly host: Uint32Array;
  readonly role: Uint32Array;
  /** String codes of the roles, by which the owner names them. */
  readonly code: Uint32Array;
  /** Since 1970. */
  readonly day: Int32Array;
  /** 1 where configuration gave the role, 0 where the event brought it. */
  readonly configured: Uint8Array;
}

const TS = col('ts');

/**
 * @param configured rows whose role configuration gave, a bit each
 * @param endUs rows at or behind this time are from the future
 */
export function learnRoles(
  slot: SharedArrayBuffer,
  rows: number,
  hashes: SharedArrayBuffer,
  endUs: bigint,
  configured?: Uint8Array,
): RolePartial {
  const view = new SlotView(slot);
  const { whole } = new StringHashes(hashes);
  const times = view.values[TS] as BigInt64Array;
  const [hosts, roles] = [view.codes('host'), view.codes('role')];
  const seen = new PairTable();
  const out = { host: [], role: [], code: [], day: [], configured: [] } as Record<keyof RolePartial, number[]>;
  for (let row = 0; row < rows; row++) {
    const host = hosts[row]!;
    const role = roles[row]!;
    if (host === 0 || role === 0 || !view.isValid(TS, row) || times[row]! >= endUs) continue;
    const day = dayOf(times[row]!);
    const given = configured === undefined ? 0 : (configured[row >> 3]! >> (row & 7)) & 1;
    mix(host, role, day, given);
    const size = seen.size;
    if (seen.insert(H.lo, H.hi) < size) continue;
    out.host.push(whole[2 * host]!, whole[2 * host + 1]!);
    out.role.push(whole[2 * role]!, whole[2 * role + 1]!);
    out.code.push(role);
    out.day.push(day);
    out.configured.push(given);
  }
  return {
    host: Uint32Array.from(out.host),
    role: Uint32Array.from(out.role),
    code: Uint32Array.from(out.code),
    day: Int32Array.from(out.day),
    configured: Uint8Array.from(out.configured),
  };
}
