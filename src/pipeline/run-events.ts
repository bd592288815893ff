import type { Store } from '../store/store.js';
import type { EventQuery, StoredBatch } from '../store/stored-events.js';

/** Stored events that a run scored again, as its row in `runs` has them. */
export interface StoredInput {
  /** Runs that stored the events. */
  readonly runs: readonly number[];
  /** Microseconds since 1970: from the first on, and before the second; null for no bound. */
  readonly since_us: number | null;
  readonly until_us: number | null;
}

/** The events that a run scored, to be read again. */
export interface RunEvents {
  /** Runs that stored them: the run itself, or those whose events it scored again. */
  readonly runs: readonly number[];
  readonly batches: readonly StoredBatch[];
  /** What rows must pass beside. */
  readonly where: string;
}

export async function eventsOfRun(store: Store, run: number): Promise<RunEvents> {
  for await (const { params } of store.rows('SELECT params::VARCHAR AS params FROM runs WHERE run = ?', [run])) {
    const stored = params === null ? undefined : (JSON.parse(String(params)) as { stored?: StoredInput }).stored;
    if (stored !== undefined) return eventsOfInput(store, stored);
  }
  return { runs: [run], batches: await store.storedBatches(run), where: 'true' };
}

/** A batch that several of the runs stored, the same part of the same file, counts once: the first of them. */
export async function eventsOfInput(store: Store, input: StoredInput): Promise<RunEvents> {
  const batches = new Map<string, StoredBatch>();
  for (const run of input.runs) {
    for (const batch of await store.storedBatches(run)) if (!batches.has(batch.id)) batches.set(batch.id, batch);
  }
  const bounds = [
    input.since_us === null ? [] : [`ts >= make_timestamptz(${input.since_us}::BIGINT)`],
    input.until_us === null ? [] : [`ts < make_timestamptz(${input.until_us}::BIGINT)`],
  ].flat();
  return { runs: input.runs, batches: [...batches.values()], where: bounds.join(' AND ') || 'true' };
}

/** Events of a run with some columns that pass a condition too. */
export function queryOf(
  { batches, where }: RunEvents,
  columns: EventQuery['columns'],
  also = 'true',
  parameters: NonNullable<EventQuery['parameters']> = [],
): EventQuery {
  return { batches, columns, where: `${where} AND (${also})`, parameters };
}
