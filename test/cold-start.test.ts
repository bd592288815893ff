import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Baseline } from '../dist/baseline/baseline.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { dealHosts } from '../dist/baseline/deal-hosts.js';
import { LEVELS } from '../dist/baseline/factor/calibration.js';
import { chooseHosts, leaveHostsOut } from '../dist/baseline/factor/leave-hosts-out.js';
import { Roles, RolesAtHand } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import type { Snapshot } from '../dist/baseline/snapshot.js';
import { scoreBin } from '../dist/baseline/window/score-bins.js';
import { RANK_ROW, type RankedScores, WindowRanks } from '../dist/baseline/window/score-history.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { type ScoredMinute, WindowScorer } from '../dist/score/window-scorer.js';
import { pairName } from '../dist/tuple/learned.js';
import {
  closeAll,
  Engine,
  type Event,
  frozen,
  HOUR_US,
  KEY,
  MODEL,
  MONDAY,
  newBaseline,
  procOf,
  stored,
  word,
} from './engine-world.js';

const DAY_US = 24n * HOUR_US;
const engine = new Engine();

/** What each host of the role does of a day; hosts have their own address, and a sixth of their files are their own. */
function work(host: number, day: number, extra: Event = {}): Event[] {
  return Array.from({ length: 60 }, (_, i) => ({
    host: `web-${word(host)}`,
    role: 'web',
    proc: procOf(host, 100 * day + Math.floor(i / 6)),
    ts: MONDAY + BigInt(day) * DAY_US + BigInt(i) * 20_000_000n,
    exe: `/opt/${word(i % 10)}`,
    parent_exe: '/sbin/init',
    user: i % 10 === 0 ? 'root' : 'web',
    ...(i % 6 === 0
      ? { syscall: 'exec' }
      : i % 6 < 3
        ? { syscall: 'connect', proto: 'tcp', saddr: `10.${host % 3}.${host}.5`, daddr: `10.9.0.${i % 4}`, dport: 443 }
        : { syscall: 'open', path: `/var/log/${word((i % 6 === 5 ? 40 + 3 * host : 20) + (i % 12))}` }),
    ...extra,
  }));
}

function teach(days: readonly (readonly Event[])[], baseline = newBaseline()) {
  const trainer = new Trainer(baseline);
  for (const events of days) trainer.take(engine.learn(events), (code) => engine.table.value(code));
  return baseline;
}

const fleet = (day: number, hosts = [0, 1, 2, 3, 4, 5]) => hosts.flatMap((host) => work(host, day));
const lnP = (events: readonly Event[], snapshot: Snapshot) => [...engine.score(events, snapshot).fifteen.lnP];

describe('a host that nothing was learned of', { timeout: 240_000 }, () => {
  for (const days of [1, 4]) {
    it(`is ranked among hosts that were left out: its usual work is usual, what is odd is odd (${days} days)`, () => {
      const snapshot = frozen(teach(Array.from({ length: days }, (_, d) => fleet(d))));
      const usual = lnP(work(9, days), snapshot);
      const low = usual.filter((p) => p < Math.log(0.05)).length / usual.length;
      expect(low).toBeLessThan(0.05);
      const odd = work(9, days).map((e) => ({ ...e, user: 'mallory', parent_exe: '/tmp/dropper' }));
      const odds = lnP(odd, snapshot);
      odds.forEach((p, i) => {
        expect(p).toBeLessThan(usual[i]!);
      });
      expect(Math.min(...odds)).toBeLessThan(Math.log(0.01));
    });
  }

  it('is put back when it was left out: each host is scored by all the others, whoever else is left out', () => {
    const baseline = teach([fleet(0, [0, 1, 2, 3])]);
    const { tree, roles } = baseline.tree('fifteen');
    closeAll(baseline);
    const state = stored(baseline.delta());
    const contexts = new ContextTable();
    contexts.addAll(state.contexts);
    const segments = new Segments();
    for (const { segment, host, day } of state.segments) segments.add(segment, host, day);
    const hosts = chooseHosts(segments, roles, 20);
    expect(hosts).toHaveLength(4);
    const asOf = segments.days().at(-1)!;
    const linesOf = (leftOut: typeof hosts) => {
      const evidence = { parts: state.cells, contexts, segments, roles, asOf, leftOut };
      const { contexts: of, units } = leaveHostsOut(MODEL.views.fifteen, tree, evidence, MODEL.constants);
      return of.map((context, i) => JSON.stringify([context, [...units[i]!].sort(([a], [b]) => a - b)])).sort();
    };
    const apart = hosts.flatMap((host) => linesOf([host]));
    expect(apart.length).toBeGreaterThan(20);
    expect(linesOf(hosts)).toEqual(apart.sort());
  });

  it('is scored the same whatever order hosts come in and however training was split', () => {
    const days = [0, 1].map((day) => fleet(day, [0, 1, 2]));
    const whole = frozen(teach(days));
    expect(frozen(teach([fleet(0, [2, 0, 1]), days[1]!])).checksum).toBe(whole.checksum);
    const first = teach(days.slice(0, 1));
    frozen(first);
    const state = stored(first.delta());
    const second = newBaseline({ ...state, names: [], hostNames: state.names });
    expect(frozen(teach(days.slice(1), second)).checksum).toBe(whole.checksum);
  });

  it('has the windows of its role from its first event, and none of a role it was not told', () => {
    const quiet = Array.from({ length: 4 }, (_, h) =>
      work(20 + h, 0, { role: 'db', exe: '/opt/bake' }).filter((_, i) => i % 20 === 0),
    );
    const busy = [0, 1, 2, 3].map((host) => work(host, 0, { exe: '/opt/bake', user: 'web' }));
    const snapshot = frozen(teach([[...busy, ...quiet].flat()]));
    const minutes = (extra: Event) => {
      const scores: ScoredMinute[] = [];
      const roles = new RolesAtHand(Roles.read(snapshot));
      const scorer = new WindowScorer(MODEL, snapshot, (list) => scores.push(...list), roles);
      const result = engine.score(work(9, 1, { exe: '/opt/bake', user: 'web', ...extra }), snapshot);
      roles.observe(result.roles);
      scorer.take(result.windows);
      scorer.finish();
      return scores.filter(({ entity }) => entity.kind === 'host').map(({ bits }) => bits);
    };
    const [web, db] = [minutes({}), minutes({ role: 'db' })];
    expect(web.length).toBeGreaterThan(10);
    expect(web.reduce((a, b) => a + b, 0)).toBeLessThan(0.5 * db.reduce((a, b) => a + b, 0));
  });
});

/** Three hours of a host in which minutes differ, as hosts do. */
function shift(host: number): Event[] {
  const next = (i: number) => Number(procOf(host, i) % 1009n);
  return Array.from({ length: 180 }, (_, minute) => minute).flatMap((minute) =>
    Array.from({ length: 1 + ((next(minute) + 3 * host) % 7) }, (_, i) => ({
      host: `web-${word(host)}`,
      role: 'web',
      proc: procOf(host, minute),
      ts: MONDAY + BigInt(minute) * 60_000_000n + BigInt(i) * 1_000_000n,
      exe: '/opt/bake',
      parent_exe: '/sbin/init',
      user: 'web',
      ...(next(minute + i) % 3 === 0
        ? { syscall: 'connect', proto: 'tcp', saddr: '10.0.0.5', daddr: `10.9.0.${next(i + minute) % 9}`, dport: 443 }
        : { syscall: 'open', path: `/var/log/${word(next(minute) % 20)}` }),
    })),
  );
}

/** How many scores are in each bin of a history. */
function binsOf(snapshot: Snapshot, of: RankedScores): number[] {
  const rows = snapshot.array(`${of}.rank.rows`, 'f64');
  const bins = snapshot.array(`${of}.rank.bins`, 'f64');
  const counts: number[] = [];
  for (let row = 0; row < rows.length; row += RANK_ROW) {
    const [first, count] = [rows[row + 6]!, rows[row + 7]!];
    for (let b = 0; b < count; b++) {
      const above = b + 1 < count ? bins[first + b + 1]! : 0;
      counts[b] = (counts[b] ?? 0) + bins[first + b]! - above;
    }
  }
  return counts;
}

describe('hosts that are left out', { timeout: 120_000 }, () => {
  // So few that a host's minutes or a program's vectors on four hosts would be a group.
  const windows = { ...MODEL.windows, constants: { ...MODEL.windows.constants, group_min_units: 60 } };
  const model = { ...MODEL, windows };
  const hosts = [0, 1, 2, 3];
  const learn = (of: readonly number[]) => frozen(teach([of.flatMap(shift)], new Baseline(model, KEY)));
  const whole = learn(hosts);

  it('have in the history of windows and vectors the scores that a fleet without them gives them', () => {
    const minutes: number[] = [];
    const joint: number[] = [];
    const count = (into: number[], bits: number) => {
      const bin = scoreBin(bits, MODEL.windows.constants);
      into[bin] = (into[bin] ?? 0) + 1;
    };
    for (const host of hosts) {
      const snapshot = learn(hosts.filter((h) => h !== host));
      const roles = new RolesAtHand(Roles.read(snapshot));
      const scorer = new WindowScorer(
        MODEL,
        snapshot,
        (list) => {
          for (const { bits, joint: vector } of list) {
            count(minutes, bits);
            if (vector !== undefined) count(joint, vector.bits);
          }
        },
        roles,
      );
      const result = engine.score(shift(host), snapshot);
      roles.observe(result.roles);
      scorer.take(result.windows);
      scorer.finish();
    }
    const filled = (counts: readonly number[]) => Array.from(counts, (n) => n ?? 0);
    expect(filled(minutes).reduce((a, b) => a + b, 0)).toBe(2 * 4 * 180);
    expect(binsOf(whole, 'fresh')).toEqual(filled(minutes));
    // The first and the last window of each entity, of which it is not known that they were whole, are learned but not scored.
    const known = binsOf(whole, 'freshJoint');
    known.forEach((n, bin) => {
      expect(n).toBeGreaterThanOrEqual(joint[bin] ?? 0);
    });
    expect(known.reduce((a, b) => a + b, 0)).toBe(filled(joint).reduce((a, b) => a + b, 0) + 2 * 2 * 4);
  });

  it('are what windows and vectors of a host are ranked among that nothing was learned of, and of no other', () => {
    const at = (of: RankedScores) => WindowRanks.read(whole, MODEL.windows.constants, of);
    const check = (host: number, windows: WindowRanks, vectors: WindowRanks) => {
      const roles = new RolesAtHand(Roles.read(whole));
      let n = 0;
      const scorer = new WindowScorer(
        MODEL,
        whole,
        (list) => {
          for (const { entity, bits, lnP: of, joint: vector } of list) {
            expect(of).toBe(windows.lnP(windows.groupOf(entity, roles), bits));
            n++;
            if (vector === undefined) continue;
            expect(vector.lnP).toBe(vectors.lnP(vectors.groupOf(entity, roles), vector.bits));
          }
        },
        roles,
      );
      const result = engine.score(shift(host), whole);
      roles.observe(result.roles);
      scorer.take(result.windows);
      scorer.finish();
      expect(n).toBe(2 * 180);
    };
    check(9, at('fresh'), at('freshJoint'));
    check(2, at('window'), at('joint'));
    expect(binsOf(whole, 'freshJoint')).not.toEqual(binsOf(whole, 'joint'));
    expect(binsOf(whole, 'fresh')).not.toEqual(binsOf(whole, 'window'));
  });

  it('are a history together: of a program there are no more of them than its role has hosts', () => {
    const levels = (of: RankedScores) => {
      const rows = whole.array(`${of}.rank.rows`, 'f64');
      return new Set(Array.from({ length: rows.length / RANK_ROW }, (_, i) => rows[RANK_ROW * i]!));
    };
    expect(levels('window')).toContain(0);
    expect(levels('joint')).toContain(1);
    expect(levels('fresh')).toEqual(new Set([3]));
    expect(levels('freshJoint')).toEqual(new Set([3]));
  });

  it('have small groups of like events sooner than large ones of unlike events', () => {
    const snapshot = frozen(
      teach([
        fleet(
          0,
          Array.from({ length: 20 }, (_, host) => host),
        ),
      ]),
    );
    const { fifteen } = engine.score(work(29, 1), snapshot);
    const rows = snapshot.array('fifteen.group.rows', 'f64');
    const groups = [...new Set(fifteen.group)].map((row) => ({ level: rows[9 * row]!, units: rows[9 * row + 8]! }));
    const { left_out_units: least } = MODEL.roles.constants;
    for (const { level, units } of groups) if (level < LEVELS.length - 1) expect(units).toBeGreaterThanOrEqual(least);
    expect(
      groups.some(({ level, units }) => level < LEVELS.length - 1 && units < MODEL.constants.group_min_units),
    ).toBe(true);
  });

  it('are dealt out with all others of their role in other parts', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat(500), fc.nat(4)), { selector: ([host]) => host, maxLength: 40 }),
        fc.integer({ min: 2, max: 7 }),
        (named, parts) => {
          const roles = new Roles();
          const all = named.map(([lo, role]) => ({ host: { lo, hi: 7 }, role }));
          for (const { host, role } of all) if (role > 0) roles.see(host, { lo: role, hi: 1 }, 'event', 0);
          const dealt = dealHosts(
            all.map(({ host }) => host),
            roles,
            parts,
          );
          expect(dealt.length).toBeLessThanOrEqual(parts);
          expect(dealt.flatMap((part) => [...part]).sort()).toEqual(all.map(({ host }) => pairName(host)).sort());
          for (const role of [0, 1, 2, 3, 4]) {
            const peers = all.filter((one) => one.role === role).map(({ host }) => pairName(host));
            for (const part of dealt) {
              const inPart = peers.filter((name) => part.has(name)).length;
              expect(inPart).toBeLessThanOrEqual(Math.ceil(peers.length / parts));
            }
          }
        },
      ),
    );
  });
});
