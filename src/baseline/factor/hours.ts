import { H } from '../../tuple/hash.js';
import { RUNG_GROUPS, type Spans } from './build-tree.js';
import { cellKey } from './ladder.js';
import type { Constants, FactorView } from './spec.js';
import type { CountTree } from './tree.js';
import { hourHash } from './values.js';

export const HOURS_A_WEEK = 168;

const formats = new Map<string, Intl.DateTimeFormat>();
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Hour of the week, 0 = Monday 0 h, of an hour since 1970 UTC, as clocks in `zone` show it. */
export function hourOfWeek(hour: number, zone: string): number {
  // 1970 began on a Thursday.
  if (zone === 'UTC') return (hour + 72) % HOURS_A_WEEK;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' });
    formats.set(zone, format);
  }
  const parts = format.formatToParts(hour * 3_600_000);
  const of = (type: string) => parts.find((p) => p.type === type)!.value;
  return DAYS.indexOf(of('weekday')) * 24 + Number(of('hour'));
}

/**
 * The hour-of-week factor: counts smoothed over the neighbouring hours, n'(h) = Σ_j K(j)·n(h + j), and no discount,
 * since every hour is known in advance. Contexts that do not yet span `hour_min_days` stay silent: before that, every
 * row of another hour would be an alarm.
 */
export function smoothHours(
  view: FactorView,
  tree: CountTree,
  spans: Spans,
  constants: Constants,
  own: { lo: number; hi: number; c: number }[],
  spoken: { lo: number; hi: number; a: number; nullBits: number }[],
): void {
  const factor = view.factors.find((f) => f.base === 'hour');
  if (factor === undefined) return;
  const norm = constants.hour_kernel.reduce((sum, k) => sum + k, 0);
  for (let c = 0; c < tree.contexts.size; c++) {
    if (Math.floor(tree.group.get(c) / RUNG_GROUPS) !== factor.id) continue;
    if (spans.last.get(c) - spans.first.get(c) + 1 < constants.hour_min_days) continue;
    const lo = tree.contexts.keyLo[c]!;
    const hi = tree.contexts.keyHi[c]!;
    const total = tree.weightTotal.get(c);
    if (total <= 0) continue;
    const counts = Array.from({ length: HOURS_A_WEEK }, (_, h) => {
      hourHash(h);
      const cell = tree.findCell(c, H.lo, H.hi);
      return cell < 0 ? 0 : tree.weight.get(cell);
    });
    for (let h = 0; h < HOURS_A_WEEK; h++) {
      let n = 0;
      constants.hour_kernel.forEach((k, j) => {
        n += (k / norm) * counts[(h + j - 2 + HOURS_A_WEEK) % HOURS_A_WEEK]!;
      });
      if (n === 0) continue;
      hourHash(h);
      cellKey(lo, hi, H.lo, H.hi);
      own.push({ lo: H.lo, hi: H.hi, c: n / (total + constants.theta) });
    }
    spoken.push({ lo, hi, a: constants.theta / (total + constants.theta), nullBits: 0 });
  }
}
