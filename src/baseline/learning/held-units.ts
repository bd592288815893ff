import { halfLifeWeight } from '../../stats/half-life.js';
import { H, mix } from '../../tuple/hash.js';
import type { CellColumns, Pair } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { CALIBRATION_FACTOR, type ContextTable, factorCode } from '../contexts.js';
import { AtomVector, atom, HOST_ATOM } from '../factor/atoms.js';
import {
  type CalibrationContext,
  type CalibrationGroup,
  calibrationKey,
  LEVELS,
  levelKey,
  makeGroup,
  type ScoreHistograms,
} from '../factor/calibration.js';
import { readSignatures } from '../factor/presences.js';
import type { SignatureTable } from '../factor/signatures.js';
import type { Constants, FactorView } from '../factor/spec.js';
import { Column, PairTable } from '../pair-table.js';
import type { Roles } from '../roles.js';
import type { SegmentDays } from '../segments.js';
import { learningModel } from './spec.js';

const EXE = atom('exe');
const SYSCALL = atom('syscall');

/** A unit that was held when its score calibrated. */
export interface HeldUnit {
  readonly signature: Pair;
  readonly context: CalibrationContext;
  readonly bin: number;
  readonly day: number;
  /** Decayed, and lowered where many of one program came on one day. */
  readonly weight: number;
}

/** A calibration group without what one signature (and mask) gave it. */
export interface OwnGroup {
  /** Key of signature and mask. */
  readonly key: Pair;
  readonly group: CalibrationGroup;
}

/** What freeze knows of learned state. */
export interface HeldSource {
  readonly view: FactorView;
  readonly parts: readonly CellColumns[];
  readonly contexts: ContextTable;
  readonly dayOf: SegmentDays;
  readonly alike: (segment: Pair) => number;
  /** First day that calibrates a context, by the key of the context. */
  readonly from: (context: Pair) => number;
  /** Whether a signature is in quarantine. */
  readonly isHeld: (signature: Pair) => boolean;
}

/**
 * The held units of a view that count, and what does not count taken out of the histograms:
 * - of a signature that is still held every day but its first: coming again tells nothing of how often news comes, and what
 *   comes daily would make itself and its like usual, though none of it is learned;
 * - of many units of one program (host, exe) that are first held on one day what weighs more than `burst_share` of the
 *   program's other units of the day, or `burst_least`: they are one happening, not so many samples.
 * Every first score enters, else the next day's normal news would stand out more and be held more. O(cells).
 *
 * @param asOf day that ages are counted from
 */
export function takeHeldUnits(
  source: HeldSource,
  asOf: number,
  constants: Constants,
  histograms: ScoreHistograms,
): HeldUnit[] {
  const units = readUnits(source);
  if (units.length === 0) return [];
  const { burst_share, burst_least } = learningModel().constants;
  const first = firstDays(units);
  const repeats = units.map(({ signature, day }) => source.isHeld(signature) && day > first(signature));
  const programs = new Programs();
  const places = units.map(({ segment, context, n }, i) => {
    const at = programs.at(segment, context.exe);
    programs.held.add(at, n);
    if (!repeats[i]) programs.first.add(at, n);
    return at;
  });
  countUnits(source, programs);
  return units.flatMap(({ signature, context, bin, day, segment, calibrates, n }, i) => {
    if (!calibrates) return [];
    const whole = n * halfLifeWeight(asOf - day, constants.half_life_days);
    const at = places[i]!;
    const allowed = Math.max(burst_least, burst_share * (programs.all.get(at) - programs.held.get(at)));
    const share = repeats[i] ? 0 : Math.min(1, allowed / programs.first.get(at));
    if (share < 1) {
      const taken = (share - 1) * whole;
      histograms.add(context, bin, taken, taken, source.alike(segment));
    }
    return share > 0 ? [{ signature, context, bin, day, weight: share * whole }] : [];
  });
}

type StoredUnit = Omit<HeldUnit, 'weight'> & {
  readonly segment: Pair;
  readonly n: number;
  /** Its day is not one that its group has forgotten. */
  readonly calibrates: boolean;
};

function readUnits({ view, parts, contexts, dayOf, from }: HeldSource): StoredUnit[] {
  const kind = view.dims === 15 ? KIND.held15 : KIND.held5;
  const units: StoredUnit[] = [];
  let signatures: SignatureTable | undefined;
  const v = new AtomVector();
  const of = (a: number): Pair => ({ lo: v.lo[a]!, hi: v.hi[a]! });
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      signatures ??= readSignatures(view, contexts);
      const signature = pairAt(cells.context, i);
      const at = signatures.find(signature.lo, signature.hi);
      if (at < 0) continue;
      signatures.read(at, v);
      const segment = pairAt(cells.segment, i);
      const { lo: bin, hi: mask } = pairAt(cells.value, i);
      const context = { host: of(HOST_ATOM), exe: of(EXE), syscall: of(SYSCALL), mask };
      const day = dayOf(segment);
      calibrationKey(context);
      const calibrates = day >= from({ lo: H.lo, hi: H.hi });
      units.push({ signature, context, bin, day, calibrates, segment, n: cells.n[i]! });
    }
  }
  return units;
}

function firstDays(units: readonly StoredUnit[]): (signature: Pair) => number {
  const keys = new PairTable();
  const days: number[] = [];
  for (const { signature, day } of units) {
    const at = keys.insert(signature.lo, signature.hi);
    days[at] = Math.min(days[at] ?? day, day);
  }
  return ({ lo, hi }) => days[keys.find(lo, hi)]!;
}

/** Units by program (host, exe) and day. */
class Programs {
  private readonly keys = new PairTable();
  /** Held ones, those of them that are no repeats, and all. */
  readonly held = new Column();
  readonly first = new Column();
  readonly all = new Column();

  at(segment: Pair, exe: Pair): number {
    mix(segment.lo, segment.hi, exe.lo, exe.hi);
    return this.keys.insert(H.lo, H.hi);
  }
}

function countUnits({ view, parts, contexts }: HeldSource, programs: Programs): void {
  const kind = view.dims === 15 ? KIND.calibration15 : KIND.calibration5;
  const code = factorCode(view.dims, CALIBRATION_FACTOR);
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      const row = contexts.find(cells.context[2 * i]!, cells.context[2 * i + 1]!, code, 1);
      if (row < 0) continue;
      programs.all.add(programs.at(pairAt(cells.segment, i), contexts.value(row)), cells.n[i]!);
    }
  }
}

/**
 * For each signature that is held, the group it is ranked in without its own units: what comes every day does not vouch for
 * itself. Its score counts for all others. O(held signatures × bins).
 */
export function leaveOwnOut(
  units: readonly HeldUnit[],
  isHeld: (signature: Pair) => boolean,
  groups: readonly CalibrationGroup[],
  roles: Roles,
  constants: Constants,
): OwnGroup[] {
  const found = new PairTable();
  groups.forEach(({ lo, hi }) => {
    found.insert(lo, hi);
  });
  const keys = new PairTable();
  const lists: HeldUnit[][] = [];
  for (const unit of units) {
    if (!isHeld(unit.signature)) continue;
    ownKey(unit.signature, unit.context.mask);
    const at = keys.insert(H.lo, H.hi);
    if (at === lists.length) lists.push([]);
    lists[at]!.push(unit);
  }
  return lists.flatMap((list, i) => {
    const { context } = list[0]!;
    const group = groupOf(context, roles.get(context.host), found);
    if (group < 0) return [];
    const key = { lo: keys.keyLo[i]!, hi: keys.keyHi[i]! };
    return [{ key, group: without(groups[group]!, list, constants) }];
  });
}

/** Key of a held signature under a mask of known dimensions; left in H. */
export function ownKey(signature: Pair, mask: number): void {
  mix(signature.lo, signature.hi, 0x6f776e, mask);
}

function groupOf(context: CalibrationContext, role: Pair | undefined, groups: PairTable): number {
  for (let level = 0; level < LEVELS.length; level++) {
    if (!levelKey(level, context, role)) continue;
    const at = groups.find(H.lo, H.hi);
    if (at >= 0) return at;
  }
  return -1;
}

/** Weights below it are what rounding leaves. */
const NOTHING = 1e-9;

function without(group: CalibrationGroup, own: readonly HeldUnit[], constants: Constants): CalibrationGroup {
  const weights = group.weights.slice();
  const counts = group.counts.slice();
  for (const { bin, weight } of own) {
    // The weights of a group are its counts to the shape of its newest scores.
    weights[bin]! -= (weight * group.weights[bin]!) / group.counts[bin]!;
    counts[bin]! -= weight;
  }
  let bins = weights.length;
  for (let b = 0; b < bins; b++) if (weights[b]! < NOTHING) weights[b] = counts[b] = 0;
  while (bins > 0 && weights[bins - 1] === 0) bins--;
  return makeGroup(group.level, group.lo, group.hi, weights.slice(0, bins), counts.slice(0, bins), constants);
}
