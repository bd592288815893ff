import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATOM_COUNT, AtomVector, ROLE_ATOM } from '../dist/baseline/factor/atoms.js';
import { isBehindUnseen, Ladder } from '../dist/baseline/factor/ladder.js';
import type { Factor, FactorView } from '../dist/baseline/factor/spec.js';
import type { CountTree } from '../dist/baseline/factor/tree.js';
import { TreeScorer } from '../dist/baseline/factor/tree-score.js';
import { hourHash, isEphemeralValue, portHash } from '../dist/baseline/factor/values.js';
import type { Snapshot } from '../dist/baseline/snapshot.js';
import { Surprisal } from '../dist/score/surprisal.js';
import { SYSCALLS } from '../dist/tuple/columns.js';
import { H } from '../dist/tuple/hash.js';
import { Engine, type Event, frozen, HOUR_US, MODEL, newBaseline, world } from './engine-world.js';

const engine = new Engine();
const { constants, views } = MODEL;
const { fifteen, five } = views;
const DAY_US = 24n * HOUR_US;

function taught(events: readonly Event[]) {
  const baseline = newBaseline();
  engine.teach(baseline, [events], false);
  return { baseline, snapshot: frozen(baseline) };
}

const copy = (v: AtomVector): AtomVector => {
  const out = new AtomVector();
  for (let a = 0; a < ATOM_COUNT; a++)
    if (v.has[a] === 1) out.set(a, v.lo[a]!, v.hi[a]!);
    else out.clear(a);
  return out;
};

interface Value {
  readonly lo: number;
  readonly hi: number;
  readonly present: boolean;
}

/** Values of a factor in some events; of a path's step its end too. */
function valuesIn(factor: Factor, vectors: readonly AtomVector[]): Value[] {
  const found = new Map<string, Value>();
  for (const v of vectors) {
    if (v.has[factor.value] === 0) continue;
    const value = { lo: v.lo[factor.value]!, hi: v.hi[factor.value]!, present: true };
    found.set(`${value.hi}:${value.lo}`, value);
  }
  return [...found.values()];
}

/** Σ P over everything a factor's value may be, in the context of `v`: the values in `known`, and the mass of all others. */
function sumOver(factor: Factor, v: AtomVector, known: readonly Value[], p: (v: AtomVector) => number): number {
  const probe = (value: Value) => {
    const w = copy(v);
    if (value.present) w.set(factor.value, value.lo, value.hi);
    else w.clear(factor.value);
    return p(w);
  };
  const of = (values: readonly Value[]) => values.reduce((sum, value) => sum + probe(value), 0);
  const unseen = (lo: number) => probe({ lo: lo >>> 0, hi: 0x12345, present: true });
  const rest = (size: number, values: readonly Value[], lo = 0xabcdef00) =>
    (size - values.length) * unseen(lo) + of(values);
  switch (factor.base) {
    case 'closed':
      return rest(SYSCALLS.length, known);
    case 'string':
      return rest(2 ** constants.unseen_string_bits, known);
    case 'path':
      return rest(
        2 ** constants.unseen_string_bits,
        factor.step === 0 ? known : [...known, { lo: 0, hi: 0, present: false }],
      );
    case 'port': {
      portHash(50_000);
      const ephemeral = { lo: H.lo, hi: H.hi, present: true };
      return (
        probe(ephemeral) +
        rest(
          32_768,
          known.filter((k) => !isEphemeralValue(k.lo, k.hi)),
        )
      );
    }
    case 'address': {
      const six = known.filter((k) => (k.lo & 1) === 1);
      const four = known.filter((k) => (k.lo & 1) === 0);
      const bits = [32, 16, 16, 64][factor.step]!;
      if (factor.step === 0) return rest(256, four) + rest(2 ** bits, six, 0xabcdef01);
      return (v.lo[factor.value - 1]! & 1) === 1 ? rest(2 ** bits, six, 0xabcdef01) : rest(256, four);
    }
    case 'hour':
      return Array.from({ length: 168 }, (_, h) => {
        hourHash(h);
        return { lo: H.lo, hi: H.hi, present: true };
      }).reduce((sum, value) => sum + probe(value), 0);
  }
}

/** A view of one factor alone, its context keys unchanged. */
const only = (view: FactorView, factor: Factor): FactorView => ({ ...view, factors: [factor] });

function scorerOf(view: FactorView, snapshot: Snapshot): (v: AtomVector) => number {
  const surprisal = new Surprisal(view, constants, snapshot);
  const by = new Float64Array(view.by.length);
  return (v) => {
    surprisal.joinRole(v);
    return surprisal.bits(v, by, 0);
  };
}

/** Does the factor speak of this event? Not behind a null, a path's end, or (of strings) a context never seen. */
function speaks(factor: Factor, v: AtomVector, tree: CountTree): boolean {
  if (factor.step > 0 && v.has[factor.value - 1] === 0) return false;
  const ladder = new Ladder();
  ladder.climb(five.factors.includes(factor) ? five : fifteen, factor, v);
  const context = tree.contexts.find(ladder.lo[0]!, ladder.hi[0]!);
  return !isBehindUnseen(factor, ladder, () => context >= 0 && tree.total.get(context) > 0);
}

const twoDays = fc
  .tuple(world({ hours: 2, maxEvents: 40 }), world({ hours: 2, maxEvents: 40 }))
  .map(([old, young]) => [...old, ...young.map((e) => ({ ...e, ts: (e.ts as bigint) + 20n * DAY_US }))]);

describe('predictive distributions', { timeout: 120_000 }, () => {
  it('sum to 1 for every factor in every context, by the snapshot, decayed too', () => {
    fc.assert(
      fc.property(twoDays, world({ hours: 1, maxEvents: 3 }), (events, fresh) => {
        const { baseline, snapshot } = taught(events);
        const vectors = engine.vectors(events);
        const probes = [...vectors.slice(0, 3), ...engine.vectors(fresh)];
        for (const view of [fifteen, five]) {
          const { tree } = baseline.tree(view.name);
          for (const factor of view.factors) {
            const p = scorerOf(only(view, factor), snapshot);
            const known = valuesIn(factor, vectors);
            for (const v of probes) {
              if (!speaks(factor, v, tree)) continue;
              if (factor.base === 'hour') continue;
              expect(
                sumOver(factor, v, known, (w) => 2 ** -p(w)),
                `${view.name} ${factor.name}/${factor.step}`,
              ).toBeCloseTo(1, 9);
            }
          }
        }
      }),
      { numRuns: 10, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('sum to 1 for every factor in every context, by the counts that leaving out uses', () => {
    fc.assert(
      fc.property(world({ hours: 2 }), (events) => {
        const { baseline } = taught(events);
        const { tree } = baseline.tree('fifteen');
        const vectors = engine.vectors(events);
        for (const factor of fifteen.factors) {
          if (factor.base === 'hour') continue;
          const scorer = new TreeScorer(only(fifteen, factor), tree, constants);
          const known = valuesIn(factor, vectors);
          for (const v of vectors.slice(0, 3)) {
            if (!speaks(factor, v, tree)) continue;
            expect(
              sumOver(factor, v, known, (w) => 2 ** -scorer.bits(w)),
              `${factor.name}/${factor.step}`,
            ).toBeCloseTo(1, 9);
          }
        }
      }),
      { numRuns: 10, interruptAfterTimeLimit: 60_000 },
    );
  });
});

describe('surprisal', { timeout: 120_000 }, () => {
  it('is the same from the snapshot and from the counts, for seen and unseen events', () => {
    fc.assert(
      fc.property(world({ hours: 3 }), world({ hours: 1, maxEvents: 20 }), (events, fresh) => {
        const { baseline, snapshot } = taught(events);
        const { tree, roles } = baseline.tree('fifteen');
        const scorer = new TreeScorer(fifteen, tree, constants);
        const surprisal = new Surprisal(fifteen, constants, snapshot);
        const by = new Float64Array(fifteen.by.length);
        for (const v of engine.vectors([...events, ...fresh])) {
          const role = roles.get({ lo: v.lo[0]!, hi: v.hi[0]! });
          surprisal.joinRole(v);
          if (role !== undefined) expect(v.has[ROLE_ATOM]).toBe(1);
          expect(surprisal.bits(v, by, 0)).toBeCloseTo(scorer.bits(v), 9);
          expect(surprisal.mask).toBe(scorer.mask);
        }
      }),
      { numRuns: 25, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('is the sum of its parts, finite and never negative', () => {
    fc.assert(
      fc.property(twoDays, world({ hours: 1, maxEvents: 20 }), (events, fresh) => {
        const { snapshot } = taught(events);
        const rows = [...events, ...fresh];
        const scores = engine.score(rows, snapshot);
        for (const view of [fifteen, five]) {
          const { bits, by, lnP } = scores[view.name];
          const k = view.by.length;
          rows.forEach((_, row) => {
            const parts = [...by.subarray(row * k, (row + 1) * k)];
            expect(Math.abs(parts.reduce((a, b) => a + b, 0) - bits[row]!)).toBeLessThan(1e-6);
            for (const part of parts) expect(part).toBeGreaterThanOrEqual(-1e-12);
            expect(Number.isFinite(bits[row]!)).toBe(true);
            expect(lnP[row]!).toBeLessThanOrEqual(0);
            expect(Number.isFinite(lnP[row]!)).toBe(true);
          });
        }
      }),
      { numRuns: 20, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('does not depend on where batches end', () => {
    fc.assert(
      fc.property(world({ hours: 3, maxEvents: 30 }), fc.integer({ min: 1, max: 9 }), (once, size) => {
        const { snapshot } = taught(once);
        // Twice, the second time backwards: rows of one signature share a score within a batch.
        const events = [...once, ...[...once].reverse()];
        const whole = engine.score(events, snapshot);
        for (let from = 0; from < events.length; from += size) {
          const part = engine.score(events.slice(from, from + size), snapshot);
          for (const { name, by } of [fifteen, five]) {
            const to = Math.min(from + size, events.length);
            expect(part[name].bits).toEqual(whole[name].bits.slice(from, to));
            expect(part[name].lnP).toEqual(whole[name].lnP.slice(from, to));
            expect(part[name].by).toEqual(whole[name].by.slice(from * by.length, to * by.length));
            expect(part[name].signature).toEqual(whole[name].signature.slice(2 * from, 2 * to));
          }
        }
      }),
      { numRuns: 15, interruptAfterTimeLimit: 60_000 },
    );
  });
});
