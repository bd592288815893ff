import { createHash } from 'node:crypto';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import type { StoredBatch } from '../store/stored-events.js';
import { COLUMNS } from '../tuple/columns.js';
import { formatTime } from '../tuple/time.js';
import { eventsOfInput, queryOf, type StoredInput } from './run-events.js';
import { isSameInput, StoredSource } from './stored-source.js';

/** Which stored events are scored again; without a run those of all that scored or recorded. */
export interface StoredAsked {
  readonly ofRun?: number | undefined;
  /** Microseconds since 1970: from the first on, before the second. */
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
}

/**
 * @throws BAD_ARGUMENT for no run that stored events, and names those there are; BAD_INPUT when no event is of the times
 * asked, and says of when there are
 */
export async function storedInput(store: Store, { ofRun, since, until }: StoredAsked): Promise<StoredInput> {
  const known: number[] = [];
  const sql = `SELECT run FROM runs WHERE kind IN ('score', 'record') AND finished IS NOT NULL
    AND run IN (SELECT run FROM batches) ORDER BY run`;
  for await (const { run } of store.rows(sql)) known.push(Number(run));
  const runs = ofRun === undefined ? known : known.filter((run) => run === ofRun);
  if (runs.length === 0) {
    const there = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
    const got = ofRun === undefined ? 'none' : `run ${ofRun}`;
    throw new QuinceError(
      'BAD_ARGUMENT',
      `--stored requires a finished run that scored or recorded, got ${got}: ${there}`,
    );
  }
  const bound = (us: bigint | undefined) => (us === undefined ? null : Number(us));
  const input = { runs, since_us: bound(since), until_us: bound(until) };
  if (since !== undefined || until !== undefined) await checkTimes(store, input);
  return input;
}

async function checkTimes(store: Store, { runs, since_us, until_us }: StoredInput): Promise<void> {
  const us = 'epoch_us(ts)::DOUBLE';
  const sql = `SELECT min(${us}) AS first, max(${us}) AS last, count(*) FILTER (${us} >= coalesce(?::DOUBLE, ${us})
    AND ${us} < coalesce(?::DOUBLE, ${us} + 1)) > 0 AS some FROM event_rows WHERE run IN (${runs.join(', ')})`;
  for await (const { first, last, some } of store.rows(sql, [since_us, until_us])) {
    if (some === true) return;
    const time = (at: unknown) => formatTime(BigInt(at as number));
    const asked = [
      since_us === null ? [] : [`from ${time(since_us)}`],
      until_us === null ? [] : [`before ${time(until_us)}`],
    ];
    const there = first === null ? 'none has a time' : `they are from ${time(first)} to ${time(last)}`;
    throw new QuinceError('BAD_INPUT', `--stored requires stored events ${asked.flat().join(' ')}, got none: ${there}`);
  }
}

/** A source for each file that the events came from, in the order in which they were stored. */
export async function storedSources(
  store: Store,
  input: StoredInput,
  slots: number,
  signal: AbortSignal,
): Promise<StoredSource[]> {
  const events = await eventsOfInput(store, input);
  const files: StoredBatch[][] = [];
  for (const batch of events.batches) {
    const last = files.at(-1);
    if (last !== undefined && isSameInput(last[0]!.id, batch.id)) last.push(batch);
    else files.push([batch]);
  }
  const columns = COLUMNS.map(({ name }) => name);
  return files.map((batches) => {
    const what = JSON.stringify([input.since_us, input.until_us, batches.map(({ batch }) => batch)]);
    const sha256 = createHash('sha256').update(what).digest('hex');
    const query = queryOf({ ...events, batches }, columns);
    const source = new StoredSource(`stored events of ${batches[0]!.id}`, store, query, slots, sha256);
    signal.addEventListener('abort', () => source.stop(), { once: true });
    return source;
  });
}

/** Rows in batches that training read as well. */
export async function learnedRows(store: Store, input: StoredInput): Promise<number> {
  const { batches } = await eventsOfInput(store, input);
  const sql = `SELECT coalesce(sum("rows"), 0)::DOUBLE AS n FROM batches WHERE batch IN (${batches.map((b) => b.batch).join(', ')})
    AND id IN (SELECT b.id FROM batches AS b JOIN runs AS r USING (run) WHERE r.kind = 'train' AND r.finished IS NOT NULL)`;
  for await (const { n } of store.rows(sql)) return Number(n);
  return 0;
}
