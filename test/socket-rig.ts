import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArrowStream } from '../dist/columnar/arrow-stream-reader.js';
import { SensorService, type ServiceOptions, type ServiceReport } from '../dist/pipeline/sensor-service.js';
import type { Batch, Source } from '../dist/tuple/batch.js';
import { COLUMNS, columnPosition } from '../dist/tuple/columns.js';
import type { Row } from './perf-rig.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const MAIN = join(ROOT, 'dist/app/cli/main.js');

/** Where this checkout stands too for a command behind `enterable`. */
export const OPEN_ROOT = '/mnt';
/** Prefix of a command in a mount namespace of its own, where a script ran before. */
export const mounted = (script: string) => [
  'unshare',
  '-m',
  '--propagation',
  'private',
  'sh',
  '-ec',
  `${script}; exec "$@"`,
  '-',
];
/** The same for a command of a user who may not enter the folders above this checkout. */
export const enterable = mounted(`mount --bind '${ROOT}' ${OPEN_ROOT}`);

/** A source that begins and ends when it is told to, as a sensor does. */
class HeldSource implements Source {
  readonly name: string;
  readonly counters;
  begin!: () => void;
  end!: () => void;
  private readonly begun = new Promise<void>((resolve) => {
    this.begin = resolve;
  });
  private readonly over = new Promise<void>((resolve) => {
    this.end = resolve;
  });

  constructor(private readonly inner: Source) {
    this.name = inner.name;
    this.counters = inner.counters;
  }

  async *batches(): AsyncGenerator<Batch> {
    await this.begun;
    yield* this.inner.batches();
    await this.over;
  }

  stop(): void {
    this.begin();
    this.end();
    this.inner.stop();
  }
}

export interface Served {
  readonly path: string;
  readonly source: HeldSource;
  readonly told: string[];
  readonly report: Promise<ServiceReport>;
}

/** Serves a source in this process; unless `held`, it begins with the first consumer and ends by itself. */
export async function serve(
  path: string,
  inner: Source,
  { held = false, ...options }: Partial<ServiceOptions> & { held?: boolean } = {},
): Promise<Served> {
  const source = new HeldSource(inner);
  const told: string[] = [];
  const onConsumer = (what: string) => {
    told.push(what);
    if (what !== 'connected' || held) return;
    source.begin();
    source.end();
  };
  const service = new SensorService({ path, source, onConsumer, ...options });
  await service.listen();
  return { path, source, told, report: service.run() };
}

/** None outlives the tests, also of a test that failed. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A command in a process of its own; what it writes is kept. */
export class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string | null>;
  stdout = '';
  stderr = '';

  constructor(args: readonly (string | number)[], prefix: readonly string[] = []) {
    const main = prefix.includes(enterable.at(-2)!) ? join(OPEN_ROOT, 'dist/app/cli/main.js') : MAIN;
    const [file, ...rest] = [...prefix, process.execPath, main, ...args.map(String)];
    this.child = spawn(file!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.child.stdout!.on('data', (bytes) => {
      this.stdout += bytes;
    });
    this.child.stderr!.on('data', (bytes) => {
      this.stderr += bytes;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (status, signal) => {
        running.delete(this.child);
        resolve(status ?? signal);
      });
    });
  }

  /** Resolves when standard error holds the text. */
  async says(text: string): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    while (!this.stderr.includes(text)) {
      if (over) throw new Error(`ended without "${text}": ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests say themselves what they expect
  get json(): any {
    return JSON.parse(this.stdout.trim().split('\n').at(-1)!);
  }

  [Symbol.dispose](): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
  }
}

export interface Recorded {
  /** Rows by batch id, in order. */
  readonly batches: ReadonlyMap<string, Row[]>;
  readonly fault: string | undefined;
}

/** Rows of a recording, as far as it can be read; columns named. */
export async function readRecording(path: string, columns: readonly string[]): Promise<Recorded> {
  const batches = new Map<string, Row[]>();
  const input = createReadStream(path);
  try {
    const onUnknown = () => undefined;
    for await (const chunk of readArrowStream({ input, positionOf: columnPosition, onUnknown })) {
      const rows = Array.from({ length: chunk.rows.rows }, (_, row) => {
        const out: Row = {};
        for (const [i, position] of chunk.positions.entries()) {
          const { name } = COLUMNS[position]!;
          const value = columns.includes(name) ? chunk.rows.value(i, row) : null;
          if (value !== null && value !== undefined) out[name] = value as string;
        }
        return out;
      });
      // Only what came through a socket is named by batch.
      const id = chunk.batchId ?? `chunk ${batches.size}`;
      if (batches.has(id)) throw new Error(`batch ${id} is there twice`);
      batches.set(id, rows);
    }
  } catch (error) {
    return { batches, fault: (error as { code?: string }).code ?? String(error) };
  }
  return { batches, fault: undefined };
}
