import { readFileSync, statSync } from 'node:fs';
import type { StringTable } from '../columnar/string-table.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Batch, Source, SourceCounters } from '../tuple/batch.js';
import { SLOT_HEADER } from '../tuple/slot.js';
import { loadAddon, type PerfAddon, type SensorCounters, type SensorFailure, type SensorHandle } from './perf-addon.js';
import { DEFAULT_RING_PAGES } from './sensor-checks.js';
import { explainFailure } from './sensor-failure.js';
import { type SensorSettings, sensorSettings } from './sensor-settings.js';

export interface PerfOptions {
  /** Memory for batches, SLOT_BYTES each; the reader owns them from start to end. At least 2. */
  readonly slots: readonly SharedArrayBuffer[];
  readonly makeTable: (epoch: number) => StringTable;
  /** The host's name in rows; default: the node name of the init namespace. */
  readonly host?: string;
  /** A batch is handed over at this age though it is not full. */
  readonly flushMs?: number;
  /** Pages of ring a CPU, a power of two; 1,024 bridge about a second at 20,000 events a second. */
  readonly ringPages?: number;
  /** How many open connections have their owners remembered, 160 bytes each; beyond, the quietest lose their close (`shed`). */
  readonly connections?: number;
  /**
   * The share of one CPU to stay within, above 0: beyond it the loudest processes lose events (`shed`), never forks, execs or exits.
   * Counted is the reader and what events take in the kernel. Default: no limit.
   */
  readonly cpuShare?: number;
  /** Noise in place of what models/sensor.yaml declares. */
  readonly unreported?: Partial<SensorSettings['unreported']>;
  /** Only processes in the pid namespace of this process, or below it, are events (a container, the range). */
  readonly namespaceOf?: number;
}

interface Delivery {
  readonly slot: number;
  readonly rows: number;
  readonly table: number;
  readonly sequence: number;
}

/** Tables given ahead: the one being filled and one to go on with at once. */
const TABLES_AHEAD = 2;

/** Live events of this machine, from the sensor in native/. Slots not released in time show as loss `no_slot`. */
export class PerfSource implements Source {
  readonly name = 'perf';
  readonly counters: SourceCounters = { rows: 0, batches: 0, bad: {} };
  private readonly queue: Delivery[] = [];
  private readonly tables = new Map<number, StringTable>();
  private tablesMade = 0;
  private sensor: SensorHandle | undefined;
  private addon: PerfAddon | undefined;
  private iterated = false;
  private stopped = false;
  private ended = false;
  private wake: (() => void) | undefined;

  /** @throws BAD_ARGUMENT for fewer than two slots, a ring size that is no power of two, connections or a CPU share out of range. */
  constructor(private readonly options: PerfOptions) {
    const pages = options.ringPages ?? DEFAULT_RING_PAGES;
    if (!Number.isInteger(pages) || pages < 1 || pages > 65_536 || (pages & (pages - 1)) !== 0) {
      throw new QuinceError('BAD_ARGUMENT', `ring pages require a power of two up to 65536, got ${pages}`);
    }
    const connections = options.connections ?? 65_536;
    if (!Number.isInteger(connections) || connections < 512 || connections > 4_194_304) {
      throw new QuinceError('BAD_ARGUMENT', `connections require a number from 512 to 4194304, got ${connections}`);
    }
    const share = options.cpuShare ?? 0;
    if (options.cpuShare !== undefined && !(share >= 0.001 && share <= 64)) {
      throw new QuinceError('BAD_ARGUMENT', `a CPU share requires a number from 0.001 to 64, got ${share}`);
    }
    if (options.slots.length < 2) {
      throw new QuinceError('BAD_ARGUMENT', `the sensor requires at least 2 slots, got ${options.slots.length}`);
    }
  }

  /**
   * Loads and attaches the sensor; events count from the return on. `batches` calls it when nobody did.
   * @throws SENSOR_UNAVAILABLE, or the code of what is missing (exit status 6); BAD_ARGUMENT for slots that are in use
   */
  start(): void {
    if (this.sensor !== undefined) return;
    this.addon = loadAddon();
    const { namespaceOf } = this.options;
    const pidNamespace = namespaceOf === undefined ? 0 : pidNamespaceOf(namespaceOf);
    const tables = Array.from({ length: TABLES_AHEAD }, () => this.makeTable());
    try {
      this.sensor = this.addon.start(
        {
          slots: this.options.slots.map((slot) => new Uint8Array(slot)),
          tables: tables.map((table) => table.bytes),
          host: this.options.host ?? '',
          flushMs: this.options.flushMs ?? 250,
          ringPages: this.options.ringPages ?? DEFAULT_RING_PAGES,
          connections: this.options.connections ?? 65_536,
          pidNamespace,
          cpuShare: this.options.cpuShare ?? 0,
          unreported: { ...sensorSettings().unreported, ...this.options.unreported },
          sensitive: sensorSettings().sensitive,
          nameServices: sensorSettings().name_services,
        },
        (slot, rows, table, sequence) => this.onDelivery({ slot, rows, table, sequence }),
      );
    } catch (error) {
      if ((error as { code?: unknown }).code === 'BAD_ARGUMENT') {
        throw new QuinceError('BAD_ARGUMENT', (error as Error).message, { cause: error });
      }
      if (!(error instanceof Error && 'step' in error)) throw error;
      throw explainFailure(error as SensorFailure, this.options.ringPages ?? DEFAULT_RING_PAGES);
    }
    if (this.stopped) this.addon.stop(this.sensor);
  }

  async *batches(): AsyncGenerator<Batch> {
    if (this.iterated) throw new QuinceError('INTERNAL', 'a source requires one iteration, got a second');
    this.iterated = true;
    this.start();
    const run = runId();
    try {
      for (;;) {
        const delivery = this.queue.shift();
        if (delivery !== undefined) {
          yield this.batchOf(delivery, run);
        } else if (this.ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
        }
      }
    } finally {
      this.stop();
    }
  }

  /** Ends the events; what the rings hold is still delivered, then `batches` ends. */
  stop(): void {
    this.stopped = true;
    if (this.sensor !== undefined) this.addon!.stop(this.sensor);
  }

  /** Numbers of the sensor; exact after the end of `batches`. Undefined before the start. */
  sensorCounters(): SensorCounters | undefined {
    return this.sensor && this.addon!.counters(this.sensor);
  }

  /** For tests: makes the reader sleep once. */
  stall(ms: number): void {
    if (this.sensor !== undefined) this.addon!.stall(this.sensor, ms);
  }

  private makeTable(): StringTable {
    const table = this.options.makeTable(this.tablesMade);
    this.tables.set(this.tablesMade++, table);
    return table;
  }

  private onDelivery(delivery: Delivery): void {
    if (delivery.slot < 0) {
      this.ended = true;
    } else {
      this.queue.push(delivery);
      if (delivery.table + TABLES_AHEAD > this.tablesMade) this.addon!.addTable(this.sensor!, this.makeTable().bytes);
    }
    this.wake?.();
    this.wake = undefined;
  }

  private batchOf(delivery: Delivery, run: string): Batch {
    const table = this.tables.get(delivery.table)!;
    const slot = this.options.slots[delivery.slot]!;
    table.adopt(new Int32Array(slot, 0, 16)[SLOT_HEADER.strings]!);
    // Deliveries come in order: nobody asks for an older table again but by its batches.
    for (const index of this.tables.keys()) if (index < delivery.table) this.tables.delete(index);
    this.counters.rows += delivery.rows;
    this.counters.batches++;
    let held = true;
    return {
      id: `${run}:${delivery.sequence}`,
      slot,
      rows: delivery.rows,
      strings: table,
      release: () => {
        if (!held) throw new QuinceError('INTERNAL', 'release requires a slot held, got a slot already released');
        held = false;
        this.addon!.release(this.sensor!, delivery.slot);
      },
    };
  }
}

/** Boot id and start of the sensor, which no other run has. */
function runId(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}:${process.hrtime.bigint()}`;
}

/** Inode number of a process's pid namespace. @throws BAD_ARGUMENT when there is no such process, or it may not be asked */
function pidNamespaceOf(pid: number): number {
  try {
    return statSync(`/proc/${pid}/ns/pid`).ino;
  } catch (error) {
    throw new QuinceError('BAD_ARGUMENT', `a pid namespace requires a running process, got ${pid}`, { cause: error });
  }
}
