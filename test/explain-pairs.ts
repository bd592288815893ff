import { describe, expect, it } from 'vitest';
import { pairWords } from '../dist/app/cli/rhythm-text.js';
import { explainPair } from '../dist/pipeline/explain-pair.js';
import { pairByNumber } from '../dist/pipeline/pair-target.js';
import type { ExplainedWorld } from './explain-rig.js';
import { BEACON, CRON } from './rhythm-world.js';

/** Pairs and their rhythms. */
export function describePairs(world: ExplainedWorld): void {
  describe('a pair', { timeout: 120_000 }, () => {
    it('that keeps a rhythm is judged again as it was; its parts sum to its bits', async () => {
      for (const [i, found] of world.report.rhythms.entries()) {
        const e = await explainPair(world.store, world.run, await pairByNumber(world.store, world.run.run, i + 1));
        expect(e.pair).toEqual({ saddr: null, daddr: found.parts.daddr, dport: found.parts.dport });
        expect([e.ln_p, e.score, e.known, e.conclusion.finding]).toEqual([
          found.gate.lnP,
          found.score,
          found.known,
          found.finding,
        ]);
        expect(e.rhythm!.period_s).toBe(found.description.periodMs / 1000);
        expect(e.parts.reduce((sum, { bits }) => sum + bits, 0)).toBeCloseTo(e.bits, 9);
        expect(e.bits).toBeCloseTo(found.score / Math.LN2, 9);
        expect(e.tests[0]!.ln_p).toBe(found.gate.lnP);
        expect(new Set(e.tests.map(({ test }) => test)).size).toBe(e.tests.length);
      }
      const [beacon, cron] = await Promise.all(
        [1, 2].map(async (n) => explainPair(world.store, world.run, await pairByNumber(world.store, world.run.run, n))),
      );
      expect(beacon!.of.exe).toBe(BEACON.exe);
      expect(beacon).toMatchObject({ learned: null, as_odd: { of: 46 }, ranked: { group: 'all', units: 46 } });
      expect(beacon!.conclusion.text).toMatch(
        /^a finding: a rhythm that training did not know; it is worth [\d.]+ nats, the line is 6.9/,
      );
      // Eight hours of training and four of the run, twelve an hour.
      expect(cron).toMatchObject({ beats_kept: 144, beats_of_run: 48 });
      expect(pairWords(cron!).place).toBe('run 2, 144 beats kept, 48 of this run');
      expect(beacon!.beats_of_run).toBe(beacon!.beats_kept);
      expect(cron!.learned!.period_s).toBeCloseTo(300, 0);
      expect(cron!.conclusion.text).toBe('no finding: training knew the pair to keep this rhythm');
    });

    it('that keeps none says why: no regularity, or too few beats', async () => {
      const none = await explainPair(world.store, world.run, {
        some: { host: 'web2', exe: '/usr/bin/curl', daddr: '10.0.1.0' },
      });
      expect(none).toMatchObject({ is_rhythm: false, score: null, bits: 0, parts: [], pair: { dport: '443' } });
      expect(none.tests.length).toBeGreaterThan(1);
      expect(none.conclusion.text).toBe('no finding: it keeps no rhythm, for the gate asks for p at most 0.001');
      const once = await explainPair(world.store, world.run, { some: { daddr: '10.0.1.1', dport: '77' } });
      expect(once).toMatchObject({ beats_kept: 1, beats_of_run: 1, rhythm: null, tests: [] });
      expect(once.conclusion.text).toBe('no finding: a rhythm needs 12 beats, 1 was heard');
    });

    it('that is not there, or not the only one, names what there is', async () => {
      const asked = explainPair(world.store, world.run, { some: { exe: CRON.exe, daddr: '192.0.2.1' } });
      await expect(asked).rejects.toThrow(/a pair that was heard in run 2, got none: no such calls are stored/);
      await expect(explainPair(world.store, world.run, { some: { exe: '/usr/bin/git' } })).rejects.toThrow(
        /one pair, got 15: there are \/usr\/bin\/git of alice on web\d to 10\.0\.1\.\d port 22 \(\d+ beats kept, \d+ of this run\), /,
      );
      await expect(pairByNumber(world.store, world.run.run, 7)).rejects.toThrow(
        /^--pair requires 1 to 2 in run 2, got 7; any pair/,
      );
    });
  });
}
