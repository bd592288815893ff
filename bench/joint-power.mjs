/**
 * What do the views see? Shares of three kinds of odd vectors with p at most 0.01, by sums of views, on correlated normal
 * samples of 512: one column 6 standard deviations out; two neighbouring columns that contradict each other, 2.5 up and 2.5
 * down, each of them common; all columns 1.7 times as far out. Beside them how long a fit takes and a vector's score with parts.
 *
 * node bench/joint-power.mjs [--samples n]
 */
import { parseArgs } from 'node:util';
import { fitJoint } from '../dist/baseline/joint/fit-joint.js';
import { scoreJoint } from '../dist/baseline/joint/score-joint.js';
import { jointSettings } from '../dist/baseline/joint/settings.js';
import { drawTable } from './joint-laws.mjs';

const SAMPLE_ROWS = 512;
const ODD_ROWS = 200;
const SUMS = [
  ['neighbours'],
  ['whitened'],
  ['isolation'],
  ['histogram'],
  ['neighbours', 'whitened'],
  ['neighbours', 'whitened', 'isolation'],
];

/** Each makes one row odd, in place. */
const ODDITIES = {
  'one column': (row) => {
    row[4] = 6;
  },
  contradiction: (row) => {
    row[4] = 2.5;
    row[5] = -2.5;
  },
  'all columns': (row) => {
    for (let j = 0; j < row.length; j++) row[j] *= 1.7;
  },
};

function measure(views, columns, samples) {
  const seen = Object.fromEntries(Object.keys(ODDITIES).map((name) => [name, 0]));
  let [fitMs, scoreMs] = [0, 0];
  for (let seed = 1; seed <= samples; seed++) {
    const sample = drawTable('gaussian', SAMPLE_ROWS, columns, seed);
    let begun = performance.now();
    const model = fitJoint(sample, { ...jointSettings(), views, seed });
    fitMs += (performance.now() - begun) / samples;
    for (const [name, spoil] of Object.entries(ODDITIES)) {
      const odd = drawTable('gaussian', ODD_ROWS, columns, 500 + seed);
      for (let at = 0; at < odd.values.length; at += columns) spoil(odd.values.subarray(at, at + columns));
      begun = performance.now();
      const { lnP } = scoreJoint(model, odd);
      scoreMs += (performance.now() - begun) / samples / ODD_ROWS / Object.keys(ODDITIES).length;
      seen[name] += lnP.filter((p) => p <= Math.log(0.01)).length / ODD_ROWS / samples;
    }
  }
  return { seen, fitMs, scoreMs };
}

function main() {
  const { values } = parseArgs({ options: { samples: { type: 'string', default: '8' } } });
  for (const columns of [10, 20]) {
    for (const views of SUMS) {
      const { seen, fitMs, scoreMs } = measure(views, columns, Number(values.samples));
      const shares = Object.entries(seen).map(([name, share]) => `${name} ${share.toFixed(2)}`);
      process.stdout.write(
        `${columns} columns  ${views.join(' + ').padEnd(36)} ${shares.join('  ')}  fit ${fitMs.toFixed(0)} ms, score ${(1000 * scoreMs).toFixed(0)} µs\n`,
      );
    }
  }
}

main();
