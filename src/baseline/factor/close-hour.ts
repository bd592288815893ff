import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { type CellTable, KIND, segmentOf } from '../cells.js';
import { type ContextTable, factorCode, SIGNATURE_FACTOR } from '../contexts.js';
import { PairTable } from '../pair-table.js';
import { ATOM_COUNT, AtomVector, HOST_ATOM, ROLE_ATOM } from './atoms.js';
import { cellKey, factorValue, Ladder } from './ladder.js';
import type { OpenHour } from './open-hours.js';
import type { SignatureTable } from './signatures.js';
import type { FactorView } from './spec.js';

const NONE: Pair = { lo: 0, hi: 0 };

/** Where closed hours go. */
export interface Closing {
  readonly cells: CellTable;
  readonly contexts: ContextTable;
  /** Told of each segment, once or more. */
  segment(segment: Pair, host: Pair, day: number): void;
}

/**
 * Turns an hour's presences into cells: at the finest rung of each factor, n(context, value) counts the distinct
 * (process instance, hour) that hold it. Integers from here on; coarser rungs are summed in freeze. O(presences ×
 * factors).
 */
export function closeHour(
  view: FactorView,
  hour: number,
  hourOfWeek: number,
  open: OpenHour,
  signatures: SignatureTable,
  into: Closing,
): void {
  const v = new AtomVector();
  const ladder = new Ladder();
  const seen = new PairTable();
  const day = Math.floor(hour / 24);
  const factorKind = view.dims === 15 ? KIND.factor15 : KIND.factor5;
  const presenceKind = view.dims === 15 ? KIND.presence15 : KIND.presence5;
  for (const presence of open.entries()) {
    signatures.read(presence.signature, v);
    v.setHour(hourOfWeek);
    const host = { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! };
    const segment = segmentOf(host, day);
    into.segment(segment, host, day);
    const signature = {
      lo: signatures.keys.keyLo[presence.signature]!,
      hi: signatures.keys.keyHi[presence.signature]!,
    };
    const proc = { lo: presence.lo, hi: presence.hi };
    into.cells.add(presenceKind, segment, signature, proc, 1, 2 ** (hour % 24));
    keepSignature(view, signature, v, into.contexts);
    if (!presence.counts) continue;
    for (const factor of view.factors) {
      if (!factorValue(factor, v)) continue;
      const value = { lo: H.lo, hi: H.hi };
      ladder.climb(view, factor, v);
      const k = ladder.finest;
      const context = { lo: ladder.lo[k]!, hi: ladder.hi[k]! };
      cellKey(context.lo, context.hi, value.lo, value.hi);
      mix(H.lo, H.hi, proc.lo, proc.hi);
      const before = seen.size;
      if (seen.insert(H.lo, H.hi) < before) continue;
      into.cells.add(factorKind, segment, context, value, 1, 0);
      keepContexts(view, factor.id, factor.rungs, ladder, v, into.contexts);
    }
  }
}

/** Keeps what a signature is made of, one row an atom. */
export function keepSignature(view: FactorView, signature: Pair, v: AtomVector, contexts: ContextTable): void {
  const code = factorCode(view.dims, SIGNATURE_FACTOR);
  if (contexts.find(signature.lo, signature.hi, code, HOST_ATOM) >= 0) return;
  for (let a = 0; a < ATOM_COUNT - 1; a++) {
    if (v.has[a] === 1 && a !== ROLE_ATOM) contexts.add(signature, code, a, NONE, { lo: v.lo[a]!, hi: v.hi[a]! });
  }
}

function keepContexts(
  view: FactorView,
  id: number,
  rungs: readonly number[],
  ladder: Ladder,
  v: AtomVector,
  contexts: ContextTable,
): void {
  const code = factorCode(view.dims, id);
  let parent = NONE;
  const fresh = contexts.find(ladder.lo[ladder.finest]!, ladder.hi[ladder.finest]!, code, ladder.finest) < 0;
  for (let k = 0; fresh && k < rungs.length; k++) {
    const a = rungs[k]!;
    if (a === ROLE_ATOM) continue;
    const context = { lo: ladder.lo[k]!, hi: ladder.hi[k]! };
    contexts.add(context, code, k, parent, a < 0 ? NONE : { lo: v.lo[a]!, hi: v.hi[a]! });
    parent = context;
  }
}
