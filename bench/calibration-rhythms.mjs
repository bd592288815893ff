/** p-values of pairs that keep no rhythm: the gate's, and the rank of their regularity among the pairs learned. */

import { ContextTable } from '../dist/baseline/contexts.js';
import { freezeRoles } from '../dist/baseline/factor/freeze.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Names } from '../dist/baseline/names.js';
import { freezeRhythms } from '../dist/baseline/rhythm/freeze.js';
import { judge } from '../dist/baseline/rhythm/judge.js';
import { PART, PART_COUNT, pairKey } from '../dist/baseline/rhythm/pair.js';
import { Rhythms } from '../dist/baseline/rhythm/rhythms.js';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';
import { Roles } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import { packSnapshot, Snapshot } from '../dist/baseline/snapshot.js';
import { RhythmBaseline } from '../dist/score/rhythm-baseline.js';
import { rowUniform } from '../dist/score/row-uniform.js';
import { H } from '../dist/tuple/hash.js';
import { Chance, NULLS } from './rhythm-worlds.mjs';

const { constants } = rhythmModel();
const LAWS = Object.values(NULLS);
/** Programs, each with habits of its own: how much of each law. */
const PROGRAMS = 3;

/** Position of a weight, drawn in proportion to it. */
function drawn(chance, weights) {
  let left = chance.uniform() * weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.length - 1;
}

function makePairs(chance, count, host) {
  const habits = Array.from({ length: PROGRAMS }, () => LAWS.map(() => chance.exponential(1)));
  return Array.from({ length: count }, (_, i) => {
    const exe = Math.floor(PROGRAMS * chance.uniform());
    const law = drawn(chance, habits[exe]);
    // From twelve beats, ever fewer of ever more.
    const n = Math.min(200, Math.floor(12 / (1 - chance.uniform()) ** (1 / 1.5)));
    const parts = new Array(PART_COUNT).fill(undefined);
    parts[PART.host] = { lo: host, hi: 1 };
    parts[PART.exe] = { lo: exe + 1, hi: 2 };
    parts[PART.daddr] = { lo: i + 1, hi: 3 };
    parts[PART.dport] = { lo: 443, hi: 0 };
    pairKey(parts);
    return { key: { lo: H.lo, hi: H.hi }, parts, times: LAWS[law](chance, n) };
  });
}

/** The pairs as the partial of one batch. */
function partialOf(pairs) {
  const words = (pick) => Uint32Array.from(pairs.flatMap(pick));
  return {
    pairs: words(({ key }) => [key.lo, key.hi]),
    parts: words(({ parts }) => parts.flatMap((p) => [p?.lo ?? 0, p?.hi ?? 0])),
    has: Uint8Array.from(pairs.flatMap(({ parts }) => parts.map((p) => (p === undefined ? 0 : 1)))),
    origins: new Uint32Array(pairs.length * PART_COUNT),
    pair: words(({ times }, i) => Array.from(times, () => i)),
    ms: Float64Array.from(pairs.flatMap(({ times }) => [...times])),
  };
}

/** One population: so many pairs learned, so many scored. */
export function rhythmWorld(seed, { learned, scored }, { gates, ranks }) {
  const pairs = makePairs(new Chance(seed * 104_729 + 7), learned + scored, seed);
  const rhythms = new Rhythms(constants, [], new ContextTable(), new Segments(), new Names());
  rhythms.merge(partialOf(pairs.slice(0, learned)), () => undefined);
  const sections = new Map();
  const roles = new Roles();
  const known = freezeRhythms(rhythms, roles, baselineModel().constants, sections);
  freezeRoles(roles, sections);
  const card = { model: '', asOf: 0, daysLearned: 1, calibration: 'leave-out', hourCalibrated: false, views: {} };
  const baseline = new RhythmBaseline(new Snapshot(packSnapshot({ ...card, rhythms: known }, sections)), rhythmModel());
  const ofProgram = new Array(PROGRAMS).fill(0);
  for (const { parts } of rhythms.judged()) ofProgram[parts[PART.exe].lo - 1]++;
  for (const { key, parts, times } of pairs.slice(learned)) {
    const judgement = judge(times, key, constants);
    if (judgement === undefined) continue;
    const name = `${key.hi}:${key.lo}`;
    gates.add(judgement.gate.lnP, undefined, name, seed);
    const { lnRank } = baseline.surprise(key, parts, judgement);
    // Limits do not tie.
    const low = Math.exp(lnRank) - 1 / (ofProgram[parts[PART.exe].lo - 1] + 1);
    ranks.add(lnRank, low + rowUniform(key, key) * (Math.exp(lnRank) - low), name, seed);
  }
}
