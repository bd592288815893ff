import type { Store } from '../store/store.js';
import type { Batch, Source } from '../tuple/batch.js';
import type { DeciderOptions } from './decider.js';
import type { StoredInput } from './run-events.js';
import type { ScoreResult } from './worker.js';
import type { Workers } from './workers.js';

export type Dims = 15 | 5;

export interface ScoreOptions {
  readonly store: Store;
  readonly sources: readonly (Source & { readonly sha256: string })[];
  /** What the sources read, when that is stored events: their scores are stored and not they. */
  readonly stored?: StoredInput;
  readonly workers: Workers;
  /** What the reported findings go by; both are scored and stored, and the stored findings go by fifteen. */
  readonly dims: Dims;
  /** What decides about alerts: by default a budget of so many a day as the model says. */
  readonly decision?: Partial<DeciderOptions>;
  /** Called for each batch in input order, before its slot is reused. */
  readonly onBatch?: (batch: Batch, scores: ScoreResult, firstRow: number) => Promise<void> | void;
  readonly progress?: (rows: number) => void;
}
