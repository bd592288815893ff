import { describe, expect, it } from 'vitest';
import { fitJoint } from '../dist/baseline/joint/fit-joint.js';
import { scoreJoint } from '../dist/baseline/joint/score-joint.js';
import { type JointSettings, jointSettings } from '../dist/baseline/joint/settings.js';
import type { Matrix } from '../dist/stats/matrix.js';
import { lnOrderRank } from '../dist/stats/rank-surprise.js';
import { mapTable, normalTable } from './joint-tables.js';

const NEW_ROWS = 200;

interface Case {
  readonly law: (table: Matrix) => Matrix;
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly level: number;
  readonly settings: JointSettings;
}

/** Shares of new rows of the law below a level: by the model, and by ranks among its scores of its own rows. */
function sharesBelow({ law, rows, columns, samples, level, settings }: Case) {
  const below = (lnPs: Float64Array) => lnPs.filter((lnP) => lnP <= Math.log(level) + 1e-12).length;
  let [honest, naive] = [0, 0];
  for (let seed = 1; seed <= samples; seed++) {
    const sample = law(normalTable(rows, columns, seed));
    const model = fitJoint(sample, settings);
    const { score, lnP } = scoreJoint(model, law(normalTable(NEW_ROWS, columns, 1000 + seed)));
    const known = scoreJoint(model, sample).score.sort();
    honest += below(lnP);
    naive += below(score.map((s) => lnOrderRank(known, s)));
  }
  return { honest: honest / samples / NEW_ROWS, naive: naive / samples / NEW_ROWS };
}

const LAWS: Readonly<Record<string, Case['law']>> = {
  normal: (table) => table,
  'log-normal': (table) => mapTable(table, Math.exp),
  counts: (table) => mapTable(table, (z) => Math.max(0, Math.round(4 * z))),
  mixture: (table) => mapTable(table, (z, j) => (j === 0 && z > 0.8 ? z + 6 : z)),
};

describe('calibration of the joint model', () => {
  it.each(Object.keys(LAWS))('%s: between 0.005 and 0.015 of new rows lie below 0.01', (name) => {
    const law = LAWS[name]!;
    const { honest } = sharesBelow({ law, rows: 200, columns: 5, samples: 40, level: 0.01, settings: jointSettings() });
    expect(honest).toBeGreaterThan(0.005);
    expect(honest).toBeLessThan(0.015);
  });

  it('is made honest by cross-fitting: a model knows its own rows too well', () => {
    const { honest, naive } = sharesBelow({
      law: LAWS.normal!,
      rows: 200,
      columns: 10,
      samples: 40,
      level: 0.01,
      settings: { ...jointSettings(), sampleRows: 32, neighbour: 1 },
    });
    expect(naive).toBeGreaterThan(0.02);
    expect(honest).toBeGreaterThan(0.005);
    expect(honest).toBeLessThan(0.015);
  });
});
