import { KIND } from '../baseline/cells.js';
import type { Store } from '../store/store.js';
import { DAY_MS } from '../tuple/time.js';

/** Times of all learned beats by pair, ms, ascending. O(beats). */
export async function readBeats(store: Store): Promise<Map<bigint, number[]>> {
  const beats = new Map<bigint, number[]>();
  const rows = store.rows(
    `SELECT c.context, (g.day::BIGINT * ${DAY_MS} + c.value::BIGINT)::DOUBLE AS ms
     FROM cells AS c JOIN segments AS g ON g.segment = c.segment WHERE c.kind = ${KIND.rhythm} ORDER BY ALL`,
  );
  for await (const { context, ms } of rows) {
    const times = beats.get(context as bigint) ?? [];
    times.push(ms as number);
    beats.set(context as bigint, times);
  }
  return beats;
}
