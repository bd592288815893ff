import type {
  CellColumns,
  ContextColumns,
  NameRow,
  OpenWindowRow,
  Pair,
  PresenceRow,
  QuarantineRow,
  SegmentRow,
} from '../tuple/learned.js';

/** A word of the model for a number that cells or contexts hold; (what, code) is the key. */
export interface TermRow {
  readonly what: 'factor' | 'rung' | 'known' | 'feature' | 'size' | 'value' | 'bins_per_bit';
  readonly code: number;
  readonly name: string;
  readonly detail: string | null;
}

/** What a commit adds to the learned state; what is left out stays. */
export interface Learned {
  /** Names of the kinds, for the views: name → number. */
  readonly kinds?: Readonly<Record<string, number>>;
  /** Words of the model, for the views; they replace those that were there. */
  readonly terms?: readonly TermRow[];
  /** Added to what is there. */
  readonly cells?: CellColumns;
  /** Insert-only, as are the next two: a key that is there keeps its first row. */
  readonly segments?: readonly SegmentRow[];
  readonly contexts?: ContextColumns;
  readonly names?: readonly NameRow[];
  /** A set; replaces all open presences. */
  readonly open?: readonly PresenceRow[];
  /** Replace all that is open of windows. */
  readonly openWindows?: readonly OpenWindowRow[];
  /** A set; replaces all presences that wait in quarantine. */
  readonly waiting?: readonly PresenceRow[];
  /** Each replaces what was decided about its signature. */
  readonly decisions?: readonly QuarantineRow[];
  /** Segments that go, with all their cells, before anything is added. */
  readonly unlearned?: readonly Pair[];
  /** Drops, after all the rest, the cells of these kinds in segments of days before `beforeDay`. */
  readonly forget?: { readonly kinds: readonly number[]; readonly beforeDay: number };
}

/** What freeze reads, in ascending order of the keys (unsigned 64-bit). */
export interface LearnedState {
  readonly cells: CellColumns;
  readonly segments: SegmentRow[];
  readonly contexts: ContextColumns;
}
