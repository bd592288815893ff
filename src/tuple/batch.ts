import type { StringReader } from './string-reader.js';

/** A filled slot on its way through the pipeline. Whoever holds it last calls `release` exactly once. */
export interface Batch {
  /** Names the batch for ever: sensor (boot id, start, sequence) or file (sha256, index). A run stores it once. */
  readonly id: string;
  /** SLOT_BYTES long. */
  readonly slot: SharedArrayBuffer;
  readonly rows: number;
  readonly strings: StringReader;
  /** Rows whose role configuration gave, a bit each; absent where it gave none. */
  readonly configuredRoles?: Uint8Array;
  release(): void;
}

/** What a source saw. `bad` counts rows or files that could not be read, by reason; the rest went on. */
export interface SourceCounters {
  rows: number;
  batches: number;
  bad: Record<string, number>;
  /** Of formats with lines: the line of the first bad row, by reason. */
  badLines?: Record<string, number>;
  /** What the input seems to be in place of what it was read as, and how to read it. */
  hint?: string;
}

/**
 * Where events come from. `batches` may be iterated once; it ends when the source is exhausted or after `stop`, and
 * throws a QuinceError when the source as a whole cannot be read. A bad row costs only itself.
 */
export interface Source {
  readonly name: string;
  readonly counters: SourceCounters;
  batches(): AsyncIterable<Batch>;
  stop(): void;
}
