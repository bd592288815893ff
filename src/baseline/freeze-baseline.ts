import { halfLifeWeight } from '../stats/half-life.js';
import type { CellColumns, Pair } from '../tuple/learned.js';
import { KIND, pairAt } from './cells.js';
import { CALIBRATION_FACTOR, type ContextTable, factorCode } from './contexts.js';
import { buildTree } from './factor/build-tree.js';
import { type CalibrationContext, groupHistograms, ScoreHistograms } from './factor/calibration.js';
import { freezeCounts, freezeGroups, freezeKinds, freezeRoles } from './factor/freeze.js';
import { LeaveOut } from './factor/leave-out.js';
import { type KindWeight, Presences, readSignatures } from './factor/presences.js';
import type { Constants, FactorView } from './factor/spec.js';
import { startHashes } from './hash-key.js';
import { type HeldUnit, leaveOwnOut, takeHeldUnits } from './learning/held-units.js';
import { learningModel } from './learning/spec.js';
import type { BaselineModel } from './model.js';
import { freezeRhythms } from './rhythm/freeze.js';
import type { Rhythms } from './rhythm/rhythms.js';
import { Roles } from './roles.js';
import type { Segments } from './segments.js';
import { packSnapshot, type SectionArray, Snapshot, type SnapshotCard } from './snapshot.js';
import { freezeWindows } from './window/freeze-windows.js';

export interface FreezeOptions {
  /** Whether a signature is in quarantine. */
  readonly isHeld: (view: 'fifteen' | 'five', signature: Pair) => boolean;
  /** Roles of days before this one count. */
  readonly before?: number;
  /** Frozen too where given: their gates cost, and scores of single events do not need them. */
  readonly rhythms?: Rhythms;
}

/**
 * Freezes learned state into a snapshot: counts on all rungs, discounts, decay, calibration. Nothing of it is stored
 * or merged; the same state gives the same bytes. Undefined when nothing was learned.
 */
export function freezeBaseline(
  model: BaselineModel,
  key: Uint8Array,
  parts: readonly CellColumns[],
  contexts: ContextTable,
  segments: Segments,
  { isHeld, before, rhythms }: FreezeOptions,
): Snapshot | undefined {
  const days = segments.days();
  if (days.length === 0) return undefined;
  const asOf = days[days.length - 1]!;
  const roles = Roles.from(contexts, before);
  const dayOf = (segment: { lo: number; hi: number }) => segments.find(segment)?.day ?? asOf;
  const sections = new Map<string, SectionArray>();
  const views: SnapshotCard['views'] = {};
  let calibration: SnapshotCard['calibration'] = 'leave-out';
  let hourCalibrated = false;
  for (const view of Object.values(model.views)) {
    const { constants } = model;
    const holds = (signature: Pair) => isHeld(view.name, signature);
    const { tree, spans } = buildTree(view, parts, contexts, dayOf, roles, asOf, constants);
    const prequential = days.length >= constants.leave_out_days;
    const counted = freezeCounts(view, tree, prequential ? spans : undefined, constants, sections);
    let kinds: KindWeight[] = [];
    let held: HeldUnit[] = [];
    let histograms = prequential ? storedHistograms(view, parts, contexts, dayOf, asOf, constants) : undefined;
    if (histograms === undefined || histograms.contexts.length === 0) {
      const presences = new Presences(view, parts, readSignatures(view, contexts), dayOf);
      histograms = new LeaveOut(view, tree, presences, roles, constants, startHashes(key)).run();
      kinds = presences.kindWeights(constants.presence_cap + 1);
    } else {
      calibration = 'prequential';
      held = takeHeldUnits({ view, parts, contexts, dayOf, isHeld: holds }, asOf, constants, histograms);
      hourCalibrated ||= hourUnits(view, histograms) >= constants.group_min_units;
    }
    const groups = groupHistograms(histograms, roles, constants);
    const own = leaveOwnOut(held, holds, groups, roles, constants);
    freezeGroups(view, groups, sections, own);
    freezeKinds(view, kinds, sections);
    const units = groups.reduce((sum, g) => sum + g.units, 0);
    views[view.name] = { ...counted, groups: groups.length, units };
  }
  freezeRoles(roles, sections);
  const state = { cells: parts[0]!, contexts, segments, roles };
  const windows = freezeWindows(state, model.windows, model.constants, sections);
  const known = rhythms === undefined ? {} : { rhythms: freezeRhythms(rhythms, roles, model.constants, sections) };
  const learned = { learning: learningModel().hash, asOf, daysLearned: days.length, calibration, hourCalibrated };
  const card: SnapshotCard = { model: model.hash, ...learned, views, windows, ...known };
  return new Snapshot(packSnapshot(card, sections));
}

/** Units that were scored with the hour of the week. */
function hourUnits(view: FactorView, histograms: ScoreHistograms): number {
  const bit = view.factors.find((f) => f.base === 'hour')?.bit ?? -1;
  let units = 0;
  histograms.contexts.forEach(({ mask }, i) => {
    if (bit >= 0 && ((mask >> bit) & 1) === 1) for (const n of histograms.units[i]!.values()) units += n;
  });
  return units;
}

/** Prequential scores: histograms from the calibration cells, each day by its age. */
function storedHistograms(
  view: FactorView,
  parts: readonly CellColumns[],
  contexts: ContextTable,
  dayOf: (segment: { lo: number; hi: number }) => number,
  asOf: number,
  constants: Constants,
): ScoreHistograms {
  const kind = view.dims === 15 ? KIND.calibration15 : KIND.calibration5;
  const code = factorCode(view.dims, CALIBRATION_FACTOR);
  const histograms = new ScoreHistograms();
  const part = (key: { lo: number; hi: number }, rung: number) => {
    const row = contexts.find(key.lo, key.hi, code, rung);
    return row < 0 ? { lo: 0, hi: 0 } : contexts.value(row);
  };
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      const key = pairAt(cells.context, i);
      const context: CalibrationContext = {
        host: part(key, 0),
        exe: part(key, 1),
        syscall: part(key, 2),
        mask: part(key, 3).lo,
      };
      const age = asOf - dayOf(pairAt(cells.segment, i));
      const weight = cells.n[i]! * halfLifeWeight(age, constants.half_life_days);
      histograms.add(context, cells.value[2 * i]!, weight, weight);
    }
  }
  return histograms;
}
