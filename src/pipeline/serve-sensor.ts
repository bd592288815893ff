import { StringTable } from '../columnar/string-table.js';
import type { SensorCounters } from '../source/perf-addon.js';
import { PerfSource } from '../source/perf-source.js';
import { SLOT_BYTES } from '../tuple/slot.js';
import { SensorService, type ServiceOptions } from './sensor-service.js';

export interface ServeOptions extends Pick<ServiceOptions, 'path' | 'gid' | 'onConsumer'> {
  /** Pages of ring a processor. */
  readonly pages?: number;
  /** Batches kept for a consumer that is slow or not there. */
  readonly slots: number;
  /** Name of the host in the rows. */
  readonly host?: string;
  /** Of one CPU, to stay within by thinning. */
  readonly cpuShare?: number;
  /** Ends the sensor in order. */
  readonly signal: AbortSignal;
  /** Called once events are being counted and a consumer can connect. */
  readonly started?: () => void;
}

/** Numbers of a run: Σ seen_by_kind = delivered + Σ lost, where `unread` are events that no consumer acknowledged. */
export interface ServeReport extends SensorCounters {
  readonly batches: number;
}

/**
 * Runs the sensor behind a Unix socket until the signal comes.
 * @throws SOCKET_TAKEN, BAD_ARGUMENT for a socket that cannot be made, and what PerfSource.start throws
 */
export async function serveSensor(options: ServeOptions): Promise<ServeReport> {
  const { pages, host, cpuShare, signal } = options;
  const source = new PerfSource({
    slots: Array.from({ length: options.slots }, () => new SharedArrayBuffer(SLOT_BYTES)),
    makeTable: (epoch) => new StringTable(epoch),
    ...(pages === undefined ? {} : { ringPages: pages }),
    ...(host === undefined ? {} : { host }),
    ...(cpuShare === undefined ? {} : { cpuShare }),
  });
  const service = new SensorService({ ...options, source });
  // The socket first: who finds it taken has not begun to watch the machine.
  await service.listen();
  try {
    source.start();
  } catch (error) {
    await service.abandon();
    throw error;
  }
  const stop = () => source.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  options.started?.();
  const { unread } = await service.run();
  signal.removeEventListener('abort', stop);
  const counters = source.sensorCounters()!;
  return {
    ...counters,
    delivered: counters.delivered - unread,
    lost: { ...counters.lost, unread },
    batches: source.counters.batches,
  };
}
