/** What a table or view that analysts read is, and each of its columns. */
export interface Described {
  readonly object: 'TABLE' | 'VIEW';
  readonly doc: string;
  readonly columns: Readonly<Record<string, string>>;
}

export const RUN = 'the run: see runs';
export const EVENT = 'global id of the event: see events';
export const HASH = 'keyed 64-bit hash';
