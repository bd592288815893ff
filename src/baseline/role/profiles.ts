import { halfLifeWeight } from '../../stats/half-life.js';
import { H, mix } from '../../tuple/hash.js';
import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { type ContextTable, factorCode } from '../contexts.js';
import type { FactorModel } from '../factor/spec.js';
import { Column, PairTable } from '../pair-table.js';
import type { SegmentDays } from '../segments.js';
import type { RoleConstants } from './spec.js';

/** What each host has: positions of the cells of the rung above the role, ascending. */
export interface Profiles {
  readonly hosts: readonly Pair[];
  readonly cells: readonly (readonly number[])[];
  /** By cell, hosts that have it. */
  readonly counts: readonly number[];
}

/** Reads the profiles of all hosts from the finest cells, each by its age. O(cells). */
export function readProfiles(
  parts: readonly CellColumns[],
  contexts: ContextTable,
  dayOf: SegmentDays,
  asOf: number,
  { views, constants: { half_life_days } }: FactorModel,
  constants: RoleConstants,
): Profiles {
  const codes = new Set(
    views.fifteen.factors.filter(({ name }) => constants.factors.includes(name)).map(({ id }) => factorCode(15, id)),
  );
  const finest = finestRows(contexts, codes);
  const pairs = new PairTable();
  const weight = new Column();
  const hostOf: number[] = [];
  const cellOf: number[] = [];
  const hosts = new PairTable();
  const cells = new PairTable();
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      if (part.kind[i] !== KIND.factor15) continue;
      const at = finest.keys.find(part.context[2 * i]!, part.context[2 * i + 1]!);
      if (at < 0) continue;
      const { host, above } = finest.rows[at]!;
      const value = pairAt(part.value, i);
      mix(above.lo, above.hi, value.lo, value.hi);
      const cell = cells.insert(H.lo, H.hi);
      const h = hosts.insert(host.lo, host.hi);
      mix(h, cell, 0, 0);
      const p = pairs.insert(H.lo, H.hi);
      hostOf[p] = h;
      cellOf[p] = cell;
      weight.add(p, part.n[i]! * halfLifeWeight(asOf - dayOf(pairAt(part.segment, i)), half_life_days));
    }
  }
  const own: number[][] = Array.from({ length: hosts.size }, () => []);
  const counts = new Array<number>(cells.size).fill(0);
  for (let p = 0; p < pairs.size; p++) {
    if (weight.get(p) < constants.least_weight) continue;
    own[hostOf[p]!]!.push(cellOf[p]!);
    counts[cellOf[p]!]!++;
  }
  const pairOf = (h: number): Pair => ({ lo: hosts.keyLo[h]!, hi: hosts.keyHi[h]! });
  return { hosts: own.map((_, h) => pairOf(h)), cells: own, counts };
}

/** The host of each finest context of some factors, and the context above the role and it. */
function finestRows(contexts: ContextTable, codes: ReadonlySet<number>) {
  const keys = new PairTable();
  const rows: { host: Pair; above: Pair }[] = [];
  const deepest = new Map<number, number>();
  for (let i = 0; i < contexts.size; i++) {
    const code = contexts.factor(i);
    if (codes.has(code)) deepest.set(code, Math.max(deepest.get(code) ?? 0, contexts.rung(i)));
  }
  for (let i = 0; i < contexts.size; i++) {
    if (deepest.get(contexts.factor(i)) !== contexts.rung(i)) continue;
    const { lo, hi } = contexts.context(i);
    if (keys.insert(lo, hi) === rows.length) rows.push({ host: contexts.value(i), above: contexts.parent(i) });
  }
  return { keys, rows };
}

/**
 * What having a cell or not tells of a host, bits: nothing where all have it, or one alone; most where half do.
 * O(cells).
 */
export function cellWeights({ hosts, counts }: Profiles): Float64Array {
  return Float64Array.from(counts, (count) => {
    const p = count / hosts.length;
    return count < 2 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
  });
}

/** A host's name in order: by text where one is known, so that the key decides nothing. */
export function byName(text: (host: Pair) => string | undefined): (a: Pair, b: Pair) => number {
  const name = (host: Pair) => text(host) ?? `\uffff${pairName(host)}`;
  return (a, b) => (name(a) < name(b) ? -1 : Number(name(a) > name(b)));
}
