import { describe, expect, it } from 'vitest';
import { leaveOneOut, listSettings } from '../bench/joint.mjs';
import { readPublished, readTables, tablesFolder } from '../bench/joint-tables.mjs';
import { crossFit } from '../dist/baseline/joint/cross-fit.js';
import { jointSettings } from '../dist/baseline/joint/settings.js';
import { auroc } from '../dist/stats/auroc.js';

const folder = tablesFolder();

describe('joint model on public tables', () => {
  it.skipIf(folder === undefined)('ranks better than the published IsolationForest on the small ones', () => {
    const published = readPublished(folder!);
    const small = readTables(folder!, 30_000);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const ours = small.map(({ table, labels }) => {
      const scores = [...crossFit(table, { ...jointSettings(), order: 'shuffled' })[0]!];
      return auroc(
        scores.filter((_, i) => labels[i] === 1),
        scores.filter((_, i) => labels[i] !== 1),
      )!;
    });
    expect(small.map(({ name }) => name)).toEqual(['glass', 'Ionosphere', 'letter', 'Pima', 'vertebral', 'WBC']);
    expect(mean(ours)).toBeGreaterThan(
      0.02 + mean(small.map(({ name }) => published.get(name.toLowerCase())!.IForest)),
    );
  });
});

describe('leaveOneOut', () => {
  it('never looks at the table it reports: the setting that is best elsewhere is taken, good or bad', () => {
    const byTable = [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.3, 0.7],
    ];
    expect(leaveOneOut(byTable)).toEqual([
      { setting: 1, auroc: 0.1 },
      { setting: 0, auroc: 0.2 },
      { setting: 0, auroc: 0.3 },
    ]);
  });

  it('chooses among sums of views, each at most once', () => {
    const settings = listSettings();
    expect(settings.length).toBe(3 * 4 * 2 * 2 * 2 - 1);
    for (const set of settings) expect(new Set(set.map(({ view }) => view)).size).toBe(set.length);
  });
});
