import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { constants, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkKernel } from '../dist/source/sensor-checks.js';
import { explainFailure } from '../dist/source/sensor-failure.js';
import { COLUMNS as COLUMN_LIST } from '../dist/tuple/columns.js';
import { type Row, Workload, whyNotLive } from './perf-rig.js';
import { Command, enterable, MAIN, mounted, readRecording } from './socket-rig.js';

const isRoot = process.getuid?.() === 0;
const reason = whyNotLive() ?? (isRoot ? undefined : 'requires root to give capabilities away, got another user');
const title = `what the sensor needs${reason === undefined ? '' : ` (${reason})`}`;

/** Prefix of a command that runs as nobody with these capabilities alone. */
function withOnly(...capabilities: string[]): string[] {
  const list = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const sets = [`--bounding-set=${list}`, `--inh-caps=${list}`, `--ambient-caps=${list}`];
  return [...enterable, 'setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', ...sets];
}

/** Each sensor reads the clock itself. */
const TIMES = ['ts', 'boot_ns', 'duration_us'];

const COLUMNS = ['exe', 'syscall', 'daddr', 'pid', 'path'];

const limited = (bytes: number) => ['prlimit', `--memlock=${bytes}:${bytes}`];

describe.skipIf(reason !== undefined)(title, () => {
  let workload: Workload;
  let folder: string;
  beforeAll(() => {
    workload = new Workload();
    folder = join(workload.dir, 'open');
    mkdirSync(folder);
    chmodSync(workload.dir, 0o755);
    chmodSync(folder, 0o777);
  });
  afterAll(() => workload[Symbol.dispose]());

  let files = 0;
  const record = async (prefix: string[]) => {
    const path = join(folder, `r${files++}.arrow`);
    using command = new Command(['record', '-o', path, '--seconds', 1, '--json'], prefix);
    const status = await command.ended;
    const error = command.stderr === '' ? undefined : JSON.parse(command.stderr.trim().split('\n').at(-1)!);
    return { status, path, error };
  };
  const spread = 997;
  /** Different destinations that a recorder saw the workload send to, and how many of its rows tell so. */
  const recordSpread = async (prefix: string[]) => {
    const [, path] = await untilNothingLost(async () => {
      const path = join(folder, `r${files++}.arrow`);
      using command = new Command(['record', '-o', path, '--json', '--log-level', 'info'], prefix);
      await command.says('recording into');
      await workload.run(workload.exe, 'spread', spread);
      command.child.kill('SIGINT');
      expect(await command.ended).toBe(0);
      return [[command], path] as const;
    });
    const { batches, fault } = await readRecording(path, COLUMNS);
    expect(fault).toBeUndefined();
    return sendsIn(batches.values());
  };
  /** Other tests run beside this one, and may fill the rings of every sensor: what is lost is counted, and tried again. */
  const untilNothingLost = async <T extends readonly [readonly Command[], ...unknown[]]>(
    attempt: () => Promise<T>,
  ): Promise<T> => {
    for (let i = 0; ; i++) {
      const result = await attempt();
      const lost = result[0].map(({ json }) =>
        Object.values(json.lost as Record<string, number>).reduce((a, b) => a + b),
      );
      if (lost.every((n) => n === 0)) return result;
      if (i === 12) throw new Error(`requires a recording without losses, got ${lost} lost`);
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  };
  const sendsIn = (batches: Iterable<Row[]>) => {
    const rows = [...batches].flat().filter((row) => row.exe === workload.exe && row.syscall === 'send');
    return [new Set(rows.map((row) => row.daddr)).size, rows.length];
  };
  /** Checks of the sensor by name, and how the command ended. */
  const doctor = async (prefix: string[], ...args: (string | number)[]) => {
    using command = new Command(['doctor', '--sensor', '--json', ...args], prefix);
    const status = await command.ended;
    const lines = command.stdout.trim().split('\n');
    const checks = lines.map((line) => JSON.parse(line)).filter(({ area }) => area === 'sensor');
    return { status, checks: new Map(checks.map((check) => [check.name, check])), stderr: command.stderr };
  };
  /** The same refusal by the doctor before and by the recorder at the start, which leaves no file. */
  const expectRefusal = async (prefix: string[], name: string, code: string, message: RegExp) => {
    const { status, path, error } = await record(prefix);
    expect([status, error.code]).toEqual([6, code]);
    expect(error.error).toMatch(message);
    expect(error.hint).toMatch(/\w/);
    expect(existsSync(path)).toBe(false);
    const { checks, ...before } = await doctor(prefix);
    expect(before.status).toBe(6);
    const check = checks.get(name);
    expect([check.status, check.code, check.advice]).toEqual(['fail', code, error.hint]);
    expect(error.error).toBe(`the sensor ${check.detail}`);
    expect(before.stderr).toContain(code);
  };

  test('CAP_BPF and CAP_PERFMON suffice', { timeout: 240_000 }, async () => {
    expect(await recordSpread(withOnly('bpf', 'perfmon'))).toEqual([spread, spread]);
    const { checks, status: well } = await doctor(withOnly('bpf', 'perfmon'));
    expect(well).toBe(0);
    expect(checks.get('load').status).toBe('ok');
  });

  test('root adds nothing: the same rows, also of processes older than the sensor', {
    timeout: 240_000,
  }, async () => {
    const [, paths, server] = await untilNothingLost(async () => {
      const port = 18_461;
      const server = await workload.serve(port);
      const paths = [0, 1].map(() => join(folder, `r${files++}.arrow`));
      const recorders = paths.map((path, i) => {
        const prefix = i === 0 ? [] : withOnly('bpf', 'perfmon');
        return new Command(['record', '-o', path, '--json', '--log-level', 'info'], prefix);
      });
      for (const recorder of recorders) await recorder.says('recording into');
      await workload.run(workload.exe, 'work', port, workload.files);
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const recorder of recorders) recorder.child.kill('SIGINT');
      await Promise.all(recorders.map(({ ended }) => ended));
      server.kill('SIGKILL');
      return [recorders, paths, server] as const;
    });
    const names = COLUMN_LIST.map(({ name }) => name).filter((name) => !TIMES.includes(name));
    const [root, nobody] = await Promise.all(
      paths.map(async (path) => [...(await readRecording(path, names)).batches.values()].flat()),
    );
    const pids = new Set(root!.filter((row) => row.exe === workload.exe).map((row) => row.pid));
    const asText = (row: Row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    const ofWorkload = (rows: Row[]) =>
      rows
        .filter((row) => pids.has(row.pid))
        .map(asText)
        .sort();
    expect(ofWorkload(root!).length).toBeGreaterThan(2000);
    expect(ofWorkload(nobody!)).toEqual(ofWorkload(root!));
    const filled = new Set(root!.filter((row) => row.pid === server.pid).flatMap((row) => Object.keys(row)));
    for (const name of ['exe', 'args', 'cwd', 'stdio', 'user', 'parent_exe', 'ancestors'])
      expect(filled).toContain(name);
  });

  test.each([
    ['CAP_BPF', withOnly('perfmon')],
    ['CAP_PERFMON', withOnly('bpf')],
  ])('without %s', { timeout: 120_000 }, async (name, prefix) => {
    const message = new RegExp(`^the sensor requires ${name}, got uid 65534 without it$`);
    await expectRefusal(prefix, name, `${name}_MISSING`, message);
  });

  test('without BTF', { timeout: 120_000 }, async () => {
    const prefix = mounted('mount -t tmpfs none /sys/kernel/btf');
    await expectRefusal(prefix, 'btf', 'BTF_MISSING', /requires \/sys\/kernel\/btf\/vmlinux, got none/);
  });

  test('rings beyond the memory that may be locked', { timeout: 120_000 }, async () => {
    const prefix = [...limited(65_536), ...withOnly('bpf', 'perfmon')];
    const needed = cpus().length * 1025 * 4096;
    const message = new RegExp(
      `requires ${needed} bytes of locked memory for rings of 1024 pages, got a limit of \\d+$`,
    );
    await expectRefusal(prefix, 'memlock', 'MEMLOCK_TOO_SMALL', message);
  });

  test('the limit is predicted to the page', { timeout: 120_000 }, async () => {
    const mlockKb = Number(readFileSync('/proc/sys/kernel/perf_event_mlock_kb', 'utf8'));
    // What 256 pages and the control page take on each processor, less what a user has free.
    const exact = cpus().length * (257 * 4096 - mlockKb * 1024);
    const run = async (bytes: number) => {
      const prefix = [...limited(bytes), ...withOnly('bpf', 'perfmon')];
      const socket = join(folder, 'memlock');
      using command = new Command(
        ['sensor', '--socket', socket, '--pages', 256, '--json', '--log-level', 'info'],
        prefix,
      );
      const started = command.says('sensor on').then(() => command.child.kill('SIGTERM'));
      const ended = await command.ended;
      await started.catch(() => undefined);
      expect(existsSync(socket)).toBe(false);
      const { checks } = await doctor(prefix, '--pages', 256);
      return [ended, checks.get('memlock').status];
    };
    expect(await run(exact)).toEqual([0, 'ok']);
    expect(await run(exact - 4096)).toEqual([6, 'fail']);
  });

  test('no memory for the rings', { timeout: 60_000 }, () => {
    const script = `
      import { spawnSync } from 'node:child_process';
      import { readFileSync } from 'node:fs';
      import { PerfSource } from '${new URL('../dist/source/perf-source.js', import.meta.url)}';
      import { StringTable } from '${new URL('../dist/columnar/string-table.js', import.meta.url)}';
      import { SLOT_BYTES } from '${new URL('../dist/tuple/slot.js', import.meta.url)}';
      const slots = [1, 2].map(() => new SharedArrayBuffer(SLOT_BYTES));
      const source = new PerfSource({ slots, ringPages: 65536, makeTable: (epoch) => new StringTable(epoch) });
      const bytes = 1024 * Number(/VmSize:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) + 2 ** 28;
      spawnSync('prlimit', ['--pid', String(process.pid), '--as=' + bytes]);
      try {
        source.start();
      } catch (error) {
        console.log(JSON.stringify([error.code, error.message, error.hint]));
      }
      process.exit();`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const bytes = cpus().length * 65_537 * 4096;
    expect(JSON.parse(stdout)).toEqual([
      'RINGS_REFUSED',
      `the sensor requires ${bytes} bytes of memory for its rings, got ENOMEM`,
      expect.stringContaining('--pages'),
    ]);
  });

  test('tracefs is not needed', { timeout: 240_000 }, async () => {
    const hide = ['/sys/kernel/tracing', '/sys/kernel/debug'].map((path) => `mount -t tmpfs none ${path}`).join(';');
    const prefix = mounted(`${hide}; test ! -e /sys/kernel/tracing/events`);
    expect(await recordSpread(prefix)).toEqual([spread, spread]);
  });

  test('a kernel locked down against reading', { timeout: 60_000 }, async () => {
    const fake = 'mount -t tmpfs none /sys/kernel/security; echo "none integrity [confidentiality]"';
    const { status, checks } = await doctor(mounted(`${fake} > /sys/kernel/security/lockdown`));
    expect(status).toBe(6);
    expect(checks.get('lockdown')).toMatchObject({ status: 'fail', code: 'KERNEL_LOCKED' });
  });

  test('a second sensor: both see all, each the other as any process, none itself', {
    timeout: 240_000,
  }, async () => {
    const [recorders, paths] = await untilNothingLost(async () => {
      const paths = [0, 1].map(() => join(folder, `both-${files++}.arrow`));
      const recorders: Command[] = [];
      for (const path of paths) {
        recorders.push(new Command(['record', '-o', path, '--json', '--log-level', 'info']));
        await recorders.at(-1)!.says('recording into');
      }
      await workload.run(workload.exe, 'spread', spread);
      for (const recorder of recorders) recorder.child.kill('SIGINT');
      expect(await Promise.all(recorders.map(({ ended }) => ended))).toEqual([0, 0]);
      return [recorders, paths] as const;
    });
    const [first, second] = await Promise.all(paths.map((path) => readRecording(path, COLUMNS)));
    for (const { batches, fault } of [first!, second!]) {
      expect(fault).toBeUndefined();
      expect(sendsIn(batches.values())).toEqual([spread, spread]);
    }
    const of = (rows: Iterable<Row[]>, { child }: Command) => [...rows].flat().filter((row) => row.pid === child.pid);
    expect(of(first!.batches.values(), recorders[0]!)).toEqual([]);
    expect(of(second!.batches.values(), recorders[1]!)).toEqual([]);
    const other = of(first!.batches.values(), recorders[1]!);
    expect(other.some((row) => row.syscall === 'exec')).toBe(true);
    expect(other.some((row) => row.syscall === 'open' && row.path === paths[1])).toBe(true);
  });

  test('a socket for a group, and for nobody else', { timeout: 60_000 }, async () => {
    const socket = join(folder, 'shared');
    using sensor = new Command(['sensor', '--socket', socket, '--group', 65_534, '--json', '--log-level', 'info']);
    await sensor.says('sensor on');
    const as = (uid: number, gid: number) => {
      return [...enterable, 'setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups'];
    };
    const consume = async (uid: number, gid: number) => {
      const path = join(folder, `shared-${uid}-${gid}.arrow`);
      using command = new Command(['record', '--socket', socket, '-o', path, '--seconds', 1, '--json'], as(uid, gid));
      return [await command.ended, command.stderr];
    };
    expect(await consume(65_533, 65_534)).toEqual([0, '']);
    const [status, stderr] = await consume(65_534, 65_533);
    expect(status).toBe(6);
    expect(JSON.parse(String(stderr))).toMatchObject({ code: 'NO_SENSOR', hint: expect.stringContaining('--group') });
    expect(JSON.parse(String(stderr)).error).toContain('got EACCES');
    sensor.child.kill('SIGTERM');
    expect(await sensor.ended).toBe(0);
  });

  test('an addon that is not built', { timeout: 60_000 }, async () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const bare = join(workload.dir, 'bare');
    for (const name of ['dist', 'models', 'package.json'])
      cpSync(join(root, name), join(bare, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(bare, 'node_modules'));
    const main = join(bare, 'dist/app/cli/main.js');
    expect(existsSync(MAIN)).toBe(true);
    const run = spawnSync(process.execPath, [main, 'doctor', '--sensor', '--json'], { encoding: 'utf8' });
    const check = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find(({ name }) => name === 'addon');
    expect(run.status).toBe(6);
    expect(check).toMatchObject({ status: 'fail', detail: 'requires a built addon, got none' });
    expect(check.advice).toContain('npm run build:native');
  });
});

test.each([
  ['5.10.0-30-amd64', 'fail'],
  ['4.19.0', 'fail'],
  ['5.11.0', 'ok'],
  ['6.1.0-28-amd64', 'ok'],
])('Linux %s: %s', (version, status) => {
  const check = checkKernel(version);
  expect(check.status).toBe(status);
  if (status === 'fail') {
    expect(check).toMatchObject({ code: 'KERNEL_TOO_OLD', detail: `requires Linux 5.11 or newer, got ${version}` });
  }
});

test.skipIf(reason !== undefined)('a tracepoint that is not there, and what has no code of its own', () => {
  const failure = (step: 'load' | 'attach' | 'rings' | 'seed', errno: number, text: string) =>
    explainFailure(Object.assign(new Error(text), { step, errno }), 64);
  const { EACCES, EINVAL, EPERM, ESRCH } = constants.errno;
  const missing = failure('load', ESRCH, "prog 'on_fork': failed to find kernel BTF type ID");
  expect([missing.code, missing.message.includes("prog 'on_fork'")]).toEqual(['TRACEPOINT_MISSING', true]);
  expect(failure('load', EINVAL, 'odd').code).toBe('SENSOR_UNAVAILABLE');
  expect(failure('rings', EACCES, 'odd').message).toMatch(/perf_event_paranoid -?\d/);
  // Root has no limit of its own.
  expect(failure('rings', EPERM, 'odd').code).toBe('MEMLOCK_TOO_SMALL');
});
