import { parseArgs } from 'node:util';

/** Options of a trial on a simulated fleet, `--seed`, `--seeds`, `--days`, `--processes` and `--hosts` as numbers, and its own. */
export function fleetOptions({ processes, hosts }, own = {}) {
  const numbers = { seed: 1, seeds: 2, days: 4, processes, hosts };
  const options = Object.entries(numbers).map(([name, n]) => [name, { type: 'string', default: `${n}` }]);
  const { values } = parseArgs({ options: { ...Object.fromEntries(options), ...own } });
  return { ...values, ...Object.fromEntries(Object.keys(numbers).map((name) => [name, Number(values[name])])) };
}
