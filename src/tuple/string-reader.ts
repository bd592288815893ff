/** Read side of a string table: what the stages may know of it. */
export interface StringReader {
  /** Rises by one whenever codes start anew. */
  readonly epoch: number;
  /** Entries so far; code 0 is null. */
  readonly count: number;
  /** The text of a code, redacted; undefined for code 0 or a code not adopted. */
  text(code: number): string | undefined;
  /** What of a code is counted: its generalised value and that value's prefixes. Undefined without a key. */
  value(code: number): { readonly whole: string; readonly prefixes: readonly string[] } | undefined;
  /** Hashes of the generalised values, for workers; see `columnar/string-hashes.ts`. */
  readonly hashes: SharedArrayBuffer;
}
