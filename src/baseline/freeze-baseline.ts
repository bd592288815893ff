import { halfLifeWeight } from '../stats/half-life.js';
import { type CellColumns, type Pair, pairName } from '../tuple/learned.js';
import type { CalibrationBreak, SnapshotCard } from './card.js';
import { KIND, pairAt } from './cells.js';
import { CALIBRATION_FACTOR, type ContextTable, factorCode } from './contexts.js';
import { buildTree } from './factor/build-tree.js';
import {
  type CalibrationContext,
  type CalibrationGroup,
  FRESH_LEVEL,
  groupHistograms,
  ScoreHistograms,
} from './factor/calibration.js';
import { freezeCounts, freezeGroups, freezeHosts, freezeKinds, freezeRoles } from './factor/freeze.js';
import { chooseHosts, type HostEvidence, leaveHostsOut } from './factor/leave-hosts-out.js';
import { LeaveOut } from './factor/leave-out.js';
import { type KindWeight, Presences, readSignatures } from './factor/presences.js';
import type { Constants, FactorView } from './factor/spec.js';
import type { CountTree } from './factor/tree.js';
import { Watch } from './factor/watch.js';
import { startHashes } from './hash-key.js';
import { freezeVectors } from './joint/freeze-vectors.js';
import { applyVerdicts } from './learning/apply-verdicts.js';
import { type HeldUnit, leaveOwnOut, takeHeldUnits } from './learning/held-units.js';
import { learningModel } from './learning/spec.js';
import type { Standing } from './learning/verdicts.js';
import { WindowBursts } from './learning/window-bursts.js';
import { freezeMinutes } from './minute/freeze-minutes.js';
import type { BaselineModel } from './model.js';
import { freezeRhythms } from './rhythm/freeze.js';
import type { Rhythms } from './rhythm/rhythms.js';
import type { Roles } from './roles.js';
import type { Segments } from './segments.js';
import { packSnapshot, type SectionArray, Snapshot } from './snapshot.js';
import { freezeWindows } from './window/freeze-windows.js';

export interface FreezeOptions {
  /** Whether a signature is in quarantine. */
  readonly isHeld: (view: 'fifteen' | 'five', signature: Pair) => boolean;
  readonly roles: Roles;
  /** Frozen too where given: their gates cost, and scores of single events do not need them. */
  readonly rhythms?: Rhythms;
  /** Of persons, in force on the day. */
  readonly verdicts?: readonly Standing[];
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
  { isHeld, roles, rhythms, verdicts = [] }: FreezeOptions,
): Snapshot | undefined {
  const days = segments.days();
  if (days.length === 0) return undefined;
  const asOf = days[days.length - 1]!;
  const dayOf = (segment: { lo: number; hi: number }) => segments.find(segment)?.day ?? asOf;
  const alike = segments.likeness(model.constants.likeness_power);
  const sections = new Map<string, SectionArray>();
  const leftOut = chooseHosts(segments, roles, model.roles.constants.left_out_hosts);
  const views: SnapshotCard['views'] = {};
  let calibration: SnapshotCard['calibration'] = 'leave-out';
  let hourCalibrated = false;
  const breaks: CalibrationBreak[] = [];
  for (const view of Object.values(model.views)) {
    const { constants } = model;
    const holds = (signature: Pair) => isHeld(view.name, signature);
    const { tree, spans } = buildTree(view, parts, contexts, dayOf, roles, asOf, constants);
    if (view.dims === 15 && verdicts.length > 0) applyVerdicts(tree, view, verdicts, roles, segments.hosts());
    const prequential = days.length >= constants.leave_out_days;
    const watch =
      view.dims === 15
        ? new Watch(parts, contexts, dayOf, roles, model.decision.constants, constants.group_min_units)
        : undefined;
    const from = (context: Pair) => watch?.from(context) ?? Number.NEGATIVE_INFINITY;
    watch?.freeze(view.name, sections);
    breaks.push(...(watch?.breaks ?? []));
    const counted = freezeCounts(view, tree, prequential ? spans : undefined, constants, sections);
    let kinds: KindWeight[] = [];
    let held: HeldUnit[] = [];
    let histograms = prequential
      ? storedHistograms(view, parts, contexts, segments, alike, constants, from)
      : undefined;
    if (histograms === undefined || histograms.contexts.length === 0) {
      const presences = new Presences(view, parts, readSignatures(view, contexts), dayOf);
      histograms = new LeaveOut(view, tree, presences, roles, constants, startHashes(key)).run();
      kinds = presences.kindWeights(constants.presence_cap + 1);
    } else {
      calibration = 'prequential';
      const source = { view, parts, contexts, dayOf, alike, from, isHeld: holds };
      held = takeHeldUnits(source, asOf, constants, histograms);
      hourCalibrated ||= hourUnits(view, histograms) >= constants.group_min_units;
    }
    const groups = groupHistograms(histograms, roles, constants);
    const own = leaveOwnOut(held, holds, groups, roles, constants);
    freezeGroups(
      view,
      groups,
      sections,
      own,
      freshGroups(view, tree, { parts, contexts, segments, roles, asOf, leftOut }, model),
    );
    freezeKinds(view, kinds, sections);
    const units = groups.reduce((sum, g) => sum + g.units, 0);
    views[view.name] = { ...counted, groups: groups.length, units };
  }
  freezeHosts(hostsOf(segments), sections);
  freezeRoles(roles, sections);
  const bursts = WindowBursts.read(parts[0]!, contexts, segments, roles, learningModel().constants);
  const state = { cells: parts[0]!, contexts, segments, roles, leftOut, bursts };
  const windows = freezeWindows(state, model.windows, model.constants, sections);
  const vectors = freezeVectors(state, model, model.constants, sections);
  const minutes = freezeMinutes(state, model, rhythms !== undefined, sections);
  const known = rhythms === undefined ? {} : { rhythms: freezeRhythms(rhythms, roles, model.constants, sections) };
  const learned = { learning: learningModel().hash, asOf, daysLearned: days.length, calibration, hourCalibrated };
  const accepted = verdicts.length === 0 ? {} : { verdicts: verdicts.map(({ row }) => row.id) };
  const more = { windows, vectors, minutes, breaks, ...known, ...accepted };
  const card: SnapshotCard = { model: model.hash, ...learned, views, ...more };
  return new Snapshot(packSnapshot(card, sections));
}

/** What hosts are ranked among that nothing was learned of. In five dimensions no count is a host's own. */
function freshGroups(
  view: FactorView,
  tree: CountTree,
  evidence: HostEvidence,
  { constants, roles }: BaselineModel,
): CalibrationGroup[] {
  if (view.dims === 5) return [];
  const histograms = leaveHostsOut(view, tree, evidence, constants);
  if (histograms.contexts.length === 0) return [];
  const named = { get: (host: Pair) => evidence.roles.named(host) };
  const { left_out_units } = roles.constants;
  return groupHistograms(histograms, named, { ...constants, group_min_units: left_out_units }, FRESH_LEVEL);
}

function hostsOf({ rows }: Segments): Pair[] {
  return [...new Map(rows.map(({ host }) => [pairName(host), host])).values()].sort(
    (a, b) => a.hi - b.hi || a.lo - b.lo,
  );
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
  segments: Segments,
  alike: (segment: Pair) => number,
  constants: Constants,
  from: (context: Pair) => number,
): ScoreHistograms {
  const asOf = segments.days().at(-1)!;
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
      const segment = pairAt(cells.segment, i);
      const day = segments.find(segment)?.day ?? asOf;
      if (day < from(key)) continue;
      const context: CalibrationContext = {
        host: part(key, 0),
        exe: part(key, 1),
        syscall: part(key, 2),
        mask: part(key, 3).lo,
      };
      const age = asOf - day;
      const weight = cells.n[i]! * halfLifeWeight(age, constants.half_life_days);
      histograms.add(context, cells.value[2 * i]!, weight, weight, alike(segment));
    }
  }
  return histograms;
}
