import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, whyNotLive } from './perf-rig.js';

const missing = ['ip', 'nft'].filter((tool) => spawnSync(tool, ['-V']).error !== undefined);
const reason = whyNotLive() ?? (missing.length > 0 ? `requires ip and nft, got no ${missing.join(', ')}` : undefined);
const FLOOD = 100_003;
const LOOKUPS = 61;
const NAME_SERVICE = '/run/systemd/userdb/io.systemd.NameServiceSwitch';

/** What the program says of one thing it did. */
type Told = Record<string, string | number>;

/** In a network namespace of its own, once `setup` has run there. */
const inNamespace = (setup: string, ...command: string[]) => [
  'unshare',
  '-n',
  'sh',
  '-ec',
  `ip link set lo up\n${setup}\nexec "$@"`,
  'sh',
  ...command,
];

const NO_WAY = `
ip route add unreachable 198.51.100.0/24
ip route add prohibit 192.0.2.0/24
echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range`;
const ONE_RETRY = `
ip route add local 198.51.100.0/24 dev lo
nft 'add table inet t; add chain inet t in { type filter hook input priority 0; }; add rule inet t in ip daddr 198.51.100.0/24 drop'
echo 1 > /proc/sys/net/ipv4/tcp_syn_retries`;

const sum = (rows: readonly Row[], column: 'bytes_in' | 'bytes_out' | 'count') =>
  rows.reduce((total, row) => total + Number(row[column] ?? (column === 'count' ? 1 : 0)), 0);
const bytesOf = (rows: readonly Row[]) => sum(rows, 'bytes_in') + sum(rows, 'bytes_out');
const pick = (row: Row, ...columns: (keyof Row)[]) => columns.map((column) => row[column] ?? null);
const canonical = (address: unknown) => (address === '' ? null : String(address).replace('::ffff:', ''));

/** Messages and bytes by syscall, addresses and ports. */
function flowsOf<T>(items: readonly T[], key: (item: T) => unknown[], count: (item: T) => [number, number]) {
  const flows: Record<string, [number, number]> = {};
  for (const item of items) {
    const [messages, bytes] = count(item);
    const [before, bytesBefore] = flows[key(item).join(' ')] ?? [0, 0];
    flows[key(item).join(' ')] = [before + messages, bytesBefore + bytes];
  }
  return flows;
}

/** Each mode of sockets.c runs under one recording, beside 20,000 other events a second. */
describe.skipIf(reason !== undefined)(`rows of sockets${reason === undefined ? '' : ` (${reason})`}`, () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'quince-sockets-')));
  const exe = join(dir, 'socket-work');
  const modes = new Map<string, { pid: number; told: Told[] }>();
  let rows: readonly Row[] = [];
  let recording: Recording;

  /** Runs `command`, which becomes the workload under the same process id. */
  function run(mode: string, ...command: string[]): Promise<void> {
    const child = spawn(command[0]!, command.slice(1), { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        if (code !== 0) return reject(new Error(`${command.join(' ')} ended with ${code}`));
        const told =
          out.trim() === ''
            ? []
            : out
                .trim()
                .split('\n')
                .map((line) => JSON.parse(line) as Told);
        modes.set(mode, { pid: child.pid!, told });
        resolve();
      });
    });
  }

  beforeAll(async () => {
    execFileSync('gcc', ['-O1', '-Wall', fileURLToPath(new URL('workload/sockets.c', import.meta.url)), '-o', exe]);
    mkdirSync(join(dir, 'deep'));
    recording = new Recording((path) => path === exe, { background: 20_000 });
    const timeOut = run('time-out', ...inNamespace(ONE_RETRY, exe, 'time-out', '10'));
    await run('datagrams', exe, 'datagrams', '31000');
    await run('flood', exe, 'flood', '31400', String(FLOOD));
    await run('flood-then-exec', exe, 'flood-then-exec', '31410');
    await run('binds', exe, 'binds');
    await run('unix', exe, 'unix');
    await run('lookups', exe, 'lookups', String(LOOKUPS), NAME_SERVICE);
    await run('kinds', exe, 'kinds');
    await run('routes', ...inNamespace(NO_WAY, exe, 'routes'));
    await timeOut;
    await recording.stop();
    rows = recording.rows;
  }, 120_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const told = (mode: string) => modes.get(mode)!.told;
  const of = (mode: string, ...syscalls: string[]) =>
    rows.filter((row) => row.pid === modes.get(mode)!.pid && syscalls.includes(row.syscall as string));

  test('messages by every call, family and kind of socket: each once, with its bytes, ports and addresses', () => {
    const sent = of('datagrams', 'send', 'recv').filter((row) => row.ret === 0);
    const expected = told('datagrams').filter((item) => item.syscall !== 'refused');
    expect(
      flowsOf(
        sent,
        (row) => pick(row, 'syscall', 'saddr', 'sport', 'daddr', 'dport'),
        (row) => [sum([row], 'count'), bytesOf([row])],
      ),
    ).toEqual(
      flowsOf(
        expected,
        (item) => [item.syscall, canonical(item.saddr), item.sport, canonical(item.daddr), item.dport || null],
        (item) => [Number(item.count), Number(item.bytes)],
      ),
    );
    expect(expected).toHaveLength(2 * 24 + 40 + 1 + 2 + 1);
    expect(new Set(sent.map((row) => row.proto))).toEqual(new Set(['udp']));
  });

  test('a refusal that came back is the result of the next message', () => {
    const failed = of('datagrams', 'send').filter((row) => row.ret !== 0);
    const refused = told('datagrams').find((item) => item.syscall === 'refused')!;
    expect(failed.map((row) => pick(row, 'dport', 'ret', 'bytes_out', 'count'))).toEqual([
      [refused.dport, refused.ret, 0n, null],
    ]);
  });

  test('a flood is a few rows a second on either side, and none of its messages is missing', () => {
    const sent = of('flood', 'send');
    const [received, sending] = ['recv', 'send'].map((syscall) => told('flood').find((it) => it.syscall === syscall)!);
    const taken = rows.filter((row) => row.pid === received!.pid && row.syscall === 'recv');
    expect(sum(sent, 'count')).toBe(sending!.count);
    expect([sum(taken, 'count'), sum(taken, 'bytes_in')]).toEqual([received!.count, received!.bytes]);
    const seconds = (all: readonly Row[]) =>
      Number((all.at(-1)!.boot_ns! as bigint) - (all[0]!.boot_ns as bigint)) / 1e9;
    // The last message has another result or size, not another flow: two rows a turn of the tables.
    for (const side of [sent, taken]) expect(side.length).toBeLessThanOrEqual(2 * Math.ceil(seconds(side) + 1));
    for (const row of [...sent, ...taken]) {
      expect(row.duration_us === undefined).toBe(row.count === undefined);
      expect(Number(row.duration_us ?? 0)).toBeLessThan(10_000_000);
    }
  });

  test('what was counted before an exec is told as of the program that did it', () => {
    const sent = of('flood-then-exec', 'send');
    expect(sum(sent, 'count')).toBe(100);
    expect(new Set(sent.map((row) => row.args))).toEqual(new Set([`${exe} flood-then-exec 31410`]));
    expect(of('flood-then-exec', 'exit').map((row) => row.args)).toEqual(['after nothing']);
  });

  test('bind and listen: the port that was chosen, or what was asked for in vain', () => {
    const expected = told('binds').map((item) => {
      const address = canonical(item.saddr);
      return [item.syscall, item.proto, address === '0.0.0.0' ? null : address, item.sport, item.ret];
    });
    expect(of('binds', 'bind', 'listen').map((row) => pick(row, 'syscall', 'proto', 'saddr', 'sport', 'ret'))).toEqual(
      expected,
    );
    expect(expected).toHaveLength(11);
  });

  test('Unix sockets: paths as the kernel resolves them, abstract names with @, failures as asked for', () => {
    const expected = told('unix').map((item) => {
      const path = String(item.path).replace('LONGEST', 'x'.repeat(108)).replace(/^CWD/, dir);
      return [item.syscall, 'unix', path === '' ? null : path, item.ret];
    });
    const found = of('unix', 'bind', 'listen', 'connect', 'accept');
    expect(found.map((row) => pick(row, 'syscall', 'proto', 'path', 'ret'))).toEqual(expected);
    expect(found.filter((row) => row.syscall === 'accept').every((row) => Number(row.fd) > 2)).toBe(true);
    expect(found.filter((row) => row.truncated !== 0)).toEqual([]);
  });

  test('look-ups of a name service: one row at once and one for the rest of the minute', () => {
    const found = of('lookups', 'connect');
    const [{ ret }] = told('lookups') as [Told];
    expect(found.map((row) => pick(row, 'path', 'ret', 'count'))).toEqual([
      [NAME_SERVICE, ret, null],
      [NAME_SERVICE, ret, BigInt(LOOKUPS - 1)],
    ]);
  });

  test('raw, packet and ping sockets, also refused ones, and no others', () => {
    const found = of('kinds', 'socket').map((row) => pick(row, 'proto', 'flags', 'ret', 'fd'));
    expect(found).toEqual(
      told('kinds').map((item) => [item.proto, item.flags, item.ret, Number(item.fd) < 0 ? null : item.fd]),
    );
  });

  test('connects for which there is no way: each once, with the result of the call', () => {
    const expected = told('routes').map((item) => [item.daddr, item.dport, item.ret]);
    // The last one is refused later than its call returns.
    expected.at(-1)![2] = -111;
    const found = of('routes', 'connect');
    expect(found.map((row) => pick(row, 'daddr', 'dport', 'ret'))).toEqual(expected);
    expect(new Set(found.map((row) => row.ret))).toEqual(new Set([-101, -113, -13, -99, -111, 0]));
    // What has a SYN_SENT state has an end.
    expect(
      of('routes', 'close')
        .filter((row) => [5000, 5001].includes(Number(row.dport)))
        .map((row) => row.ret)
        .sort(),
    ).toEqual([-111, -99, -99, 0]);
  });

  test('connects that nobody answers time out', () => {
    const children = rows.filter((row) => row.ppid === modes.get('time-out')!.pid && row.syscall === 'connect');
    const found = children.map((row) => pick(row, 'daddr', 'dport', 'ret').join(' ')).sort();
    const expected = Array.from({ length: 10 }, (_, i) => `198.51.100.${i + 1} ${6001 + i} -110`).sort();
    expect(found).toEqual(expected);
    for (const row of children) expect(Number(row.duration_us)).toBeGreaterThan(2_500_000);
  });

  test('nothing is lost, late or out of order: seen = delivered', () => {
    const counters = recording.source.sensorCounters()!;
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    expect(seen).toBe(counters.delivered + Object.values(counters.lost).reduce((a, b) => a + b, 0));
    expect(counters.delivered).toBe(recording.total);
    expect([counters.lost.ring_full, counters.late, recording.disorder]).toEqual([0, 0, 0]);
  });
});
