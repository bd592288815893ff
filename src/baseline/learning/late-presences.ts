import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import { CellTable, KIND, pairAt, segmentOf } from '../cells.js';
import { AtomVector, HOST_ATOM } from '../factor/atoms.js';
import { type Closing, closeHour } from '../factor/close-hour.js';
import { hourOfWeek } from '../factor/hours.js';
import { OpenHour } from '../factor/open-hours.js';
import type { SignatureTable } from '../factor/signatures.js';
import type { Constants, FactorView } from '../factor/spec.js';
import type { Waiting } from './held-presences.js';

/**
 * Learns presences of hours that are closed: adds what closing the hour with them gives beyond what closing it without them
 * gave, learn(A ∪ B) − learn(A). Exact as long as the presences of their days are kept. O(cells) + O(presences of the hours).
 *
 * @param parts everything learned so far
 */
export function learnLate(
  view: FactorView,
  constants: Constants,
  signatures: SignatureTable,
  late: readonly Waiting[],
  parts: readonly CellColumns[],
  into: Closing,
): void {
  const v = new AtomVector();
  const hostOf = (signature: number): Pair => {
    signatures.read(signature, v);
    return { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! };
  };
  const hours = new Map<string, LateHour>();
  for (const row of late) {
    const segment = segmentOf(hostOf(row.signature), Math.floor(row.hour / 24));
    const key = `${pairName(segment)}:${row.hour % 24}`;
    const at = hours.get(key) ?? { hour: row.hour, before: [], late: [] };
    hours.set(key, at);
    at.late.push(row);
  }
  collect(view, signatures, parts, hours);
  for (const { hour, before, late: rows } of hours.values()) {
    const close = (presences: readonly Waiting[]) => {
      const open = new OpenHour(constants.presence_cap);
      for (const { signature, lo, hi } of presences) open.add(signatures, signature, lo, hi);
      const cells = new CellTable();
      closeHour(view, hour, hourOfWeek(hour, constants.hour_zone), open, signatures, { ...into, cells });
      return cells.sorted();
    };
    add(close([...before, ...rows]), 1, into.cells);
    add(close(before), -1, into.cells);
  }
}

interface LateHour {
  readonly hour: number;
  /** Presences that the hour closed with. */
  readonly before: Waiting[];
  readonly late: Waiting[];
}

function collect(
  view: FactorView,
  signatures: SignatureTable,
  parts: readonly CellColumns[],
  hours: ReadonlyMap<string, LateHour>,
): void {
  const kind = view.dims === 15 ? KIND.presence15 : KIND.presence5;
  const sums = new CellTable();
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      sums.add(kind, pairAt(cells.segment, i), pairAt(cells.context, i), pairAt(cells.value, i), 0, cells.s[i]!);
    }
  }
  const all = sums.sorted();
  for (let i = 0; i < all.length; i++) {
    const segment = pairAt(all.segment, i);
    for (let h = 0, bits = all.s[i]!; bits > 0; h++, bits = Math.floor(bits / 2)) {
      if (bits % 2 === 0) continue;
      const at = hours.get(`${pairName(segment)}:${h}`);
      if (at === undefined) continue;
      const signature = signatures.find(all.context[2 * i]!, all.context[2 * i + 1]!);
      if (signature >= 0) at.before.push({ signature, hour: at.hour, ...pairAt(all.value, i) });
    }
  }
}

function add(cells: CellColumns, sign: 1 | -1, into: CellTable): void {
  for (let i = 0; i < cells.length; i++) {
    const [segment, context, value] = [cells.segment, cells.context, cells.value].map((w) => pairAt(w, i)) as [
      Pair,
      Pair,
      Pair,
    ];
    into.add(cells.kind[i] as never, segment, context, value, sign * cells.n[i]!, sign * cells.s[i]!);
  }
}
