import { describe, expect, it } from 'vitest';
import { explanationLines } from '../dist/app/cli/explanation-text.js';
import { Terminal } from '../dist/app/cli/terminal.js';
import { windowText, windowWords } from '../dist/app/cli/window-text.js';
import { windowModel } from '../dist/baseline/window/spec.js';
import { amountText, countedText } from '../dist/pipeline/amount-text.js';
import { explainWindow } from '../dist/pipeline/explain-window.js';
import { FINDING_LN_P } from '../dist/pipeline/finding-limit.js';
import { isSameInput } from '../dist/pipeline/stored-source.js';
import { windowAt, windowByNumber } from '../dist/pipeline/window-target.js';
import type { WindowRow } from '../dist/store/windows.js';
import type { ExplainedWorld } from './explain-rig.js';
import { LATER_MS, SCAN_MS } from './explain-world.js';

/** Minutes of windows. */
export function describeMinutes(world: ExplainedWorld): void {
  describe('a minute', { timeout: 120_000 }, () => {
    /** The worst of each feature, a minute of losses, of silence, without a surprise, and the first and last of a host. */
    function samples(): WindowRow[] {
      const worst = new Map<string, WindowRow>();
      for (const row of world.report.minutes) {
        const name = `${row.feature} ${row.wholeHost}`;
        if (row.bits > (worst.get(name)?.bits ?? -1)) worst.set(name, row);
      }
      const ofHost = world.report.minutes.filter(({ host, wholeHost }) => host === 'web1' && wholeHost);
      const more = [
        ofHost.find(({ lost }) => lost > 0),
        ofHost[0],
        ofHost.at(-1),
        world.report.minutes.find((r) => r.bits === 0),
      ];
      return [...worst.values(), ...more.filter((row) => row !== undefined)];
    }

    it('is scored again as it was, whatever it is of', async () => {
      const rows = samples();
      expect(rows.length).toBeGreaterThan(10);
      expect(new Set(rows.map(({ feature }) => feature)).has('silence')).toBe(true);
      for (const row of rows) {
        const e = await explainWindow(world.store, world.run, row);
        const [first] = e.parts;
        expect([e.bits, e.ln_p, e.lost, e.whole_host]).toEqual([row.bits, row.lnP, row.lost, row.wholeHost]);
        expect(e.conclusion.finding).toBe(row.lnP <= FINDING_LN_P);
        if (row.feature === null) continue;
        expect(first).toMatchObject({ feature: row.feature, size_s: row.sizeSeconds, value: row.value });
        expect([first!.bits, first!.ln_p, first!.typical_value]).toEqual([e.bits, row.windowLnP, row.typical]);
        expect(e.parts.every(({ bits }) => bits <= e.bits)).toBe(true);
      }
    });

    it('is of one stream with what came from the same input', () => {
      expect(isSameInput('5f of net:0', '5f of net:17')).toBe(true);
      expect(isSameInput('5f:0', '6f:0')).toBe(false);
    });

    it('of a scan: every feature and size, whose law and of how many windows, and where it was ranked', async () => {
      const row = await windowByNumber(world.store, world.run.run, 1);
      const e = await explainWindow(world.store, world.run, row);
      expect(e).toMatchObject({
        kind: 'window',
        number: 1,
        run: 2,
        snapshot: 1,
        extrapolated: true,
        whole_host: false,
      });
      expect(e.of).toMatchObject({ host: 'web1', ts: new Date(SCAN_MS).toISOString().replace('.000Z', '.000000Z') });
      expect(e.ranked!.units).toBeGreaterThan(1000);
      expect(e.parts[0]).toMatchObject({ name: 'ports in 1 min', value: 300, was: '300 ports', level: 'all' });
      expect(e.parts[0]!.windows).toBeGreaterThan(100);
      const names = e.parts.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining(['ports in 1 h', 'connections in 10 min', 'destinations in 1 min']));
      expect(e.parts.find(({ name }) => name === 'failures in 1 min')).toMatchObject({
        level: null,
        context: null,
        bits: 0,
      });
      expect(e.parts.find(({ name }) => name === 'ports in 10 min')).toMatchObject({ open: true });
      expect(e.conclusion).toEqual({ finding: true, text: expect.stringContaining("number 1 of the run's windows") });
    });

    it('is told in words of its numbers: one is singular, thousands have commas, what no law judges is counted', async () => {
      for (const { name, unit } of windowModel().features) {
        const [one, two] = [1, 2000].map((value) => countedText(amountText(value), unit));
        expect([name, one!.endsWith('s'), two]).toEqual([
          name,
          unit.startsWith('changes') || one === '1 address',
          `2,000 ${unit}`,
        ]);
        const told = { feature: name, sizeSeconds: 60, value: name === 'silence' ? 3600 : 1, typical: 3, lost: 0 };
        expect(windowText(told)).toMatch(name === 'silence' ? /for 1 hour in/ : new RegExp(`^${one} within 1 min`));
      }
      expect([0.31234, 12.345, 58_012.4, 1_234_567].map(amountText)).toEqual(['0.312', '12.3', '58,000', '1,234,567']);
      const e = await explainWindow(world.store, world.run, await windowByNumber(world.store, world.run.run, 1));
      const lawless = e.parts.filter(({ level }) => level === null).length;
      expect(lawless).toBeGreaterThan(4);
      const lines = explanationLines(e, windowWords(e), new Terminal({ logLevel: 'warn' }));
      expect(lines.filter((line) => / {2}no law| no law: never/.test(line)).length).toBe(4);
      expect(lines.at(-1)).toBe(
        `  ${lawless - 3} more windows with no law: never seen, or too few such windows were learned`,
      );
      expect(lines.filter((line) => /[█░]{10}/.test(line))).toHaveLength(e.parts.length - lawless + 3);
    });

    it('that is no finding says why, and by which law of its own it was judged', async () => {
      const usual = { minute: Math.floor(LATER_MS / 60_000) + 61, host: 'web2' };
      const e = await explainWindow(world.store, world.run, await windowAt(world.store, world.run.run, usual));
      expect(e.number).toBeNull();
      expect(e.conclusion.text).toMatch(
        /^no finding: about [\d.]+ % of the [\d,]+ minutes it is ranked among are as surprising/,
      );
      expect(e.parts[0]).toMatchObject({ level: 'own', context: { counts: 'windows', given: ['own'] } });
      const own = { ...usual, exe: '/usr/bin/curl' };
      const found = world.report.minutes.find(
        ({ host, exe, minute }) => host === 'web2' && exe === own.exe && minute > usual.minute,
      );
      const subject = await explainWindow(
        world.store,
        world.run,
        await windowAt(world.store, world.run.run, { ...own, minute: found!.minute }),
      );
      expect(subject).toMatchObject({ of: { exe: '/usr/bin/curl', user: 'www' }, bits: found!.bits });
    });

    it('that is not there names what there is', async () => {
      const minute = Math.floor(LATER_MS / 60_000) + 61;
      const at = (asked: object) => windowAt(world.store, world.run.run, { minute, host: 'web1', ...asked });
      await expect(at({ host: 'web9' })).rejects.toThrow(/run 2 has "web1", "web2", "web3"$/);
      await expect(at({ minute: minute + 100_000 })).rejects.toThrow(/near it are 2026-06-02T09:5\dZ, /);
      await expect(at({ exe: '/bin/none' })).rejects.toThrow(/there are the whole host, "/);
      await expect(windowByNumber(world.store, world.run.run, 99)).rejects.toThrow(
        /^--window requires 1 to \d in run 2, got 99; any minute/,
      );
    });
  });
}
