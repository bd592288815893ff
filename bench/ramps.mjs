/**
 * Is a slow ramp seen, and how often is one seen where there is none? A rate with a lognormal daily variation is followed for a
 * quiet time and then grows by so much a day; the watch is the one that ships.
 *
 *   node bench/ramps.mjs [--seeds N] [--json]
 */
import { parseArgs } from 'node:util';
import { watch } from '../dist/baseline/learning/ramps.js';
import { learningModel } from '../dist/baseline/learning/spec.js';
import { Chance } from './chance.mjs';

const MEAN = 200;

function series(seed, { variation, quiet, days, growth, weekend = 1 }) {
  const chance = new Chance(seed);
  const normal = () => Math.sqrt(2 * chance.exponential(1)) * Math.cos(2 * Math.PI * chance.uniform());
  const sigma = Math.sqrt(Math.log1p(variation ** 2));
  return Array.from({ length: days }, (_, day) => {
    const level = MEAN * (day < quiet ? 1 : (1 + growth) ** (day - quiet + 1)) * (day % 7 > 4 ? weekend : 1);
    return { day, value: Math.round(level * Math.exp(sigma * normal() - sigma ** 2 / 2)) };
  });
}

/** Share of ramps alarmed upwards by their day 10 and 20, and false alarms a series and year without one. */
function measure(name, law, constants, seeds) {
  let [by10, by20, falseAlarms, quietDays] = [0, 0, 0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const ramp = watch(series(seed, { ...law, days: law.quiet + 20 }), 'units', constants);
    const ups = ramp.filter((r) => r.direction === 'up' && r.day >= law.quiet).map((r) => r.day - law.quiet + 1);
    if (Math.min(...ups, 99) <= 10) by10++;
    if (Math.min(...ups, 99) <= 20) by20++;
    const plain = { ...law, growth: 0, quiet: 0, days: 365 };
    falseAlarms += watch(series(seed + 1e6, plain), 'units', constants).length;
    quietDays += 365 - constants.ramp_min_days;
  }
  return { name, by10: by10 / seeds, by20: by20 / seeds, falseAYear: (365 * falseAlarms) / quietDays };
}

function main() {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '2000' }, json: { type: 'boolean', default: false } },
  });
  const { constants } = learningModel();
  const law = (of) => ({ variation: 0.2, growth: 0.05, quiet: 14, ...of });
  const cases = [
    ['5 % a day, variation 20 %, 14 quiet days', law({})],
    ['5 % a day, variation 20 %, 7 quiet days', law({ quiet: 7 })],
    ['5 % a day, variation 20 %, 60 quiet days', law({ quiet: 60 })],
    ['2 % a day, variation 20 %, 14 quiet days', law({ growth: 0.02 })],
    ['5 % a day, variation 40 %, 14 quiet days', law({ variation: 0.4 })],
    ['5 % a day, variation 20 %, weekends at 60 %', law({ weekend: 0.6 })],
  ];
  for (const [name, of] of cases) {
    const result = measure(name, of, constants, Number(values.seeds));
    if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      const percent = (x) => `${(100 * x).toFixed(1)} %`.padStart(8);
      process.stdout.write(
        `${name.padEnd(46)} alarmed by day 10 ${percent(result.by10)}, by day 20 ${percent(result.by20)}; ` +
          `${result.falseAYear.toFixed(3)} false alarms a series and year\n`,
      );
    }
  }
}

main();
