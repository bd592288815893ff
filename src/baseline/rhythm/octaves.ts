import { backOff, ownShare } from '../../stats/pitman-yor.js';
import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { NULL_LO } from '../factor/atoms.js';
import { roleKey } from '../factor/ladder.js';
import type { Constants } from '../factor/spec.js';
import { CountTree } from '../factor/tree.js';
import { FlatTable } from '../flat-table.js';
import type { Roles } from '../roles.js';
import type { SectionArray } from '../snapshot.js';
import { periodOctave } from './describe.js';
import { isRhythm } from './judge.js';
import { PART, type PairParts } from './pair.js';
import type { JudgedPair } from './rhythms.js';
import type { RhythmConstants } from './spec.js';

/** Octaves of periods, ⌊log₂ of seconds⌋: from 15 µs to 18 hours, which lies outside what the gate sees at both ends. */
const LOWEST = -16;
const HIGHEST = 15;
/** A period's octave, or none: a proper base measure over all of them. */
export const BASE_P = 1 / (HIGHEST - LOWEST + 2);

/** All octaves that are counted, and "no rhythm" (undefined). */
export const OCTAVES: readonly (number | undefined)[] = [
  undefined,
  ...Array.from({ length: HIGHEST - LOWEST + 1 }, (_, i) => LOWEST + i),
];

/** A period's octave, in the range that is counted. */
export function octaveOf(periodMs: number): number {
  return Math.max(LOWEST, Math.min(HIGHEST, periodOctave(periodMs)));
}

/** Value of an octave, or of "no rhythm" (undefined), as the factor counts it. */
export function octaveValue(octave: number | undefined): Pair {
  mix(0x6f637461, 0, octave === undefined ? 0 : octave - LOWEST + 1, 0);
  return { lo: H.lo, hi: H.hi };
}

interface Rung {
  readonly key: Pair;
  /** Position on the ladder, also where the role is unknown. */
  readonly rung: number;
}

/**
 * The contexts of a pair's octave, coarse to fine: all → program → port → role → host. Flows without a program are a program
 * of their own, and so are pairs without a port.
 */
export function octaveLadder(parts: PairParts, role: Pair | undefined): Rung[] {
  const add = (part: Pair = { lo: NULL_LO, hi: 0 }) => {
    mix(H.lo, H.hi, part.lo, part.hi);
    return { lo: H.lo, hi: H.hi };
  };
  mix(0x6f637476, 0, 0, 1);
  const all = { lo: H.lo, hi: H.hi };
  const exe = add(parts[PART.exe]);
  const port = add(parts[PART.dport]);
  const host = add(parts[PART.host]);
  const rungs = [all, exe, port].map((key, rung) => ({ key, rung }));
  if (role !== undefined) {
    roleKey(port.lo, port.hi, role.lo, role.hi);
    rungs.push({ key: { lo: H.lo, hi: H.hi }, rung: 3 });
  }
  return [...rungs, { key: host, rung: 4 }];
}

/** The value that a judged pair is counted with. */
function countedValue({ judgement }: JudgedPair, constants: RhythmConstants): Pair {
  return octaveValue(isRhythm(judgement, constants) ? octaveOf(judgement.description.periodMs) : undefined);
}

/** How usual a rhythm of each octave is for a program and port: each judged pair counts once, one without a rhythm as "none". */
export class OctaveCounts {
  private readonly tree = new CountTree();

  constructor(
    judged: readonly JudgedPair[],
    private readonly roles: Roles,
    private readonly constants: RhythmConstants,
    private readonly factors: Constants,
  ) {
    for (const pair of judged) {
      let context = -1;
      for (const { key, rung } of this.ladder(pair)) context = this.tree.contextAt(key.lo, key.hi, rung, context);
      this.tree.change(this.tree.cellAt(context, countedValue(pair, constants)), 1);
    }
  }

  private ladder({ parts }: JudgedPair): Rung[] {
    return octaveLadder(parts, this.roles.get(parts[PART.host]!));
  }

  /** Bits of a counted pair's own value, as if it had not been counted. */
  leftOutBits(pair: JudgedPair): number {
    const { tree, factors } = this;
    const value = countedValue(pair, this.constants);
    const contexts = this.ladder(pair).map(({ key }) => tree.contexts.find(key.lo, key.hi));
    const own = tree.findCell(contexts.at(-1)!, value.lo, value.hi);
    tree.change(own, -1);
    let p = BASE_P;
    for (const c of contexts) p = tree.predict(c, tree.findCell(c, value.lo, value.hi), p, factors);
    tree.change(own, 1);
    return -Math.log2(p);
  }

  /** Sections octave.ctx.keys, .a and octave.cell.keys, .c: P_k = c + a · P_{k−1}, as of the factors. O(cells). */
  freeze(sections: Map<string, SectionArray>): void {
    const { tree, factors } = this;
    const discounts = Array.from({ length: tree.contexts.size }, (_, c) => tree.discountOf(c, factors));
    const contexts = FlatTable.build(
      tree.contexts.size,
      (c) => ({ lo: tree.contexts.keyLo[c]!, hi: tree.contexts.keyHi[c]! }),
      (c) => backOff(tree.total.get(c), discounts[c]! * tree.distinct.get(c), factors.theta),
    );
    const cells = FlatTable.build(
      tree.cells.size,
      (i) => ({ lo: tree.cells.keyLo[i]!, hi: tree.cells.keyHi[i]! }),
      (i) => {
        const c = tree.context.get(i);
        return ownShare(tree.whole.get(i), tree.total.get(c), discounts[c]!, factors.theta);
      },
    );
    sections.set('octave.ctx.keys', contexts.keys);
    sections.set('octave.ctx.a', contexts.values);
    sections.set('octave.cell.keys', cells.keys);
    sections.set('octave.cell.c', cells.values);
  }
}
