import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordHashes } from '../dist/baseline/hash-key.js';
import { clusterHosts } from '../dist/baseline/role/clusters.js';
import { parseRoleModel } from '../dist/baseline/role/spec.js';
import { Roles } from '../dist/baseline/roles.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { keyedHash } from '../dist/tuple/hash.js';
import {
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

/** A host's day: what all have, what its kind has, and what is its own. */
function hostDay(host: string, kind: number, day: number, extra: Event = {}): Event[] {
  const n = host.length + host.charCodeAt(host.length - 1);
  const exes = [
    ...Array.from({ length: 6 }, (_, i) => `/bin/${word(i)}`),
    ...Array.from({ length: 16 }, (_, i) => `/opt/${word(20 + 20 * kind + i)}`),
    ...Array.from({ length: 3 }, (_, i) => `/srv/${word(100 + ((n + i) % 40))}`),
  ];
  return exes.map((exe, i) => ({
    host,
    proc: procOf(n, 100 * day + i),
    ts: MONDAY + BigInt(day) * DAY_US + BigInt(i) * 60_000_000n,
    syscall: i % 4 === 3 ? 'connect' : 'exec',
    exe,
    parent_exe: '/sbin/init',
    user: i % 5 === 0 ? 'root' : `user${kind}`,
    ...(i % 4 === 3 ? { proto: 'tcp', dport: 100 + kind, daddr: '10.0.0.1' } : {}),
    ...extra,
  }));
}

const FLEET = ['a', 'b', 'c', 'd'].flatMap((letter) =>
  [0, 1].map((kind) => ({ host: `${letter}-host-${kind}`, kind })),
);
const engine = new Engine();

function teach(batches: readonly (readonly Event[])[], baseline = newBaseline()) {
  const trainer = new Trainer(baseline);
  for (const events of batches) trainer.take(engine.learn(events), (code) => engine.table.value(code));
  return baseline;
}

const hash = (text: string) => keyedHash(KEY, text);
const hostHash = (host: string) => {
  const [lo, hi] = wordHashes(KEY, [host]);
  return { lo: lo!, hi: hi! };
};

describe('roles that are learned', { timeout: 240_000 }, () => {
  const day = (d: number) => FLEET.flatMap(({ host, kind }) => hostDay(host, kind, d));

  it('are the kinds of hosts, named after their first host, for hosts that have enough', () => {
    const few = hostDay('z-host-1', 1, 0).slice(6, 12);
    const baseline = teach([[...day(0), ...few]]);
    const roles = Roles.read(frozen(baseline));
    for (const { host, kind } of FLEET) expect(roles.get(hostHash(host)), host).toEqual(hash(`like a-host-${kind}`));
    expect(roles.get(hostHash('z-host-1'))).toBeUndefined();
    expect(roles.entries().every(({ origin }) => origin === 'learned')).toBe(true);
    const texts = baseline.delta().names.map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith('like'))).toEqual(['like a-host-0', 'like a-host-1']);
  });

  it('are the role that like hosts were told to have, and never another than a host was told', () => {
    const told = FLEET.flatMap(({ host, kind }, i) =>
      hostDay(host, kind, 0, kind === 0 && i > 1 ? { role: 'web' } : i === 3 ? { role: 'odd' } : {}),
    );
    const roles = Roles.read(frozen(teach([told])));
    const [web, odd] = ['web', 'odd'].map(hash);
    expect(roles.get(hostHash('a-host-0'))).toEqual(web);
    expect(roles.get(hostHash('b-host-1'))).toEqual(odd);
    expect(roles.get(hostHash('c-host-1'))).toEqual(odd);
  });

  it('are one for the workers, whatever order hosts come in and however days are split into runs', () => {
    const days = [0, 1].map(day);
    const whole = frozen(teach(days));
    const byHost = days.map((events) => [...events].sort((a, b) => (String(a.host) < String(b.host) ? 1 : -1)));
    expect(frozen(teach(byHost)).checksum).toBe(whole.checksum);
    const first = teach(days.slice(0, 1));
    frozen(first);
    const state = stored(first.delta());
    const second = newBaseline({ ...state, names: [], hostNames: state.names });
    expect(frozen(teach(days.slice(1), second)).checksum).toBe(whole.checksum);
  });

  it('of more hosts than are clustered are those of the nearest cluster', () => {
    const constants = { ...MODEL.roles.constants, most_hosts: 6, least_cells: 2 };
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 16 }, (_, i) => i),
          { minLength: 16 },
        ),
        (order) => {
          const pair = (h: number) => ({ lo: (h * 7919) % 101, hi: h });
          const hosts = order.map(pair);
          const cells = order.map((h) => (h % 2 === 0 ? [0, 1, 2, 3] : [0, 4, 5, 6]));
          const counts = [16, 8, 8, 8, 8, 8, 8];
          const found = clusterHosts({ hosts, cells, counts }, new Roles(), ({ hi }) => word(hi), constants);
          const members = found.map(({ hosts: list }) => list.map(({ hi }) => hi).sort((a, b) => a - b));
          const expected = [0, 1].map((kind) => Array.from({ length: 8 }, (_, i) => 2 * i + kind));
          expect(members.sort((a, b) => a[0]! - b[0]!)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('models/roles.yaml', () => {
  it('says what it requires', () => {
    expect(() => parseRoleModel('version: 1\nconstants: { cut: 2 }')).toThrow(/roles.yaml requires/);
  });
});
