/**
 * The one form of an explanation, for JSON, terminal and tests. Each kind of score has a `kind` of its own and adds what only
 * it has; who prints needs to know none of that.
 */
export interface Explanation {
  /** What is explained: `row`, `window`, `pair`, `finding`, `alert`. */
  readonly kind: string;
  readonly run: number;
  /** The baseline that scored. */
  readonly snapshot: number;
  readonly of: Subject;
  /** Higher is more anomalous. */
  readonly bits: number;
  /** ln of the p by which it is judged. */
  readonly ln_p: number;
  /** The p lies beyond the data, on the exponential tail. */
  readonly extrapolated: boolean;
  /** It was ranked among fewer units than a group should have. */
  readonly few: boolean;
  /** Where the score was ranked; null where it was not. */
  readonly ranked: null | { readonly group: string; readonly units: number };
  /** Largest first. */
  readonly parts: readonly Part[];
}

/** Whose score it is, and of when; null where unknown, or where it is of all. */
export interface Subject {
  readonly host: string | null;
  readonly exe: string | null;
  readonly user: string | null;
  /** RFC 3339, UTC. */
  readonly ts: string | null;
}

/** One thing that a score is made of. */
export interface Part {
  /** A column of the event, a window, or a test. */
  readonly name: string;
  readonly bits: number;
  /** What it was; null when unknown. */
  readonly was: string | null;
  /** Where it was judged; null where nothing like it was learned. */
  readonly context: PartContext | null;
}

export interface PartContext {
  /** What the context fixes, coarse to fine. */
  readonly given: readonly string[];
  /** What is counted there: presences of the finest context, contexts within a coarser one, windows, or pairs. */
  readonly counts: 'presences' | 'contexts' | 'windows' | 'pairs';
  readonly seen: number;
  /** Distinct values; null where they are not counted. */
  readonly distinct: number | null;
  /** How often this value was seen; null where values are not counted. */
  readonly own: number | null;
  /** Most usual first; a law has one value and no share. */
  readonly typical: readonly { readonly value: string; readonly count: number | null; readonly share: number | null }[];
}

/** Whether it is a finding, and why it is or is not. */
export interface Conclusion {
  readonly finding: boolean;
  readonly text: string;
}

/** An explanation that says what was made of it. */
export type Judged<E extends Explanation> = E & { readonly conclusion: Conclusion };
