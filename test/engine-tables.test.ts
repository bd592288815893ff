import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTables, subtractTables } from '../dist/baseline/tables/cell-sums.js';
import { Rekeying } from '../dist/baseline/tables/rekey.js';
import { shiftDays } from '../dist/baseline/tables/shift-days.js';
import type { LearnedTables } from '../dist/tuple/learned.js';
import { Engine, type Event, HOUR_US, KEY, MODEL, MONDAY, newBaseline, world } from './engine-world.js';

const OTHER = new Uint8Array(16).fill(9);

function learned(batches: readonly (readonly Event[])[], key = KEY): LearnedTables {
  const baseline = newBaseline();
  new Engine().teach(baseline, batches, false);
  return Rekeying.apply(MODEL, baseline.tables([]), KEY, key);
}

const some = world({ hours: 30, maxEvents: 60 });
/** Two worlds whose hours do not meet. */
const two = fc
  .tuple(some, world({ hours: 30, maxEvents: 60, firstHour: 72 }))
  .filter(([a, b]) => a.length > 0 && b.length > 0);

describe('learned tables under another key', () => {
  it('come back as they were, with every value and key made again', () => {
    fc.assert(
      fc.property(some, (events) => {
        const tables = learned([events]);
        const away = Rekeying.apply(MODEL, tables, KEY, OTHER);
        expect(away.names.map(({ text }) => text).sort()).toEqual(tables.names.map(({ text }) => text).sort());
        expect(away.cells.length).toBe(tables.cells.length);
        const addresses = (t: LearnedTables) => t.names.filter(({ text }) => text.includes('.')).map((n) => n.value);
        if (addresses(tables).length > 0) expect(addresses(away)).not.toEqual(addresses(tables));
        expect(Rekeying.apply(MODEL, away, OTHER, KEY)).toEqual(tables);
      }),
      { numRuns: 40 },
    );
  });

  it('are what learning under that key gives', () => {
    fc.assert(
      fc.property(some, (events) => {
        const there = new Engine(OTHER);
        const baseline = newBaseline(undefined, OTHER);
        there.teach(baseline, [events], false);
        expect(learned([events], OTHER)).toEqual(Rekeying.apply(MODEL, baseline.tables([]), OTHER, OTHER));
      }),
      { numRuns: 40 },
    );
  });

  it('hold IPv6 and IPv4, words that look like addresses, ports, and the role', () => {
    const ts = MONDAY + HOUR_US;
    const row = {
      ts,
      host: '10.0.0.7',
      syscall: 'connect',
      exe: '/bin/a',
      comm: 'a',
      proto: 'tcp',
      role: 'web',
      proc: 5n,
    };
    const events = [
      { ...row, daddr: '10.0.0.7', dport: 443 },
      { ...row, daddr: '2001:db8::7', dport: 50_000 },
    ];
    const away = learned([events], OTHER);
    const values = away.names.filter(({ text }) => text === '10.0.0.7').map(({ value }) => value);
    expect(values.length).toBeGreaterThan(0);
    expect(Rekeying.apply(MODEL, away, OTHER, KEY)).toEqual(learned([events]));
    expect(away.names.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['web', '443', 'ephemeral', '2001:db8::7']),
    );
  });
});

describe('learned tables of another day', () => {
  it('are what learning whole weeks later gives, and come back', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: -3, max: 60 }), (events, weeks) => {
        const later = events.map((e) => ({ ...e, ts: BigInt(e.ts!) + BigInt(weeks * 7 * 24) * HOUR_US }));
        const [then, now] = [learned([events]), learned([later])];
        expect(shiftDays(then, 7 * weeks)).toEqual(now);
        expect(shiftDays(now, -7 * weeks)).toEqual(then);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a host whose role changed', () => {
  it('has a name for each role, also of work that was known before', () => {
    const row = { host: 'h', syscall: 'exec', exe: '/bin/a', proc: 5n };
    const events = ['web', 'db'].map((role, day) => [{ ...row, role, ts: MONDAY + BigInt(24 * day) * HOUR_US }]);
    const names = learned(events).names.map(({ text }) => text);
    expect(names).toEqual(expect.arrayContaining(['web', 'db']));
  });
});

describe('merging and subtracting', () => {
  it('learn(A) ⊕ learn(B) = learn(A ∪ B), in either order, and back', () => {
    fc.assert(
      fc.property(two, ([a, b]) => {
        const [first, second] = [learned([a]), learned([b])];
        const both = prune(mergeTables(first, second));
        expect(both).toEqual(learned([a, b]));
        expect(prune(mergeTables(second, first))).toEqual(both);
        expect(prune(subtractTables(both, second))).toEqual(first);
        expect(prune(subtractTables(both, first))).toEqual(second);
      }),
      { numRuns: 40 },
    );
  });

  it('refuse the same hours twice, and more than there is', () => {
    fc.assert(
      fc.property(two, ([a, b]) => {
        const [first, second] = [learned([a]), learned([b])];
        expect(() => mergeTables(first, first)).toThrow('models of other hours');
        expect(() => subtractTables(first, second)).toThrow('a part of the model');
      }),
      { numRuns: 10 },
    );
  });
});

const prune = (tables: LearnedTables) => Rekeying.apply(MODEL, tables, KEY, KEY);
