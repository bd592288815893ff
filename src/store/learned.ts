/** Learned state as the store takes and gives it: 64-bit values as halves, low and high of row i at 2i and 2i + 1. */

export interface Pair {
  readonly lo: number;
  readonly hi: number;
}

/** Additive cells; (kind, segment, context, value) is the key. */
export interface CellColumns {
  readonly length: number;
  readonly kind: Uint8Array;
  readonly segment: Uint32Array;
  readonly context: Uint32Array;
  readonly value: Uint32Array;
  /** Integers within ±2^53; negative to take away. */
  readonly n: Float64Array;
  /** Fixed-point sums, integers within ±2^53. */
  readonly s: Float64Array;
}

/** What contexts are made of; (context, factor, rung) is the key. */
export interface ContextColumns {
  readonly length: number;
  readonly context: Uint32Array;
  readonly factor: Int16Array;
  readonly rung: Int16Array;
  readonly parent: Uint32Array;
  readonly value: Uint32Array;
}

export interface SegmentRow {
  readonly segment: Pair;
  readonly host: Pair;
  /** Days since 1970 UTC. */
  readonly day: number;
}

export interface NameRow {
  readonly value: Pair;
  readonly text: string;
}

/** A presence of an hour that is still open. */
export interface PresenceRow {
  readonly dims: number;
  /** Hours since 1970 UTC. */
  readonly hour: number;
  readonly signature: Pair;
  readonly proc: Pair;
}

/** What a commit adds to the learned state; what is left out stays. */
export interface Learned {
  /** Names of the kinds, for the views: name → number. */
  readonly kinds?: Readonly<Record<string, number>>;
  /** Added to what is there. */
  readonly cells?: CellColumns;
  /** Insert-only, as are the next two: a key that is there keeps its first row. */
  readonly segments?: readonly SegmentRow[];
  readonly contexts?: ContextColumns;
  readonly names?: readonly NameRow[];
  /** A set; replaces all open presences. */
  readonly open?: readonly PresenceRow[];
  /** Drops, after all the rest, the cells of these kinds in segments of days before `beforeDay`. */
  readonly forget?: { readonly kinds: readonly number[]; readonly beforeDay: number };
}

/** What freeze reads, in ascending order of the keys (unsigned 64-bit). */
export interface LearnedState {
  readonly cells: CellColumns;
  readonly segments: SegmentRow[];
  readonly contexts: ContextColumns;
}
