import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainParts } from '../dist/pipeline/explain-parts.js';
import { Explainer } from '../dist/score/explain.js';
import { Surprisal } from '../dist/score/surprisal.js';
import { Engine, type Event, frozen, MODEL, MONDAY, newBaseline, world } from './engine-world.js';

const engine = new Engine();
const { constants, views } = MODEL;

/** Explains events by what others taught. */
function explained(taught: readonly Event[], events: readonly Event[], name: 'fifteen' | 'five' = 'fifteen') {
  const view = views[name];
  const baseline = newBaseline();
  engine.teach(baseline, [taught], false);
  const { tree, roles } = baseline.tree(name);
  const surprisal = new Surprisal(view, constants, frozen(baseline));
  const explainer = new Explainer(view, constants, tree, roles, ({ lo, hi }) => `${hi}:${lo}`);
  return events.map((event) => {
    const [vector] = engine.vectors([event]);
    surprisal.joinRole(vector!);
    const by = new Float64Array(view.by.length);
    const each = new Float64Array(view.factors.length).fill(Number.NaN);
    surprisal.bits(vector!, by, 0, each);
    const alone = new Float64Array(view.by.length);
    surprisal.bits(vector!, alone, 0);
    expect(alone).toEqual(by);
    return {
      by: [...by],
      each,
      parts: explainParts(view, explainer, { tuple: event, vector: vector!, each, by: [...by] }),
    };
  });
}

describe('factors of a column', { timeout: 60_000 }, () => {
  it('sum to its bits, also with a null and behind a context never seen, in both views', () => {
    fc.assert(
      fc.property(world({ hours: 2 }), world({ hours: 1, maxEvents: 8 }), (events, fresh) => {
        for (const name of ['fifteen', 'five'] as const) {
          for (const { by, parts } of explained(events, [...events.slice(0, 3), ...fresh], name)) {
            expect(parts).toHaveLength(by.filter((bits) => bits !== 0).length);
            for (const { bits, factors } of parts) {
              expect(factors.reduce((sum, f) => sum + f.bits, 0)).toBeCloseTo(bits, 9);
              const [, ...others] = factors;
              expect(others).toEqual([...others].sort((a, b) => b.bits - a.bits));
            }
          }
        }
      }),
      { numRuns: 15, interruptAfterTimeLimit: 30_000 },
    );
  });

  /** Programs of one parent, under two lineages of which the second is rare: the parent is ordinary, the lineage is not. */
  const job = (i: number, ancestors: string, more: Event = {}): Event => ({
    host: 'a',
    proc: BigInt(i),
    pid: i,
    ts: MONDAY + BigInt(i) * 1_000_000n,
    syscall: 'exec',
    exe: '/usr/bin/curl',
    parent_exe: '/bin/sh',
    ancestors,
    user: 'www',
    ...more,
  });
  const usual = '/bin/sh>/usr/sbin/cron';
  const taught = Array.from({ length: 40 }, (_, i) => job(i, usual, { host: `h${i % 8}` }));
  const partOf = (event: Event, column: string) =>
    explained(taught, [event])[0]!.parts.find((part) => part.name === column)!;

  it('are spoken for by the one that cost most: an odd lineage under the usual parent', () => {
    const part = partOf(job(900, '/bin/sh>/usr/sbin/nginx'), 'ppid');
    expect(part.factors[0]).toMatchObject({ factor: 'lineage', bits: Math.max(...part.factors.map((f) => f.bits)) });
    expect(part).toMatchObject({ was: '/bin/sh>/usr/sbin/nginx', context: { own: 0 } });
  });

  it('… where the one that was new is not the one that cost most: a parent all its own beside a known lineage', () => {
    // The old rule showed the last factor while none was new: the lineage, seen each time, beside the parent's bits.
    const odd = { parent_exe: '/opt/odd' };
    const usualWork = Array.from({ length: 40 }, (_, i) => job(i, usual, { args: `curl ${'abcdefgh'[i % 8]}` }));
    const mixed = [...usualWork, ...[500, 501].map((i) => job(i, '/opt/odd>/sbin/init', odd))];
    const [row] = explained(mixed, [job(900, '/opt/odd>/sbin/init', odd)]);
    const part = row!.parts.find(({ name }) => name === 'ppid')!;
    const byName = new Map(part.factors.map((f) => [f.factor, f.bits]));
    expect(byName.get('parent')!).toBeGreaterThan(2 * (byName.get('lineage') ?? 0));
    expect(part).toMatchObject({ was: '/opt/odd', factors: [{ factor: 'parent' }, { factor: 'lineage' }] });
    expect(part.context).toMatchObject({ own: 2, given: ['syscall', 'host'] });
  });

  it('… and by a null where its context has always known a value', () => {
    const known = Array.from({ length: 40 }, (_, i) => job(i, usual, { args: `curl ${'abcdefgh'[i % 8]}` }));
    const { user: _, ...nobody } = job(900, usual);
    const [row] = explained(known, [nobody]);
    const part = row!.parts.find(({ name }) => name === 'user')!;
    expect(part.factors).toEqual([{ factor: 'user', bits: part.bits }]);
    expect(part).toMatchObject({ was: null, context: { own: 0, given: ['exe', 'host'] } });
    expect(part.context!.seen).toBeGreaterThanOrEqual(constants.null_min_known);
  });

  it('name prefixes of addresses; one behind a prefix never seen does not speak', () => {
    const flow = (i: number, daddr: string): Event =>
      job(i, usual, { syscall: 'connect', saddr: '10.0.0.5', sport: 40_000, daddr, dport: 443, proto: 'tcp' });
    const flows = Array.from({ length: 30 }, (_, i) => flow(i, `10.0.0.${i % 3}`));
    const of = (daddr: string) => explained(flows, [flow(900, daddr)])[0]!.parts.find(({ name }) => name === 'daddr')!;
    expect(of('203.0.113.9').factors.map((f) => f.factor)).toEqual(['daddr/8', 'daddr/16', 'daddr/24', 'daddr/32']);
    const six = of('2001:db8::1');
    expect(six.factors.map((f) => f.factor)).toEqual(['daddr/32', 'daddr/128', 'daddr/48', 'daddr/64']);
    expect(six.factors[1]!.bits).toBeGreaterThan(six.factors[0]!.bits);
    expect(six.context).toMatchObject({ own: 0 });
  });
});
