import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
/** Every cell with QUINCE_OVERLOAD=all (about three minutes), else one in five. */
const all = process.env.QUINCE_OVERLOAD === 'all';

const RATES = [1_000, 10_000, 50_000, 100_000, 1_000_000];
const PAGES = [8, 64, 256, 1024];
const STALLS = [0, 1200];
const SECONDS = 1;
const cells = RATES.flatMap((rate) => PAGES.flatMap((pages) => STALLS.map((stall) => ({ rate, pages, stall }))));

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);

describe.skipIf(reason !== undefined)(`overload${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  beforeAll(() => {
    workload = new Workload();
  });
  afterAll(() => workload?.[Symbol.dispose]());

  test.each(cells.filter((_, i) => all || i % 5 === 2))(
    '$rate a second, rings of $pages pages, the reader stalled for $stall ms: seen = delivered + lost',
    { timeout: 60_000 },
    async ({ rate, pages, stall }) => {
      const recording = new Recording(() => false, { ringPages: pages });
      if (stall > 0) recording.source.stall(stall);
      const told = await workload.run(workload.noiseExe, 'noise', rate, SECONDS);
      if (stall > 0) await new Promise((resolve) => setTimeout(resolve, stall));
      await recording.stop();
      const [sends, opens] = told.split(' ').map(Number) as [number, number];
      const { seen_by_kind: seen, delivered, lost } = recording.source.sensorCounters()!;
      expect(sum(seen) - delivered - sum(lost)).toBe(0);
      expect(recording.total).toBe(delivered);
      // What the program did was seen, whatever became of it; other programs open files too.
      expect(seen.open).toBeGreaterThanOrEqual(opens);
      const rows = (syscall: string) => recording.counts.get(`${workload.noiseExe} ${syscall}`) ?? 0;
      if (sum(lost) === 0) {
        expect(rows('open')).toBe(opens);
        expect(rows('send')).toBe(sends);
      } else {
        expect(rows('open')).toBeLessThanOrEqual(opens);
        expect(opens - rows('open')).toBeLessThanOrEqual(sum(lost));
      }
      // Else this cell would show nothing: half a ring's worth of opens cannot be kept while nobody reads.
      if (stall > 0 && opens * 300 > 4096 * pages * 4) expect(lost.ring_full).toBeGreaterThan(0);
      console.log(`${rate}/s, ${pages} pages, ${stall} ms: delivered ${delivered}, lost ${sum(lost)}, difference 0`);
    },
  );
});
