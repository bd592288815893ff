import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import type { EventValues } from './event-vector.js';

/** Columns of a stored event, `ts` in microseconds. @throws BAD_ARGUMENT when there is none */
export async function storedEvent(store: Store, event: number): Promise<EventValues> {
  for await (const row of store.rows('SELECT *, epoch_us(ts) AS ts FROM events WHERE event = ?', [event])) return row;
  throw new QuinceError('BAD_ARGUMENT', `event requires the id of a stored event, got ${event}`);
}
