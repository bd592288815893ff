import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnFaults, Recording, type Row, whyNotLive } from './perf-rig.js';

/** What the program says of one thing it did. */
interface Truth {
  readonly what: string;
  readonly index: number;
  readonly ret: number;
}

interface Run {
  readonly truth: readonly Truth[];
  readonly rows: readonly Row[];
}

const dir = mkdtempSync(join(realpathSync(tmpdir()), 'quince-uring-'));
const exe = join(dir, 'uring-work');
const MODES: readonly (readonly string[])[] = [
  ['plain', '18521'],
  ['async', '18522'],
  ['sqpoll', '18523'],
  ['linked'],
  ['reuse'],
  ['personality'],
  ['overflow'],
  ['behind'],
  ['mixed', '18526'],
  ['silent', '18525'],
  ['refused'],
  ['families'],
  ['newer'],
  // Last: it would leave no room for others.
  ['abandoned'],
];

function whyNot(): string | undefined {
  const reason = whyNotLive();
  if (reason !== undefined) return reason;
  execFileSync('gcc', ['-O1', '-Wall', fileURLToPath(new URL('workload/uring.c', import.meta.url)), '-o', exe]);
  return spawnSync(exe, ['linked', dir]).status === 77
    ? 'io_uring: requires a kernel that allows it, got none'
    : undefined;
}

/** Runs to the end, while this thread goes on taking rows. */
function ended(mode: string, ...more: readonly string[]): Promise<{ pid: number; out: string }> {
  const child = spawn(exe, [mode, dir, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve({ pid: child.pid!, out }) : reject(new Error(`${mode}: ${code}`)),
    );
  });
}

const reason = whyNot();
const title = `what is done through io_uring${reason === undefined ? '' : ` (${reason})`}`;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe.skipIf(reason !== undefined)(title, () => {
  const runs = new Map<string, Run>();

  beforeAll(async () => {
    mkdirSync(join(dir, 'deep'));
    symlinkSync('deep', join(dir, 'link'));
    const recording = new Recording((path) => path === exe, { slotCount: 32, background: 20_000 });
    const truths = new Map<number, [string, readonly Truth[]]>();
    for (const [mode, ...more] of MODES) {
      const { pid, out } = await ended(mode!, ...more);
      const lines = out.split('\n').filter((line) => line !== '');
      truths.set(pid, [mode!, lines.map((line) => JSON.parse(line) as Truth)]);
    }
    await recording.stop();
    for (const [pid, [mode, truth]] of truths) {
      runs.set(mode, { truth, rows: recording.rows.filter((row) => row.pid === pid) });
    }
    const counters = recording.source.sensorCounters()!;
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    const lost = Object.values(counters.lost).reduce((a, b) => a + b, 0);
    expect(seen).toBe(counters.delivered + lost);
    expect(lost, JSON.stringify(counters.lost)).toBe(0);
  }, 60_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** What the program says, as [index, ret]; of a descriptor made, −1 when it is a direct one. */
  const told = (mode: string, what: string) =>
    runs
      .get(mode)!
      .truth.filter((truth) => truth.what === what)
      .map((truth) => [truth.index, truth.ret]);

  /** Rows of a kind that carry an index, by it, each as [index, column]. */
  const seen = (
    mode: string,
    syscall: string,
    index: (row: Row) => number | undefined,
    column: (row: Row) => unknown,
  ) =>
    runs
      .get(mode)!
      .rows.filter((row) => row.syscall === syscall)
      .flatMap((row) => {
        const i = index(row);
        return i === undefined ? [] : [[i, column(row)]];
      })
      .sort((a, b) => Number(a[0]) - Number(b[0]));

  const afterPath =
    (start: string, column: 'path' | 'path_to' = 'path') =>
    (row: Row) => {
      const path = String(row[column]);
      return path.startsWith(join(dir, start)) ? Number.parseInt(path.slice(join(dir, start).length), 10) : undefined;
    };
  const port = (from: number) => (row: Row) => (row.proto === 'udp' ? Number(row.dport) - from : undefined);
  const tail = (address: 'saddr' | 'daddr', net: string) => (row: Row) => {
    const text = String(row[address]);
    if (!text.startsWith(net)) return undefined;
    const parts = text.split('.').map(Number);
    return parts[2]! * 256 + parts[3]!;
  };
  const fdOrDirect = (row: Row) => row.fd ?? -1;
  const ret = (row: Row) => row.ret;

  describe.each(['plain', 'async', 'sqpoll'])('%s', (mode) => {
    test('files opened for writing, by their real path, to descriptors of both kinds', () => {
      expect(seen(mode, 'open', afterPath(`${mode}-open-`), fdOrDirect)).toEqual(told(mode, 'open'));
      const flags = new Set(seen(mode, 'open', afterPath(`${mode}-open-`), (row) => row.flags).map((pair) => pair[1]));
      expect([...flags]).toEqual(['WRONLY|CREAT|CREATED']);
    });

    test('sensitive files opened for reading', () => {
      // Each was made by an ordinary call.
      const reads = seen(mode, 'open', afterPath(`${mode}-`), (row) =>
        row.flags === 'RDONLY' ? fdOrDirect(row) : null,
      );
      expect(reads.filter((pair) => pair[1] !== null)).toEqual(told(mode, 'read'));
    });

    test('UDP messages by every call', () => {
      expect(seen(mode, 'send', port(21_000), (row) => Number(row.bytes_out))).toEqual(told(mode, 'send'));
      expect(told(mode, 'send')).toEqual(range(97).map((i) => [i, 21]));
      for (const row of runs.get(mode)!.rows.filter((row) => row.syscall === 'send')) {
        expect(row).toMatchObject({ daddr: '127.0.0.1', ret: 0 });
        expect(Number(row.sport)).toBeGreaterThan(0);
      }
    });

    test('UDP connects', () => {
      expect(seen(mode, 'connect', port(22_000), ret)).toEqual(told(mode, 'udp-connect'));
    });

    test('TCP connects once each: made, refused, without a route', () => {
      expect(seen(mode, 'connect', tail('daddr', '127.21.'), ret)).toEqual(told(mode, 'connect'));
      expect(seen(mode, 'connect', tail('daddr', '127.23.'), ret)).toEqual(told(mode, 'refused'));
      const unreachable = told(mode, 'unreachable').map(([i, error]) => [256 + i!, error]);
      expect(seen(mode, 'connect', tail('daddr', '224.'), ret)).toEqual(unreachable);
      expect(unreachable).toHaveLength(7);
    });

    test('TCP accepts, single and multishot, and the closes of what they accepted', () => {
      expect(seen(mode, 'accept', tail('saddr', '127.21.'), fdOrDirect)).toEqual(told(mode, 'accept'));
      expect(seen(mode, 'accept', tail('saddr', '127.22.'), fdOrDirect)).toEqual(told(mode, 'multishot'));
      expect(seen(mode, 'close', tail('saddr', '127.21.'), ret)).toEqual(range(61).map((i) => [i, 0]));
      expect(seen(mode, 'close', tail('saddr', '127.22.'), ret)).toEqual(range(23).map((i) => [i, 0]));
    });

    test('renames, links and unlinks, by their paths', () => {
      const second = (row: Row) => [row.path_to, row.flags, row.ret];
      const inDeep = (name: string, i: number) => join(dir, 'deep', `${mode}-${name}-${i}`);
      for (const what of ['rename', 'link', 'symlink', 'unlink', 'rmdir']) {
        expect(told(mode, what), what).toEqual(range(19).map((i) => [i, 0]));
      }
      expect(seen(mode, 'rename', afterPath(`${mode}-name-`), second)).toEqual(
        range(19).map((i) => [i, [inDeep('renamed', i), undefined, 0]]),
      );
      expect(seen(mode, 'link', afterPath(`deep/${mode}-renamed-`), second)).toEqual(
        range(19).map((i) => [i, [inDeep('second', i), undefined, 0]]),
      );
      const text = (row: Row) => [row.path, row.flags, row.ret];
      expect(seen(mode, 'symlink', afterPath(`deep/${mode}-points-`, 'path_to'), text)).toEqual(
        range(19).map((i) => [i, ['../anywhere', undefined, 0]]),
      );
      expect(seen(mode, 'unlink', afterPath(`deep/${mode}-renamed-`), second)).toEqual(
        range(19).flatMap((i) => [
          [i, [undefined, undefined, 0]],
          [i, [undefined, 'DIR', 0]],
        ]),
      );
    });

    test('nothing else: failures that say nothing and results told twice make no row', () => {
      const { rows } = runs.get(mode)!;
      const count = (kind: string) => rows.filter((row) => row.syscall === kind).length;
      expect(count('send')).toBe(97);
      expect(count('accept')).toBe(61 + 23);
      expect(['rename', 'link', 'symlink', 'unlink'].map(count)).toEqual([19, 19, 19, 38]);
      expect(count('connect')).toBe(31 + 17 + 7 + 61 + 23);
      // Keys and what is renamed are made by ordinary calls.
      expect(rows.filter((row) => row.syscall === 'open' && String(row.path).startsWith(dir))).toHaveLength(
        53 + 11 + 11 + 19,
      );
    });
  });

  test('chains on a direct descriptor that the first of them makes', () => {
    expect(seen('linked', 'connect', port(23_000), ret)).toEqual(told('linked', 'udp-connect'));
    expect(seen('linked', 'send', port(23_000), (row) => Number(row.bytes_out))).toEqual(told('linked', 'send'));
    expect(told('linked', 'send')).toEqual(range(29).map((i) => [i, 5]));
  });

  test('files that were closed, and their number taken again, before the batch had its results', () => {
    const byNumber = (path: string) => Number(path.split('-').at(-1));
    const opens = runs.get('reuse')!.rows.filter((row) => row.flags === 'WRONLY' && String(row.path).startsWith(dir));
    expect(opens.map((row) => [byNumber(String(row.path)), row.fd])).toEqual(told('reuse', 'open'));
    expect(new Set(told('reuse', 'open').map((pair) => pair[1])).size).toBe(1);
  });

  test('a personality of the ring is the user of the row', () => {
    const opens = runs.get('personality')!.rows.filter((row) => row.path === '/dev/null');
    expect(opens.map((row) => [row.uid, row.gid, row.ruid])).toEqual([
      [0, 0, 0],
      [65534, 65534, 0],
    ]);
  });

  test('results without room are told all the same, also when all requests have one name', () => {
    const opens = runs
      .get('overflow')!
      .rows.filter((row) => row.flags === 'WRONLY' && String(row.path).startsWith(dir));
    const pairs = opens.map((row) => [Number(String(row.path).split('-').at(-1)), row.fd]);
    expect(pairs).toEqual(told('overflow', 'open'));
    expect(pairs).toHaveLength(41);
  });

  test('opens that wait are not taken for what found no room meanwhile, and are told when they find none', () => {
    const opens = runs.get('behind')!.rows.filter((row) => row.syscall === 'open' && row.flags !== 'RDONLY');
    expect(opens.map((row) => row.path).sort()).toEqual([join(dir, 'behind-0'), join(dir, 'behind-1')]);
    expect(new Set(opens.map((row) => row.fd))).toEqual(new Set(told('behind', 'open').map((pair) => pair[1])));
  });

  test('requests that end without a result leave room for others', () => {
    expect(seen('abandoned', 'open', afterPath('abandoned-'), fdOrDirect)).toEqual(told('abandoned', 'open'));
    expect(told('abandoned', 'open')).toHaveLength(7);
  });

  test('a result of another request is not taken for that of an accept which is over', () => {
    expect(told('mixed', 'poll')).toEqual([[0, 65]]);
    expect(told('mixed', 'accept')).toEqual([[0, -22]]);
    const opens = runs.get('mixed')!.rows.filter((row) => String(row.path).startsWith(dir));
    expect(opens.map((row) => [row.syscall, row.path])).toEqual([['open', join(dir, 'mixed-taken')]]);
  });

  test('who asks not to be told of successes has rows without a result, by what was asked', () => {
    const rows = runs.get('silent')!.rows.filter((row) => row.ret === undefined);
    expect(rows.map((row) => [row.syscall, row.path ?? row.dport, row.flags, row.fd !== undefined])).toEqual([
      ['open', join(dir, 'silent-made'), 'WRONLY|CREAT', false],
      ['open', join(dir, 'silent-0.key'), 'RDONLY', false],
      ['open', join(dir, 'silent-nowhere/2'), 'WRONLY|UNRESOLVED', false],
      ['unlink', join(dir, 'silent-name'), undefined, false],
      ['send', 24_001, undefined, true],
      ['connect', 24_002, undefined, true],
      ['accept', undefined, undefined, false],
    ]);
    expect(rows.at(-1)).toMatchObject({ proto: 'tcp', sport: 18_525 });
  });

  test('what was refused, by the user who asked', () => {
    expect(told('refused', 'refused')).toEqual(range(4).map((i) => [i, -13]));
    const rows = runs.get('refused')!.rows.filter((row) => row.uid === 65534 && Number(row.ret) < 0);
    expect(rows.map((row) => [row.syscall, row.path, row.flags, row.ret])).toEqual([
      ['open', join(dir, 'refused-write'), 'WRONLY|TRUNC', -13],
      ['open', join(dir, 'refused-read.key'), 'RDONLY', -13],
      ['unlink', join(dir, 'refused-name'), undefined, -13],
    ]);
  });

  test('datagrams of a flow are counted together with those of system calls; DNS is read', () => {
    const rows = runs.get('families')!.rows;
    const flow = rows.filter((row) => row.syscall === 'send' && row.dport === 25_001);
    const sum = (column: 'count' | 'bytes_out') => flow.reduce((a, row) => a + Number(row[column] ?? 1), 0);
    expect([sum('count'), sum('bytes_out')]).toEqual([86, 86 * 9]);
    expect(flow.length).toBeLessThan(86);
    const [[, sent] = []] = told('families', 'query');
    expect(rows.filter((row) => row.syscall === 'dns')).toMatchObject([
      { daddr_name: 'uring.test', flags: 'A', ret: 0, dport: 53, bytes_out: BigInt(sent!) },
    ]);
  });

  test('Unix and raw sockets', () => {
    const rows = runs.get('families')!.rows.filter((row) => row.proto === 'unix' || row.proto === 'raw');
    const path = join(dir, 'listener');
    const [[connected] = []] = told('families', 'unix-connect');
    const [[, accepted] = []] = told('families', 'unix-accept');
    const [[, raw] = []] = told('families', 'raw');
    expect(rows.map((row) => [row.syscall, row.path, row.ret, row.fd, row.flags])).toEqual([
      ['bind', path, 0, connected! - 1, undefined],
      ['listen', path, 0, connected! - 1, undefined],
      ['connect', path, 0, connected, undefined],
      ['accept', path, 0, accepted, undefined],
      ['socket', undefined, 0, raw, 'INET|RAW|UDP'],
    ]);
  });

  test('bind, listen and truncate, where the kernel has them', () => {
    const rows = runs.get('newer')!.rows.filter((row) => ['bind', 'listen', 'truncate'].includes(String(row.syscall)));
    const truth = runs.get('newer')!.truth.filter((truth) => truth.ret >= 0);
    expect(rows.map((row) => [row.syscall, row.fd ?? row.path, row.ret])).toEqual(
      truth.map(({ what, index, ret }) => [what, what === 'truncate' ? join(dir, 'newer') : index, ret]),
    );
    for (const row of rows.filter((row) => row.proto !== undefined)) {
      expect(row).toMatchObject({ proto: 'tcp', saddr: '127.0.0.1', sport: 18_524 });
    }
  });

  test('every row holds the columns that EVENTS.md promises, and no other', () => {
    for (const run of runs.values()) expect(columnFaults(run.rows)).toEqual([]);
  });
});
