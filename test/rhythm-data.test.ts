import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { examine } from '../bench/rhythms-data.mjs';
import { ritaScore } from '../bench/rita-score.mjs';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';

const FOLDER =
  process.env.QUINCE_RITA_DATA ?? fileURLToPath(new URL('../../shared/data/rita-missing-host', import.meta.url));
const absent = existsSync(FOLDER) ? '' : ` (skipped: no ${FOLDER})`;

describe.skipIf(absent !== '')(`RITA’s missing-host${absent}`, () => {
  it('has its labelled beacon among the first three by ln p, and hardly a rhythm among ICMP pairs', {
    timeout: 60_000,
  }, async () => {
    const { pairs, rank, kinds } = await examine(FOLDER, rhythmModel().constants, 0.001);
    expect(pairs).toBe(728);
    expect(rank).toBeLessThanOrEqual(3);
    const icmp = new Map(kinds.threeDays).get('ICMP')!;
    expect(icmp.pairs).toBeGreaterThan(200);
    expect(icmp.rhythms / icmp.pairs).toBeLessThan(0.03);
  });
});

describe('RITA’s closed form, the rival of the benchmark', () => {
  const day = [0, 86_400_000] as const;

  it('is 1 for a beacon that never jitters and lasts the whole range', () => {
    expect(
      ritaScore(
        Float64Array.from({ length: 1441 }, (_, i) => 60_000 * i),
        day,
      ),
    ).toBeCloseTo(1, 2);
  });

  it('by hand: gaps 10, 20, 40 s within one bar of 24', () => {
    // Quartiles 10, 20, 40: skewness ⅓; MAD 10 of 20; one bar of 24: CV above 1; under 6 bars no duration.
    expect(ritaScore([0, 10_000, 30_000, 70_000], day)).toBeCloseTo((1 - 1 / 3 + 1 - 10 / 20) / 2 / 3, 12);
  });
});
