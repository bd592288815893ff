import { PairTable } from '../baseline/pair-table.js';
import { SUBJECT_PARTS } from '../baseline/window/learn.js';
import { SlotView } from '../columnar/slot-view.js';
import { StringHashes } from '../columnar/string-hashes.js';
import { col } from '../tuple/columns.js';
import { H, mix } from '../tuple/hash.js';
import { dayOf, minuteOf } from '../tuple/time.js';
import { FLAG } from './calibrated-p.js';
import type { BatchScores } from './score-batch.js';

/** The units of a batch: of each signature and UTC day a row of its first minute, with that and its subject. */
export interface UnitPartial {
  /** Position in the batch. */
  readonly row: Uint32Array;
  /** Minutes since 1970. */
  readonly minute: Int32Array;
  /** A pair and its presence for each of SUBJECT_PARTS. */
  readonly parts: Uint32Array;
  readonly has: Uint8Array;
}

const TS = col('ts');

/** Units of scored rows; rows without a time or host are of no minute. O(rows). */
export function dayUnits(
  slot: SharedArrayBuffer,
  rows: number,
  hashes: SharedArrayBuffer,
  { flags, signature }: BatchScores,
): UnitPartial {
  const view = new SlotView(slot);
  const times = view.values[TS] as BigInt64Array;
  const codes = SUBJECT_PARTS.map((name) => view.codes(name));
  const { whole } = new StringHashes(hashes);
  const seen = new PairTable();
  const out = { row: [] as number[], minute: [] as number[], parts: [] as number[], has: [] as number[] };
  for (let row = 0; row < rows; row++) {
    if (flags[row]! & FLAG.unscored || codes[0]![row] === 0 || !view.isValid(TS, row)) continue;
    mix(signature[2 * row]!, signature[2 * row + 1]!, dayOf(times[row]!), 0);
    const before = seen.size;
    const unit = seen.insert(H.lo, H.hi);
    const minute = minuteOf(times[row]!);
    if (unit < before) {
      if (minute < out.minute[unit]!) [out.row[unit], out.minute[unit]] = [row, minute];
      continue;
    }
    out.row.push(row);
    out.minute.push(minute);
    for (const of of codes) {
      const code = of[row]!;
      out.parts.push(whole[2 * code]!, whole[2 * code + 1]!);
      out.has.push(code === 0 ? 0 : 1);
    }
  }
  return {
    row: Uint32Array.from(out.row),
    minute: Int32Array.from(out.minute),
    parts: Uint32Array.from(out.parts),
    has: Uint8Array.from(out.has),
  };
}
