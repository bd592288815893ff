/**
 * Are the joint model's p honest? Fits it to samples of laws and scores new vectors of the same law: the share below 0.01, beside
 * what p by rank can give at most, ⌊(n + 1)/100⌋/(n + 1), and the share that ranks among the model's scores of its own
 * rows would have given.
 *
 * node bench/joint-calibration.mjs [--samples n] [--json]
 */
import { parseArgs } from 'node:util';
import { fitJoint } from '../dist/baseline/joint/fit-joint.js';
import { scoreJoint } from '../dist/baseline/joint/score-joint.js';
import { jointSettings } from '../dist/baseline/joint/settings.js';
import { lnOrderRank } from '../dist/stats/rank-surprise.js';
import { drawTable, LAWS } from './joint-laws.mjs';

const NEW_ROWS = 200;
const CASES = [
  [512, 10],
  [512, 20],
  [200, 10],
  [200, 20],
];

const below = (lnPs) => lnPs.filter((lnP) => lnP <= Math.log(0.01) + 1e-12).length;

/** Shares below 0.01 over some samples: honest, and naive. */
export function measure(law, rows, columns, samples, settings = jointSettings()) {
  let [honest, naive] = [0, 0];
  for (let seed = 1; seed <= samples; seed++) {
    const sample = drawTable(law, rows, columns, seed);
    const model = fitJoint(sample, { ...settings, seed });
    const found = scoreJoint(model, drawTable(law, NEW_ROWS, columns, 1000 + seed));
    honest += below([...found.lnP]);
    const known = scoreJoint(model, sample).score.slice().sort();
    naive += below([...found.score].map((s) => lnOrderRank(known, s)));
  }
  const share = (count) => count / samples / NEW_ROWS;
  return {
    law,
    rows,
    columns,
    most: Math.floor((rows + 1) / 100) / (rows + 1),
    honest: share(honest),
    naive: share(naive),
  };
}

function main() {
  const { values } = parseArgs({
    options: {
      samples: { type: 'string', default: '40' },
      views: { type: 'string', default: jointSettings().views.join(',') },
      json: { type: 'boolean', default: false },
    },
  });
  const percent = (x) => `${(100 * x).toFixed(2)} %`.padStart(9);
  for (const [rows, columns] of CASES) {
    for (const law of Object.keys(LAWS)) {
      const settings = { ...jointSettings(), views: values.views.split(',') };
      const found = measure(law, rows, columns, Number(values.samples), settings);
      const line = `${law.padEnd(20)} ${rows} × ${columns}  at most ${percent(found.most)}  below 0.01 ${percent(found.honest)}`;
      process.stdout.write(
        values.json ? `${JSON.stringify(found)}\n` : `${line}  by its own rows ${percent(found.naive)}\n`,
      );
    }
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
