import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlotView } from '../dist/columnar/slot-view.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { probeSensor } from '../dist/source/perf-probe.js';
import { type PerfOptions, PerfSource } from '../dist/source/perf-source.js';
import { COLUMNS, type ColumnName, col, type Syscall } from '../dist/tuple/columns.js';
import { FILLED } from '../dist/tuple/event-docs.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';
import { Background } from './perf-background.js';

/** A row by column name; nulls left out. */
export type Row = Partial<Record<ColumnName, string | number | bigint>>;

/** Why the live tests cannot run here, or undefined. */
export function whyNotLive(): string | undefined {
  const probe = probeSensor();
  if (!probe.ok) return probe.reason;
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'gcc: requires a C compiler for the workload, got none';
  }
}

/** The workload program under two names, in a folder of its own. */
export class Workload {
  readonly dir = mkdtempSync(join(tmpdir(), 'quince-live-'));
  readonly exe = join(this.dir, 'known-work');
  readonly noiseExe = join(this.dir, 'known-noise');
  readonly oddExe = join(this.dir, 'odd-work');
  readonly files = join(this.dir, 'files');
  private readonly children: ChildProcess[] = [];

  constructor() {
    const source = fileURLToPath(new URL('workload/workload.c', import.meta.url));
    execFileSync('gcc', ['-O1', '-Wall', source, '-o', this.exe]);
    copyFileSync(this.exe, this.noiseExe);
    const odd = fileURLToPath(new URL('workload/odd.c', import.meta.url));
    execFileSync('gcc', ['-O1', '-Wall', odd, '-o', this.oddExe, '-pthread']);
    mkdirSync(join(this.files, 'deep'), { recursive: true });
    symlinkSync(join(this.files, 'deep'), join(this.files, 'link'));
  }

  /** Runs to the end; resolves with what it printed. */
  run(exe: string, ...args: (string | number)[]): Promise<string> {
    const child = spawn(exe, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${exe} ${args} ended with ${code}`))));
    });
  }

  /** Starts the server and waits until it listens. */
  async serve(port: number): Promise<ChildProcess> {
    const child = spawn(this.exe, ['serve', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('exit', () => reject(new Error(`server on port ${port} ended`)));
    });
    return child;
  }

  [Symbol.dispose](): void {
    for (const child of this.children) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export interface RecordingOptions extends Partial<PerfOptions> {
  readonly slotCount?: number;
  /** Things that another program does a second meanwhile; all of them must be seen, none of its rows is kept. */
  readonly background?: number;
}

/** Runs the sensor and keeps the rows that `wanted` says by exe; checks what holds for every row. */
export class Recording {
  readonly rows: Row[] = [];
  /** Operations by exe and syscall, of all programs: a row stands for `count`, or for one. */
  readonly counts = new Map<string, number>();
  total = 0;
  meta = 0;
  disorder = 0;
  readonly epochs = new Set<number>();
  readonly batchIds = new Set<string>();
  readonly source: PerfSource;
  private readonly done: Promise<void>;
  private readonly background: Background | undefined;

  constructor(
    private readonly wanted: (exe: string | undefined) => boolean,
    { slotCount = 16, background, ...options }: RecordingOptions = {},
    private readonly holdMs = 0,
  ) {
    const slots = Array.from({ length: slotCount }, () => new SharedArrayBuffer(SLOT_BYTES));
    this.source = new PerfSource({ slots, makeTable: (epoch) => new StringTable(epoch), ...options });
    this.source.start();
    this.background = Background.of(background);
    this.done = this.drain();
  }

  /** Ends the recording once the events so far are out. */
  async stop(): Promise<void> {
    const did = await this.background?.end();
    await new Promise((resolve) => setTimeout(resolve, 200));
    this.source.stop();
    await this.done;
    if (did !== undefined) this.background!.expectAll(this.counts, did);
  }

  private async drain(): Promise<void> {
    let last = 0n;
    const exeAt = col('exe');
    const syscallAt = col('syscall');
    const bootAt = col('boot_ns');
    const countAt = col('count');
    for await (const batch of this.source.batches()) {
      this.epochs.add(batch.strings.epoch);
      this.batchIds.add(batch.id);
      const view = new SlotView(batch.slot);
      const text = (column: number, row: number) => batch.strings.text((view.values[column] as Uint32Array)[row]!);
      for (let row = 0; row < batch.rows; row++) {
        const boot = view.value(bootAt, row) as bigint;
        if (boot < last) this.disorder++;
        last = boot;
        const exe = text(exeAt, row);
        const syscall = text(syscallAt, row)!;
        if (syscall === 'lost' || syscall === 'clock') this.meta++;
        else this.total++;
        const key = `${exe} ${syscall}`;
        this.counts.set(key, (this.counts.get(key) ?? 0) + Number(view.value(countAt, row) ?? 1));
        if ((this.wanted(exe) && exe !== this.background?.exe) || syscall === 'lost')
          this.rows.push(rowOf(view, row, (code) => batch.strings.text(code)));
      }
      if (this.holdMs > 0) await new Promise((resolve) => setTimeout(resolve, this.holdMs));
      batch.release();
    }
  }
}

function rowOf(view: SlotView, row: number, text: (code: number) => string | undefined): Row {
  const out: Row = {};
  COLUMNS.forEach((column, i) => {
    const value = view.value(i, row);
    if (value === undefined) return;
    out[column.name] = column.type === 'dict' ? text(value as number)! : value;
  });
  return out;
}

/** What rows lack or have against EVENTS.md. */
export function columnFaults(rows: readonly Row[]): string[] {
  const faults = new Set<string>();
  for (const row of rows) {
    const filled = FILLED[row.syscall as Syscall]!;
    const allowed = new Set<string>([...filled.always, ...filled.may.map((may) => may.column)]);
    for (const column of filled.always) if (row[column] === undefined) faults.add(`${row.syscall} lacks ${column}`);
    for (const column of Object.keys(row)) if (!allowed.has(column)) faults.add(`${row.syscall} has ${column}`);
  }
  return [...faults];
}
