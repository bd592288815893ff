/** What a table or view that analysts read is, and each of its columns. */
export interface Described {
  readonly object: 'TABLE' | 'VIEW';
  readonly doc: string;
  readonly columns: Readonly<Record<string, string>>;
}

export const RUN = 'the run: see runs';
export const EVENT = 'global id of the event: see events';
export const HASH = 'keyed 64-bit hash';
/** Columns that say which pair calls. */
export const CALLER = {
  host: 'who calls',
  exe: 'its program; null where the source knows none',
  user: 'its user; null where the source knows none',
  saddr: 'source address where the program is unknown',
  daddr: 'who is called',
  dport: 'at which port',
};
