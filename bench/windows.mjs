/**
 * Are the tails of windows honest on laws they do not assume? Simulates groups of subjects, fits them every day from what
 * came before, and counts how many normal windows fall below 0.01 and 0.001: each tail alone, and S, the largest of a
 * subject's surprises in a minute, ranked in its group's prequential history. Beside it how many minutes do that once they are
 * multiplied by ten or a hundred.
 *
 *   node bench/windows.mjs [--seed N] [--seeds N] [--subjects N] [--json]
 *
 * Cases: `long` learns 14 days, then scores and learns 14 more; what the last seven give is counted. `short` learns one day,
 * cross-fits its history in eight blocks, hours dealt to them in turn, and scores the next; `undealt` in blocks of three hours.
 */
import { parseArgs } from 'node:util';
import { addWindows, blockOf, mergeHistograms } from '../dist/baseline/window/histogram.js';
import { crossFitRounds } from '../dist/baseline/window/spec.js';
import { lnRank, rankScores } from '../dist/stats/score-ranks.js';
import { Chance } from './chance.mjs';
import {
  binOf,
  constants,
  counters,
  fitAll,
  histogram,
  histogramOf,
  judgeSilences,
  LIMITS,
  MOST_BIN,
  probeDay,
  RULE,
  Shares,
  SIZES,
  score,
  tailCounter,
  Watches,
} from './window-groups.mjs';
import { DAY, LAWS, simulate } from './window-laws.mjs';

export function runLong(law, subjects, seed) {
  const [first, last] = [14, 28];
  const world = simulate(law, subjects, last * DAY, seed);
  const learned = world.map((v) => SIZES.map((size) => histogram(v, size, 0, first * DAY)));
  const history = new Float64Array(MOST_BIN);
  const out = { ...counters(), watches: new Watches(), silence: new Shares() };
  Object.assign(out, { tenfold: new Shares(), hundredfold: new Shares() });
  const chance = new Chance(seed + 31);
  for (let day = first; day < last; day++) {
    const fits = fitAll(
      law,
      learned.map((sizes) => sizes.map((h) => mergeHistograms([h]))),
      day,
    );
    const counted = day >= first + 7;
    const ranks = rankScores(history, RULE);
    const today = new Float64Array(MOST_BIN);
    const scored = [];
    world.forEach((values, subject) => {
      const each = (bits, minute) => {
        today[binOf(bits)]++;
        if (counted) scored.push({ minute, subject, bits });
        if (counted) out.ranked.add(lnRank(ranks, bits, RULE));
      };
      score(fits, subject, values, day * DAY, (day + 1) * DAY, each, counted ? tailCounter(out) : undefined);
      SIZES.forEach((size, s) => {
        for (const [hour, bins] of histogram(values, size, day * DAY, (day + 1) * DAY)) {
          for (const [bin, n] of bins) addWindows(learned[subject][s], hour, bin, n);
        }
      });
    });
    scored.sort((a, b) => a.minute - b.minute || a.subject - b.subject);
    if (counted) {
      out.watches.day(scored, ranks);
      judgeSilences(world, day, out);
      probeDay(world, fits, ranks, day, chance, out);
    }
    today.forEach((n, bin) => {
      history[bin] += n;
    });
  }
  return out;
}

/** One day, cross-fitted in blocks that are dealt out in so many rounds; then the next. */
function runShort(law, subjects, seed, rounds) {
  const world = simulate(law, subjects, 2 * DAY, seed);
  const blocks = constants.cross_fit_blocks;
  const length = DAY / blocks / rounds;
  const dealt = Array.from({ length: blocks }, () => []);
  for (let at = 0; at < DAY; at += length) dealt[blockOf(at, 0, DAY, blocks, rounds)].push([at, at + length]);
  const parts = world.map((v) => SIZES.map((size) => dealt.map((of) => histogramOf(v, size, of))));
  const history = new Float64Array(MOST_BIN);
  dealt.forEach((of, block) => {
    const left = parts.map((sizes) => sizes.map((p) => mergeHistograms(p.filter((_, b) => b !== block))));
    const fits = fitAll(law, left, 1);
    world.forEach((values, subject) => {
      const each = (bits) => {
        history[binOf(bits)]++;
      };
      for (const [from, to] of of) score(fits, subject, values, from, to, each);
    });
  });
  const whole = parts.map((sizes) => sizes.map((p) => mergeHistograms(p)));
  const fits = fitAll(law, whole, 1);
  const ranks = rankScores(history, RULE);
  const out = counters();
  world.forEach((values, subject) => {
    const each = (bits) => out.ranked.add(lnRank(ranks, bits, RULE));
    score(fits, subject, values, DAY, 2 * DAY, each, tailCounter(out));
  });
  return out;
}

export const CASES = {
  long: runLong,
  short: (law, subjects, seed) => runShort(law, subjects, seed, crossFitRounds(86_400, constants)),
  undealt: (law, subjects, seed) => runShort(law, subjects, seed, 1),
};

/** Shares below the limits by case and law, means over seeds. */
export function measure(seeds, subjects, firstSeed = 1) {
  const rows = [];
  for (const [name, run] of Object.entries(CASES)) {
    for (const law of Object.keys(LAWS)) {
      const runs = Array.from({ length: seeds }, (_, i) => run(law, subjects, firstSeed + i));
      const mean = (pick) => LIMITS.map((_, l) => runs.reduce((sum, r) => sum + pick(r).shares[l], 0) / seeds);
      rows.push({
        case: name,
        law,
        scored: runs.reduce((sum, r) => sum + r.ranked.n, 0),
        upper: SIZES.map((_, s) => mean((r) => r.upper[s])),
        lower: SIZES.map((_, s) => mean((r) => r.lower[s])),
        ranked: mean((r) => r.ranked),
        silence: mean((r) => r.silence ?? new Shares()),
        tenfold: mean((r) => r.tenfold ?? new Shares()),
        hundredfold: mean((r) => r.hundredfold ?? new Shares()),
        broken: ['every', 'drawn', 'shuffled'].map(
          (w) => runs.reduce((sum, r) => sum + (r.watches?.[w].broken ?? 0), 0) / seeds,
        ),
        worst: LIMITS.map((_, l) => Math.max(...runs.map((r) => r.ranked.shares[l]))),
      });
    }
  }
  return rows;
}

const percent = (share) => `${(100 * share).toFixed(share < 0.0005 ? 3 : 2)} %`;

function print(rows) {
  console.log(
    'Shares of normal windows below 0.01 / 0.001; each tail alone by size (1 min, 10 min, 1 h), and S ranked',
  );
  for (const r of rows) {
    const list = (shares) => shares.map(percent).join(' / ');
    console.log(`${r.case.padEnd(8)}${r.law.padEnd(13)}S ranked ${list(r.ranked)}`);
    console.log(`       (largest of the seeds ${list(r.worst)}; ${r.scored.toLocaleString('en')} minutes)`);
    console.log(`       upper ${r.upper.map(list).join(', ')}`);
    console.log(`       lower ${r.lower.map(list).join(', ')}`);
    if (r.case !== 'long') continue;
    console.log(`       silence ${list(r.silence)}`);
    console.log(`       of minutes made tenfold ${list(r.tenfold)}, hundredfold ${list(r.hundredfold)}`);
    const [every, drawn, shuffled] = r.broken.map((n) => n.toFixed(1));
    console.log(`       called broken in 7 days: ${every} times by every minute, ${drawn} by one a subject and hour,`);
    console.log(`       ${shuffled} by these in shuffled order`);
  }
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      subjects: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  });
  const rows = measure(Number(values.seeds), Number(values.subjects), Number(values.seed));
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows);
}
