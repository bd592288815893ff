/** Scores of simulated worlds in which all is normal, by kind of score. */
import { baselineModel } from '../dist/baseline/model.js';
import { WindowScorer } from '../dist/score/window-scorer.js';
import { pairName } from '../dist/tuple/learned.js';
import { Learner, signatureOf } from './simulated-feed.mjs';
import { simulate, startUs } from './simulated-world.mjs';

const DAY = 86_400;
const MINUTES = { learn: 600, test: 600 };

/** A call per row, true for the first of its name. */
function firsts() {
  const seen = new Set();
  return (name) => !seen.has(name) && seen.add(name) !== undefined;
}

/**
 * Ten minutes learned, ten scored: calibration leaves process instances out. Units: first occurrences of (process instance,
 * signature); process instances by their smallest p times their units, as findings count them.
 */
export function minutesWorld(seed, processes, { units, instances }) {
  const all = simulate({ seed, seconds: MINUTES.learn + MINUTES.test, processes: 2 * processes, changing: true });
  const cut = startUs + BigInt(MINUTES.learn) * 1_000_000n;
  const learner = new Learner();
  learner.learn(all.filter((row) => row.ts < cut));
  const snapshot = learner.baseline.freeze();
  const isFirst = firsts();
  const least = new Map();
  learner.score(
    all.filter((row) => row.ts >= cut),
    snapshot,
    (row, i, scores) => {
      if (!isFirst(`${row.proc} ${signatureOf(scores, i)}`)) return;
      units.add(scores.lnP[i], scores.randomised[i], row.proc, seed);
      const { n, lnP } = least.get(row.proc) ?? { n: 0, lnP: 0 };
      least.set(row.proc, { n: n + 1, lnP: Math.min(lnP, scores.lnP[i]) });
    },
  );
  for (const [proc, { n, lnP }] of least) instances?.add(Math.min(0, lnP + Math.log(n)), undefined, proc, seed);
  return snapshot.card;
}

/**
 * Days, each scored by the snapshot that was in force before it was learned. Units of single events: first occurrences of
 * (signature, day) once calibration is prequential. Minutes: of every subject and host, by what their history was.
 */
export function daysWorld(seed, { days, processes }, { prequential, crossFitted, longMinutes, instances }) {
  const all = simulate({ seed, seconds: days * DAY, processes: days * processes, changing: true });
  const learner = new Learner();
  const isFirst = firsts();
  for (let day = 0; day < days; day++) {
    const [from, to] = [day, day + 1].map((d) => startUs + BigInt(d * DAY) * 1_000_000n);
    const rows = all.filter((row) => row.ts >= from && row.ts < to);
    learner.learn(rows);
    const snapshot = learner.trainer.inForce;
    if (snapshot === undefined) continue;
    const { calibration, windows } = snapshot.card;
    const minutes = windows.history === 'cross-fit' ? crossFitted : longMinutes;
    const scorer = new WindowScorer(baselineModel(), snapshot, (scores) => {
      for (const { lnP, randomised, units, key, minute } of scores) {
        if (units > 0) minutes.add(lnP, randomised, `${pairName(key)} ${Math.floor(minute / 60)}`, seed);
      }
    });
    const each = (row, i, scores) => {
      instances?.add(row.proc);
      if (calibration !== 'prequential' || !isFirst(`${day} ${signatureOf(scores, i)}`)) return;
      prequential.add(scores.lnP[i], scores.randomised[i], row.proc, seed);
    };
    learner.score(rows, snapshot, each, (partial) => scorer.take(partial));
    scorer.finish();
  }
  return learner;
}
