import { describe, expect, it } from 'vitest';
import { binValue, countBin } from '../dist/stats/count-bins.js';
import type { ExplainedWorld } from './explain-rig.js';

/** What views and recipes say of all that was learned. */
export function describeRecipes(world: ExplainedWorld): void {
  describe('what was learned, in SQL', { timeout: 240_000 }, () => {
    it('recipes: what is normal for a program on a host', async () => {
      const rows = await world.recipe('normal-on-host', { exe: '/usr/bin/curl', host: 'web1', top: '2' });
      expect(rows.find(({ name }) => name === 'port called')).toMatchObject({ value: '443', share: 1 });
      expect(rows.filter(({ name }) => name === 'daddr')).toHaveLength(2);
      const window = rows.find(({ part, name }) => part === 'window' && name === 'destinations in 1 min as www')!;
      expect(window.value).toMatch(/^usually 1.0, at most \d\.0 addresses$/);
      expect(rows.filter(({ part }) => part === 'calls')).toHaveLength(2);
      expect(rows.find(({ part }) => part === 'calls')!.value).toMatch(/^every [\d.]+ s$/);
    });

    it('recipes: maturity of contexts, news as counted by hand', async () => {
      const rows = await world.recipe('immature-contexts', { host: 'web1', exe: '/usr/bin/git', limit: '500' });
      expect(rows.length).toBeGreaterThan(10);
      const news = rows.map((row) => Number(row.news));
      expect(news).toEqual([...news].sort((x, y) => y - x));
      const called = rows.filter(({ factor }) => factor === 'dport');
      expect(called).toMatchObject([{ news: 0, distinct_values: 1, top_value: '22', top_share: 1 }]);
      expect(called[0]!.given).toEqual(['syscall connect', 'exe /usr/bin/git', 'user alice', 'host web1']);
      const scanned = await world.recipe('immature-contexts', { host: 'web1', exe: '%nc%', limit: '500' });
      // Each of the 300 ports was called once.
      const sent = scanned.find(({ factor }) => factor === 'dport');
      expect(sent).toMatchObject({ seen: 300, distinct_values: 300, news: 1 });
    });

    it('maturity is the share of units whose value was seen on one day only', async () => {
      const cells = await world.rowsOf(`SELECT c.context, c.value, g.day FROM cells AS c JOIN kinds AS k USING (kind)
      JOIN segments AS g USING (segment) WHERE k.name = 'factor15' AND c.value <> 1853189228`);
      const days = new Map<string, Map<string, Set<unknown>>>();
      for (const { context, value, day } of cells) {
        const values = days.get(`${context}`) ?? new Map<string, Set<unknown>>();
        days.set(`${context}`, values);
        values.set(`${value}`, (values.get(`${value}`) ?? new Set()).add(day));
      }
      const newsOf = (context: unknown) => {
        const sizes = [...days.get(`${context}`)!.values()].map(({ size }) => size);
        return sizes.filter((n) => n === 1).length / sizes.reduce((sum, n) => sum + n, 0);
      };
      const known = await world.rowsOf('SELECT context, news, host FROM maturity WHERE dims = 15');
      expect(known).toHaveLength(days.size);
      for (const { context, news } of known) expect(news).toBeCloseTo(newsOf(context), 12);
      expect(new Set(known.map(({ news }) => news)).size).toBeGreaterThan(2);
      expect(known.every(({ host }) => host !== null)).toBe(true);
    });

    it('recipes: history of p, loudest subjects, quarantine', async () => {
      const history = await world.recipe('p-history');
      const kinds = new Set(history.map(({ kind }) => kind));
      expect([...kinds].sort()).toEqual(['five-tuple', 'host minute', 'row', 'silence', 'subject minute']);
      const [first] = history.filter(({ run: n, kind }) => n === 2 && kind === 'row');
      const below = await world.rowsOf(
        'SELECT avg((ln_p <= ln(0.01))::INTEGER) AS share FROM scores WHERE run = 2 AND dims = 15',
      );
      expect(first!.below_0_01).toBeCloseTo(below[0]!.share as number, 5);
      const loud = await world.recipe('loudest-subjects', { run: '2' });
      expect(loud[0]).toMatchObject({ host: 'web1', whole_host: true, feature: 'ports' });
      expect(loud.find(({ exe }) => String(exe).includes('nc'))).toMatchObject({ feature: 'ports', value: 300 });
      expect(await world.recipe('quarantined')).toEqual([]);
    });

    it('views: models and calibration are named', async () => {
      const models = await world.rowsOf(
        'SELECT snapshot, days_learned, calibration, window_history FROM models ORDER BY snapshot',
      );
      expect(models).toMatchObject([
        { days_learned: 1, calibration: 'leave-out' },
        { snapshot: 2, days_learned: 3 },
      ]);
      const [most] = await world.rowsOf(`SELECT most, windows FROM learned_windows
      WHERE feature = 'ports' AND size_s = 60 AND contains(exe, 'nc')`);
      expect(most).toEqual({ most: binValue(countBin(300)), windows: 1 });
      const [sum] = await world.rowsOf(`SELECT sum(units) AS units, count(DISTINCT host) AS hosts,
      bool_and(list_contains(known, 'exe')) AS known FROM calibration WHERE dims = 15`);
      const [cells] = await world.rowsOf(
        "SELECT sum(n)::DOUBLE AS n FROM cells JOIN kinds USING (kind) WHERE name = 'calibration15'",
      );
      expect(sum).toMatchObject({ units: cells!.n, hosts: 3n, known: true });
    });
  });
}
