import { describe, expect, it } from 'vitest';
import { RowExplainer } from '../dist/pipeline/explain.js';
import { explainFinding } from '../dist/pipeline/explain-finding.js';
import { explainPair } from '../dist/pipeline/explain-pair.js';
import { explainWindow } from '../dist/pipeline/explain-window.js';
import { judgeRow } from '../dist/pipeline/finding-of-row.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { pairByNumber } from '../dist/pipeline/pair-target.js';
import { type ScoreReport, score } from '../dist/pipeline/score.js';
import { scoredRun } from '../dist/pipeline/scored-runs.js';
import { learnedRows, storedInput, storedSources } from '../dist/pipeline/stored-input.js';
import { train } from '../dist/pipeline/train.js';
import { windowByNumber } from '../dist/pipeline/window-target.js';
import { jsonLines } from './cli-rig.js';
import type { ExplainedWorld } from './explain-rig.js';
import { NEXT, SCAN_MS } from './explain-world.js';

/** Stored events scored again. It learns more, so that it comes last. */
export function describeAgain(world: ExplainedWorld): void {
  describe('stored events', { timeout: 240_000 }, () => {
    async function again(asked: Parameters<typeof storedInput>[1], onBatch?: () => never): Promise<ScoreReport> {
      const stored = await storedInput(world.store, asked);
      const sources = await storedSources(world.store, stored, 4, new AbortController().signal);
      return score({
        store: world.store,
        workers: world.workers,
        sources,
        stored,
        dims: 15,
        ...(onBatch && { onBatch }),
      });
    }
    const counts = () =>
      world.rowsOf('SELECT count(*) AS events, (SELECT count(*) FROM strings) AS strings FROM event_rows');

    it('score the same again by the same baseline, without being stored twice', async () => {
      const before = await counts();
      const second = await again({});
      expect(second).toMatchObject({ rows: world.report.rows, snapshot: 1, scoredAgain: true, bad: {} });
      expect(await counts()).toEqual(before);
      const differing = await world.rowsOf(`SELECT count(*) AS n FROM scores AS a FULL JOIN scores AS b
      ON b.event = a.event AND b.dims = a.dims AND b.run = ${second.run} WHERE a.run = 2
      AND (a.bits, a.ln_p, a.few, a.extrapolated, a.calibration_group) IS DISTINCT FROM (b.bits, b.ln_p, b.few, b.extrapolated, b.calibration_group)`);
      expect(differing).toEqual([{ n: 0n }]);
      expect(second.minutes).toEqual(world.report.minutes);
      expect(second.rhythms).toEqual(world.report.rhythms);
      expect(second.findings.rank().map(({ best, ...tree }) => [tree, best[0]!.event])).toEqual(
        world.report.findings.rank().map(({ best, ...tree }) => [tree, best[0]!.event]),
      );
      const same = await again({});
      expect(same.run).toBe(second.run);
      expect(await world.rowsOf(`SELECT count(*) AS n FROM scores WHERE run = ${second.run}`)).toEqual(
        await world.rowsOf('SELECT count(*) AS n FROM scores WHERE run = 2'),
      );
      const scoredAgain = await scoredRun(world.store, second.run);
      const e = await explainWindow(world.store, scoredAgain, await windowByNumber(world.store, second.run, 1));
      expect(e.bits).toBe(world.report.minutes.reduce((most, { bits }) => Math.max(most, bits), 0));
      const { rows_best: best, ...finding } = await explainFinding(world.store, scoredAgain, 1);
      expect([finding.run, best[0]!.run, best[0]!.stored_run]).toEqual([second.run, second.run, 2]);
      const row = await judgeRow(
        world.store,
        await (await RowExplainer.load(world.store)).explain(best[0]!.event, second.run),
      );
      expect(row.finding).toMatchObject({ rank: 1, best_event: best[0]!.event });
    });

    it('are told apart by time and run, and refused where there are none', async () => {
      const from = BigInt(SCAN_MS) * 1000n;
      const asked = { ofRun: 2, since: from, until: from + 60_000_000n };
      // A run that was cut off has scores already; the same command takes it up.
      const cut = again(asked, () => {
        throw new Error('cut off');
      });
      await expect(cut).rejects.toThrow('cut off');
      const { rows, run: number } = await again(asked);
      const [{ n }] = (await world.rowsOf(`SELECT count(*) AS n FROM event_rows WHERE run = 2 AND
      ts >= make_timestamptz(${from}) AND ts < make_timestamptz(${from + 60_000_000n})`)) as [{ n: bigint }];
      expect(rows).toBe(Number(n));
      expect(rows).toBeGreaterThan(300);
      expect(await world.rowsOf(`SELECT count(*) AS n FROM scores WHERE run = ${number} AND dims = 15`)).toEqual([
        { n },
      ]);
      await expect(storedInput(world.store, { ofRun: 1 })).rejects.toThrow(/got run 1: there are 2$/);
    });

    it('look more usual to a baseline that learned them, and recipes say so', async () => {
      world.folder.file('next.jsonl', jsonLines(NEXT));
      const paths = [world.folder.file('score.jsonl'), world.folder.file('next.jsonl')];
      const sources = await openSources(paths, { hashKey: world.store.hashKey, workers: 1 });
      await train({ store: world.store, workers: world.workers, sources });
      const newer = await again({ ofRun: 2 });
      expect(newer.snapshot).toBe(2);
      expect(await learnedRows(world.store, await storedInput(world.store, { ofRun: 2 }))).toBe(world.report.rows);
      const compared = await world.recipe('compare-runs', { run: String(newer.run), against: '2', limit: '5' });
      expect(compared).toHaveLength(5);
      expect(compared[0]).toMatchObject({ snapshot: 2, snapshot_against: 1, scored_by_both: world.report.rows - 1 });
      for (const { p, p_against } of compared) expect(Number(p)).toBeGreaterThan(Number(p_against));
      const e = await explainPair(world.store, world.run, await pairByNumber(world.store, 2, 1));
      expect(e.learned_since).toBe(true);
      expect(e.conclusion.text).toContain('more was learned after the run');
    });
  });
}
