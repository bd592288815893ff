import type {
  CellColumns,
  ContextColumns,
  OpenWindowRow,
  Pair,
  PresenceRow,
  QuarantineRow,
  SegmentRow,
  VerdictRow,
} from '../tuple/learned.js';

export const VIEWS = ['fifteen', 'five'] as const;
export type ViewName = (typeof VIEWS)[number];

/** What is kept of quarantine between runs. */
export interface HeldState {
  readonly decisions: readonly QuarantineRow[];
  readonly waiting: readonly PresenceRow[];
}

/** Everything learned so far, as the store keeps it. */
export interface LearnedState {
  readonly cells: readonly CellColumns[];
  readonly contexts: ContextColumns;
  readonly segments: readonly SegmentRow[];
  readonly names: readonly { value: Pair; text: string }[];
  readonly open: readonly PresenceRow[];
  readonly openWindows?: readonly OpenWindowRow[];
  /** First day whose presences were kept so far; it never falls, also when newer days are unlearned. */
  readonly presencesFrom?: number | undefined;
  readonly held?: HeldState | undefined;
  /** Texts of hosts, where `names` are left in the store. */
  readonly hostNames?: readonly { value: Pair; text: string }[] | undefined;
  /** Key of the rules by which configuration gives roles. */
  readonly roleRules?: Pair | undefined;
  /** Words of persons; nothing of them is in the cells. */
  readonly verdicts?: readonly VerdictRow[] | undefined;
}

/** What one run adds: cells to be added, rows to be inserted, and the open presences that replace the stored ones. */
export interface LearnedDelta extends LearnedState {
  readonly openWindows: readonly OpenWindowRow[];
  /** Presences of days (since 1970) before this one have served: only leaving out needs them. −∞ before any day. */
  readonly presencesFrom: number;
  /** Decisions that are new or changed, and all presences that wait. */
  readonly held: HeldState;
}
