import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { baselineModel } from '../dist/baseline/model.js';
import { importModel } from '../dist/pipeline/model-files.js';
import { showRoles } from '../dist/pipeline/roles.js';
import { loadSnapshot } from '../dist/pipeline/score.js';
import { Store } from '../dist/store/store.js';

const folder = mkdtempSync(join(tmpdir(), 'quince-prior-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PRIOR = fileURLToPath(new URL('../models/prior', import.meta.url));
const TODAY = Math.floor(Date.now() / 86_400_000);

describe('the prior that is shipped', { timeout: 60_000 }, () => {
  it('is of the model in use', () => {
    const { model } = JSON.parse(readFileSync(join(PRIOR, 'card.json'), 'utf8'));
    expect(model, 'the model changed: run node scripts/make-prior.mjs').toBe(baselineModel().hash);
  });

  it('is below a megabyte, and says what it was learned from, its licence and its limits', () => {
    const bytes = readdirSync(PRIOR).reduce((sum, name) => sum + statSync(join(PRIOR, name)).size, 0);
    expect(bytes).toBeLessThan(1024 * 1024);
    const card = JSON.parse(readFileSync(join(PRIOR, 'card.json'), 'utf8'));
    expect(card).toMatchObject({ prior: true, hosts: 1 });
    for (const word of ['data/train', 'SHA-256', 'Apache-2.0', 'Limits', 'role web'])
      expect(card.about).toContain(word);
  });

  it('is imported as if it had just been learned, whatever its own day', async () => {
    const path = join(folder, 'prior.db');
    const store = await Store.open(path);
    try {
      const report = await importModel(store, PRIOR);
      expect(Math.abs(report.shiftedDays) % 7).toBe(0);
      const { snapshot } = await loadSnapshot(store);
      expect(TODAY - snapshot.card.asOf).toBeGreaterThanOrEqual(1);
      expect(TODAY - snapshot.card.asOf).toBeLessThanOrEqual(7);
      expect(snapshot.card.views.fifteen!.units).toBeGreaterThan(1000);
      expect((await showRoles(store)).hosts.map(({ role, from }) => [role, from])).toEqual([['web', 'event']]);
    } finally {
      await store.close();
    }
  });
});
