import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { costLines } from '../dist/app/cli/verdict-command.js';
import { learningModel } from '../dist/baseline/learning/spec.js';
import { atomsOf } from '../dist/baseline/learning/verdicts.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { listVerdicts, verdictsBehind } from '../dist/pipeline/verdict-list.js';
import { acceptEvent, revokeVerdict } from '../dist/pipeline/verdicts.js';
import { Store } from '../dist/store/store.js';
import { H } from '../dist/tuple/hash.js';
import type { VerdictRow, VerdictScope } from '../dist/tuple/learned.js';
import { Folder, HOSTILE_EXE, quince } from './cli-rig.js';
import { bytesOf, type Event, MONDAY, newBaseline } from './engine-world.js';
import { DAY_US, engine, fleet, oddEvent, quietDay, storedWithHeld, teach } from './learning-world.js';

const hosts = fleet(5);
const DAY = Number(MONDAY / DAY_US);
const quiet = (from: number, to: number, more: (day: number) => Event[] = () => []) =>
  Array.from({ length: to - from }, (_, d) => [...quietDay(from + d, hosts), ...more(from + d)]);
const odd = (day: number, host = 'web-a', extra: Event = {}) => oddEvent(day, 10, host, extra);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function verdictOn(event: Event, scope: VerdictScope, extra: Partial<VerdictRow> = {}): VerdictRow {
  const [v] = engine.vectors([event]);
  const role = { lo: v!.lo[1]!, hi: v!.hi[1]! };
  const atoms = atomsOf(v!);
  v!.signature();
  const signature = { lo: H.lo, hi: H.hi };
  const words = { by: 'ann', why: 'a deploy', made: '2026-06-08T00:00:00Z', revoked: undefined };
  const of = { id: 1, signature, atoms, scope, role: scope === 'role' ? role : undefined };
  return { ...of, weight: learningModel().constants.verdict_presences, untilDay: DAY + 30, ...words, ...extra };
}

const seven = storedWithHeld(teach(quiet(0, 7)).delta());
const withVerdicts = (...verdicts: VerdictRow[]) => newBaseline({ ...seven, verdicts });
const bitsBy = (verdicts: VerdictRow[], event: Event) =>
  engine.score([event], withVerdicts(...verdicts).freeze()!).fifteen.bits[0]!;

describe('verdicts in freeze', () => {
  it('count in their scope, and nowhere else', () => {
    const events = [odd(7), odd(7, 'web-b'), odd(7, 'web-z'), odd(7, 'db-z', { role: 'db' })];
    const bits = (...given: VerdictRow[]) => [...engine.score(events, withVerdicts(...given).freeze()!).fifteen.bits];
    const plain = bits();
    const gains = (scope: VerdictScope) => bits(verdictOn(odd(7), scope)).map((b, i) => plain[i]! - b);
    expect(gains('host')).toEqual([expect.toSatisfy((x: number) => x > 20), 0, 0, 0]);
    const [own, peer, newcomer, stranger] = gains('role');
    expect(Math.min(own!, peer!, newcomer!)).toBeGreaterThan(20);
    expect(stranger).toBe(0);
    const all = gains('everywhere');
    expect(Math.min(...all.slice(0, 3))).toBeGreaterThan(20);
    expect(all[3]).toBeGreaterThan(0);
  });

  it('leave no trace when they are revoked or over: the same bytes', () => {
    const plain = bytesOf(withVerdicts().freeze()!);
    const until = (untilDay: number, revoked?: string) =>
      bytesOf(withVerdicts(verdictOn(odd(7), 'everywhere', { untilDay, revoked })).freeze()!);
    expect(digest(until(DAY + 30, '2026-06-09T00:00:00Z'))).toBe(digest(plain));
    // The newest day learned is the seventh: day 6.
    expect(digest(until(DAY + 5))).toBe(digest(plain));
    expect(digest(until(DAY + 6))).not.toBe(digest(plain));
  });

  it('expire with the day of the events, in the midnight freezes of training too', () => {
    const scoreOf = (day: number, untilDay: number) => {
      const baseline = withVerdicts(verdictOn(odd(7), 'host', { untilDay }));
      return engine.score([odd(day)], baseline.freezeBefore(day)!).fifteen.bits[0]!;
    };
    expect(scoreOf(DAY + 8, DAY + 8)).toBeLessThan(scoreOf(DAY + 8, DAY + 7) - 20);
  });

  it('do not add up on one value, whatever their order, and one goes without the other', () => {
    const first = verdictOn(odd(7), 'host');
    const second = verdictOn(odd(7), 'role', { id: 2, by: 'bob' });
    const twice = { ...first, id: 3 };
    const bytes = (...verdicts: VerdictRow[]) => {
      const { block } = withVerdicts(...verdicts).freeze()!;
      return digest(new Uint8Array(block).slice());
    };
    expect(bitsBy([first, twice], odd(7))).toBe(bitsBy([first], odd(7)));
    expect(bytes(second, first)).toBe(bytes(first, second));
    expect(bytes(first, { ...second, revoked: 'now' })).toBe(bytes(first));
    expect(bytes({ ...first, revoked: 'now' }, second)).toBe(bytes(second));
  });

  it('keep every P proper: what one value gains others of the context lose', () => {
    const usual = quietDay(7, ['web-a'])[0]!;
    const both = (verdicts: VerdictRow[]) =>
      engine.score([usual, odd(7)], withVerdicts(...verdicts).freeze()!).fifteen.bits;
    const [usually, oddly] = both([]) as unknown as [number, number];
    fc.assert(
      fc.property(
        fc.constantFrom<VerdictScope>('host', 'role', 'everywhere'),
        fc.integer({ min: 1, max: 400 }),
        (scope, weight) => {
          const given = [verdictOn(odd(7), scope, { weight })];
          const [more, less] = both(given) as unknown as [number, number];
          expect(more).toBeGreaterThan(usually);
          expect(less).toBeLessThan(oddly);
        },
      ),
      { numRuns: 3 },
    );
  });

  it('let out of quarantine what they accept, in their scope, and take it back', () => {
    const held = storedWithHeld(teach(quiet(0, 7, (day) => (day >= 5 ? [odd(day), odd(day, 'web-b')] : []))).delta());
    const isHeld = (verdicts: VerdictRow[], host: string) => {
      const baseline = newBaseline({ ...held, verdicts });
      const [v] = engine.vectors([odd(6, host)]);
      v!.signature();
      return baseline.holding.isHeld('fifteen', { lo: H.lo, hi: H.hi });
    };
    const own = verdictOn(odd(6), 'host');
    expect([isHeld([], 'web-a'), isHeld([own], 'web-a'), isHeld([own], 'web-b')]).toEqual([true, false, true]);
    expect(isHeld([verdictOn(odd(6), 'role')], 'web-b')).toBe(false);
    expect(isHeld([{ ...own, untilDay: DAY + 5 }], 'web-a')).toBe(true);
    const counts = (verdicts: VerdictRow[]) => newBaseline({ ...held, verdicts }).freeze()!.card.views.fifteen!.cells;
    expect(counts([own])).toBeGreaterThan(counts([]));
  });

  it('hold nothing of what they accept when it is met again', () => {
    const known = withVerdicts(verdictOn(odd(7), 'host'));
    teach(
      quiet(7, 9, (day) => [odd(day), odd(day, 'web-b')]),
      known,
    );
    const stateOn = (host: string) => {
      const [v] = engine.vectors([odd(7, host)]);
      v!.signature();
      return known.holding.decisions.find(15, { lo: H.lo, hi: H.hi })?.state;
    };
    expect([stateOn('web-a'), stateOn('web-b')]).toEqual([undefined, 'held']);
  });
});

const folder = new Folder();
afterAll(() => folder.remove());

function file(name: string, events: readonly Event[]): string {
  const lines = [...events]
    .sort((a, b) => Number((a.ts as bigint) - (b.ts as bigint)))
    .map((event) =>
      JSON.stringify(event, (key, value) =>
        typeof value === 'bigint' ? (key === 'ts' ? Number(value) : String(value)) : value,
      ),
    );
  return folder.file(name, `${lines.join('\n')}\n`);
}

async function withFile<T>(store: Store, path: string, size: number, work: typeof train | typeof score): Promise<T> {
  const workers = workersFor(store, size);
  try {
    const sources = await openSources([path], { hashKey: store.hashKey, workers: size });
    return (await work({ store, sources, workers, dims: 15 })) as T;
  } finally {
    await workers.close();
  }
}

const open = (name: string) => Store.open(join(folder.path, name), { key: '0123456789abcdef'.repeat(2) });
type Scored = Awaited<ReturnType<typeof score>>;
const FINDING = Math.log(0.001);

describe('verdicts of a database', { timeout: 240_000 }, () => {
  it('tell their cost before, count after, and go without a trace; with any workers', async () => {
    const checksums: string[][] = [];
    for (const size of [1, 2]) {
      const store = await open(`cost-${size}.db`);
      try {
        // News of a smaller kind each day, so that there is a tail to rank in.
        const news = (day: number) =>
          hosts.map((host, h) =>
            odd(day, host, { daddr: '10.0.0.1', dport: 2000 + 10 * day + h, proc: BigInt(day * 10 + h + 1) }),
          );
        await withFile(store, file('train.jsonl', quiet(2, 7, news).flat()), size, train);
        const alike = [odd(7), odd(7, 'web-a', { dport: 5555, proc: 77n }), odd(7, 'web-b', { proc: 78n })];
        const report = await withFile<Scored>(store, file('odd.jsonl', alike), size, score);
        const [best] = report.findings
          .rank()
          .flatMap((tree) => tree.best)
          .filter((row) => row.row === 0);
        const events: number[] = [];
        for await (const { event } of store.rows('SELECT event FROM events WHERE run = 2 ORDER BY "row"')) {
          events.push(Number(event));
        }
        const request = { event: best!.event, scope: 'host', untilDay: DAY + 20, by: 'ann', why: 'ticket 12' };
        const before = await store.latestSnapshot('baseline');
        const dry = await acceptEvent(store, { ...request, dryRun: true });
        expect(dry.done).toBeUndefined();
        expect(await listVerdicts(store)).toEqual([]);
        expect(dry.cost.ln_p.before).toBeLessThan(FINDING);
        expect(dry.cost.ln_p.after).toBeGreaterThan(FINDING);
        expect(dry.cost.bits.before - dry.cost.bits.after).toBeGreaterThan(20);
        // Five hosts know the program by its usual signature and the news of five days; three were scored.
        expect(dry.cost.signatures).toBe(5 * 6 + 3);
        expect(dry.cost).toMatchObject({ findings: 3, findings_hidden: 1 });
        expect(dry.cost.hidden).toBeGreaterThanOrEqual(1);
        // One alert a host: a verdict for one of them touches its own.
        expect(report.decision.alerts.map(({ host }) => host)).toEqual(['web-a', 'web-b']);
        expect(dry.cost).toMatchObject({ alerts_run: report.run, alerts: 2, alerts_losing: [1] });
        expect(costLines(dry.cost).at(-1)).toBe('of 2 alerts of run 2, 1 would lose evidence (1), and may go with it');
        const wide = await acceptEvent(store, { ...request, scope: 'everywhere', dryRun: true });
        expect(wide.cost.alerts_losing).toEqual([1, 2]);
        const { done, cost } = await acceptEvent(store, request);
        expect(cost).toEqual(dry.cost);
        const snapshots = (await store.listSnapshots()).length;
        const refusal = /got what verdict 1 says already \(scope host, until 2026-06-21\)/;
        await expect(acceptEvent(store, request)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
        for (const less of [{}, { dryRun: true }, { untilDay: DAY + 9 }]) {
          await expect(acceptEvent(store, { ...request, ...less })).rejects.toThrow(refusal);
        }
        expect((await store.listSnapshots()).length).toBe(snapshots);
        for (const more of size > 1 ? [] : [{ untilDay: DAY + 21 }, { scope: 'role' }, { event: events[1]! }]) {
          expect((await acceptEvent(store, { ...request, ...more, dryRun: true })).done).toBeUndefined();
        }
        const again = await withFile<Scored>(store, file('again.jsonl', [odd(7, 'web-a', { pid: 3 })]), size, score);
        expect(again.findings.rank()[0]!.lnP).toBeCloseTo(cost.ln_p.after, 9);
        expect(await verdictsBehind(store, again.findings.rank()[0]!.best[0]!.event)).toEqual([
          { verdict: 1, scope: 'host', by: 'ann', why: 'ticket 12', until: '2026-06-21' },
        ]);
        expect(await verdictsBehind(store, best!.event)).toEqual([]);
        await revokeVerdict(store, done!.verdict);
        const after = await store.latestSnapshot('baseline');
        expect(after!.checksum).toBe(before!.checksum);
        await expect(revokeVerdict(store, 1)).rejects.toThrow(/number of a verdict, got 1, which was revoked/);
        await expect(acceptEvent(store, { ...request, scope: 'world' })).rejects.toThrow(
          /scope of host, role, everywhere/,
        );
        await expect(acceptEvent(store, { ...request, untilDay: DAY + 5 })).rejects.toThrow(/last day from 2026-06-07/);
        await expect(acceptEvent(store, { ...request, untilDay: DAY + 9999 })).rejects.toMatchObject({
          code: 'BAD_ARGUMENT',
        });
        await expect(acceptEvent(store, { ...request, by: ' ' })).rejects.toThrow(/--by/);
        checksums.push((await store.listSnapshots()).map((s) => s.checksum));
      } finally {
        await store.close();
      }
    }
    expect(checksums[1]).toEqual(checksums[0]);
  });

  it('take hostile words as words: who, why, host', async () => {
    const db = join(folder.path, 'hostile.db');
    const extra = { host: HOSTILE_EXE, exe: '/bin/a' };
    const store = await Store.open(db);
    await withFile(store, file('t.jsonl', quiet(3, 7).flat()), 1, train);
    await withFile(store, file('h.jsonl', [odd(7, 'web-a', extra)]), 1, score);
    await store.close();
    const words = ['--by', `x'; DROP TABLE verdict_rows; --${HOSTILE_EXE}`, '--why', `\u202e${HOSTILE_EXE}`];
    const accept = ['verdict', 'accept', '--db', db, 0, '--scope', 'host', '--until', '2026-06-30', ...words];
    const dry = await quince([...accept, '--dry-run']);
    expect([dry.status, dry.stdout]).toEqual([0, expect.stringContaining('nothing was changed')]);
    expect((await quince(accept)).stdout).toContain('verdict 1 in force');
    for (const args of [['list'], ['show', 1]]) {
      const shown = await quince(['verdict', ...args, '--db', db]);
      expect([shown.status, shown.stdout]).toEqual([0, expect.stringContaining('in force')]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
      expect(shown.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    const sql = await quince(['sql', '--db', db, '--json', 'SELECT "by", state FROM verdicts']);
    expect(sql.json).toEqual([{ by: words[1], state: 'in force' }]);
    const wrong = accept.map((arg) => (arg === 'host' ? 'host; --' : arg));
    expect(await quince(wrong)).toMatchObject({ status: 2, stderr: expect.stringContaining('scope of host') });
    expect((await quince(['verdict', 'revoke', '--db', db, 7])).status).toBe(2);
    expect((await quince(['verdict', 'revoke', '--db', db, 1])).stdout).toContain('revoked');
  });
});
