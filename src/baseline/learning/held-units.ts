import { halfLifeWeight } from '../../stats/half-life.js';
import { H, mix } from '../../tuple/hash.js';
import type { CellColumns, Pair } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { CALIBRATION_FACTOR, type ContextTable, factorCode } from '../contexts.js';
import { AtomVector, atom, HOST_ATOM } from '../factor/atoms.js';
import {
  type CalibrationContext,
  type CalibrationGroup,
  LEVELS,
  levelKey,
  makeGroup,
  type ScoreHistograms,
} from '../factor/calibration.js';
import { readSignatures } from '../factor/presences.js';
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
  /** Decayed, and lowered where many of one program came on one day. */
  readonly weight: number;
}

/** A calibration group without what one signature (and mask) gave it. */
export interface OwnGroup {
  /** Key of signature and mask. */
  readonly key: Pair;
  readonly group: CalibrationGroup;
}

/**
 * The held units of a view. Those of one program (host, exe) and day are one happening, not so many samples: together they
 * weigh at most `burst_share` of the program's other units of the day, or `burst_least`; what is above that is taken out of
 * the histograms. Else a flood of new signatures teaches what is usual, though none of them is learned. O(cells).
 */
export function readHeldUnits(
  view: FactorView,
  parts: readonly CellColumns[],
  contexts: ContextTable,
  dayOf: SegmentDays,
  asOf: number,
  constants: Constants,
  histograms: ScoreHistograms,
): HeldUnit[] {
  const kind = view.dims === 15 ? KIND.held15 : KIND.held5;
  const held: (Omit<HeldUnit, 'weight'> & { program: number; n: number; age: number })[] = [];
  const programs = new Programs();
  let signatures: ReturnType<typeof readSignatures> | undefined;
  const v = new AtomVector();
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      const [segment, signature, value] = [cells.segment, cells.context, cells.value].map((w) => pairAt(w, i)) as [
        Pair,
        Pair,
        Pair,
      ];
      signatures ??= readSignatures(view, contexts);
      const at = signatures.find(signature.lo, signature.hi);
      if (at < 0) continue;
      signatures.read(at, v);
      const of = (a: number): Pair => ({ lo: v.lo[a]!, hi: v.hi[a]! });
      const context = { host: of(HOST_ATOM), exe: of(EXE), syscall: of(SYSCALL), mask: value.hi };
      const program = programs.at(segment, context.exe);
      const n = cells.n[i]!;
      programs.held.add(program, n);
      held.push({ signature, context, bin: value.lo, program, n, age: asOf - dayOf(segment) });
    }
  }
  if (held.length > 0) countUnits(view, parts, contexts, programs);
  const { burst_share, burst_least } = learningModel().constants;
  return held.map(({ program, n, age, ...unit }) => {
    const whole = n * halfLifeWeight(age, constants.half_life_days);
    const [all, own] = [programs.all.get(program), programs.held.get(program)];
    const share = Math.min(1, Math.max(burst_least, burst_share * (all - own)) / own);
    if (share < 1) histograms.add(unit.context, unit.bin, (share - 1) * whole, (share - 1) * whole);
    return { ...unit, weight: share * whole };
  });
}

/** Units by program (host, exe) and day. */
class Programs {
  private readonly keys = new PairTable();
  readonly held = new Column();
  readonly all = new Column();

  at(segment: Pair, exe: Pair): number {
    mix(segment.lo, segment.hi, exe.lo, exe.hi);
    return this.keys.insert(H.lo, H.hi);
  }
}

function countUnits(view: FactorView, parts: readonly CellColumns[], contexts: ContextTable, programs: Programs): void {
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
    weights[bin]! -= weight;
    counts[bin]! -= weight;
  }
  let bins = weights.length;
  for (let b = 0; b < bins; b++) if (weights[b]! < NOTHING) weights[b] = counts[b] = 0;
  while (bins > 0 && weights[bins - 1] === 0) bins--;
  return makeGroup(group.level, group.lo, group.hi, weights.slice(0, bins), counts.slice(0, bins), constants);
}
