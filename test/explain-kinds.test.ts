import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertExplanationLines } from '../dist/app/cli/alert-explanation-text.js';
import { explanationLines } from '../dist/app/cli/explanation-text.js';
import { findingLines } from '../dist/app/cli/finding-text.js';
import { pairWords } from '../dist/app/cli/rhythm-text.js';
import { rowWords } from '../dist/app/cli/row-text.js';
import { Terminal } from '../dist/app/cli/terminal.js';
import { windowWords } from '../dist/app/cli/window-text.js';
import { describeFindings } from '../dist/pipeline/describe-findings.js';
import { RowExplainer } from '../dist/pipeline/explain.js';
import { explainAlert } from '../dist/pipeline/explain-alert.js';
import { explainFinding } from '../dist/pipeline/explain-finding.js';
import { explainPair } from '../dist/pipeline/explain-pair.js';
import { explainWindow } from '../dist/pipeline/explain-window.js';
import { FINDING_LN_P } from '../dist/pipeline/finding-limit.js';
import { judgeRow } from '../dist/pipeline/finding-of-row.js';
import { windowByNumber } from '../dist/pipeline/window-target.js';
import { describeAgain } from './explain-again.js';
import { describeMinutes } from './explain-minutes.js';
import { describePairs } from './explain-pairs.js';
import { describeRecipes } from './explain-recipes.js';
import { ExplainedWorld } from './explain-rig.js';
import { SCORED, TRAINED } from './explain-world.js';

/** Control characters but line feeds, and marks that reorder: none may reach a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const terminal = new Terminal({ logLevel: 'warn' });
const world = new ExplainedWorld(TRAINED, SCORED);
beforeAll(() => world.open(), 120_000);
afterAll(() => world.close());

describeMinutes(world);
describePairs(world);

describe('a process tree', { timeout: 120_000 }, () => {
  it('is found and scored again as scoring told it', async () => {
    const found = world.report.findings.rank().filter(({ lnP }) => lnP <= FINDING_LN_P);
    const explainer = await RowExplainer.load(world.store);
    const five = world.report.views.five.rank();
    for (const rank of [1, found.length]) {
      const options = { run: world.run.run, snapshot: 1, trees: world.report.trees, explainer, five, rank };
      for await (const told of describeFindings([found[rank - 1]!], options)) {
        expect(await explainFinding(world.store, world.run, rank)).toEqual(told);
        expect(told.conclusion.finding).toBe(true);
      }
    }
    expect(found.length).toBeGreaterThan(100);
    await expect(explainFinding(world.store, world.run, 9999)).rejects.toThrow(
      /^--finding requires 1 to \d+ in run 2, got 9999/,
    );
  });
});

describe('one form', { timeout: 120_000 }, () => {
  it('has the same fields for every kind, and lets no hostile text act on the terminal', async () => {
    const ranked = world.report.findings.rank();
    const at = ranked.findIndex(({ rows }) => rows === 300) + 1;
    const scanned = ranked[at - 1]!;
    const row = await judgeRow(
      world.store,
      await (await RowExplainer.load(world.store)).explain(scanned.best[0]!.event, world.run.run),
    );
    const window = await explainWindow(world.store, world.run, await windowByNumber(world.store, world.run.run, 1));
    const pair = await explainPair(world.store, world.run, { some: { daddr: '10.0.1.1', dport: '77' } });
    const finding = await explainFinding(world.store, world.run, at);
    const alert = await explainAlert(world.store, world.run, 1);
    expect(alert).toMatchObject({ closed_form: true, ranked: null, ranked_as: null });
    const all = [row, window, pair, finding, alert];
    expect(all.map(({ kind }) => kind)).toEqual(['row', 'window', 'pair', 'finding', 'alert']);
    for (const e of all) {
      expect(e).toMatchObject({
        run: 2,
        snapshot: 1,
        conclusion: { finding: expect.any(Boolean), text: expect.any(String) },
      });
      expect(Object.keys(e.of)).toEqual(['host', 'exe', 'user', 'ts']);
      for (const name of ['bits', 'ln_p', 'extrapolated', 'few', 'ranked', 'parts']) expect(e).toHaveProperty(name);
      const bits = e.parts.map((part) => part.bits);
      expect(bits).toEqual([...bits].sort((a, b) => b - a));
    }
    const text = [
      explanationLines(row, rowWords(row), terminal),
      explanationLines(window, windowWords(window), terminal),
      explanationLines(pair, pairWords(pair), terminal),
      findingLines(finding, terminal, { parts: 9, rows: 9 }),
      alertExplanationLines(alert, terminal),
    ].map((lines) => lines.join('\n'));
    for (const one of text) {
      expect(one).toContain('nc');
      expect(one).not.toMatch(RAW);
    }
    expect(row.conclusion.text).toMatch(new RegExp(`^in finding ${at} of run 2, .*; this is its best row$`));
  });
});

describeAgain(world);
describeRecipes(world);
