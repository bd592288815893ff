import { describe, expect, it } from 'vitest';
import { ContextTable } from '../dist/baseline/contexts.js';
import { chooseHosts, leaveHostsOut } from '../dist/baseline/factor/leave-hosts-out.js';
import { Roles, RolesAtHand } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import type { Snapshot } from '../dist/baseline/snapshot.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { type ScoredMinute, WindowScorer } from '../dist/score/window-scorer.js';
import {
  closeAll,
  Engine,
  type Event,
  frozen,
  HOUR_US,
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
