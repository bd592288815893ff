/**
 * Learned state as columns and rows: the schema by which the baseline and the store meet. 64-bit values are halves, low
 * and high of row i at 2i and 2i + 1.
 */

export interface Pair {
  readonly lo: number;
  readonly hi: number;
}

/** A pair as the key of a Map or Set. */
export function pairName({ lo, hi }: Pair): string {
  return `${hi}:${lo}`;
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

/** What was decided about a signature that was too odd to be learned at once; (dims, signature) is the key. */
export interface QuarantineRow {
  readonly dims: number;
  readonly signature: Pair;
  /** The same without what names the host, and with its role: peers are counted by it. */
  readonly apart: Pair;
  /** UTC days since 1970 on which it was scored: the first, the newest, and how many. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly days: number;
  /** Hosts that showed it, itself included. */
  readonly hosts: number;
  /** The smallest of its days. */
  readonly lnP: number;
  /** `rejected` is held whatever peers and days say. */
  readonly state: 'held' | 'released' | 'accepted' | 'rejected';
  /** Why it is in that state. */
  readonly reason: 'score' | 'peers' | 'days' | 'person' | 'announced';
  /** Values of the columns of `QUARANTINE_COLUMNS`; 0 for none. */
  readonly what: readonly Pair[];
}

/** Columns that say what a held signature is. The first is the host. */
export const QUARANTINE_COLUMNS = ['host', 'exe', 'user', 'syscall', 'args', 'daddr', 'dport', 'path'] as const;

/** All that was learned and what it refers to: what a model file holds. Each table is sorted by its key. */
export interface LearnedTables {
  readonly cells: CellColumns;
  readonly contexts: ContextColumns;
  readonly segments: readonly SegmentRow[];
  readonly names: readonly NameRow[];
}

/** One entry of an open hour, as the store keeps it. */
export interface OpenWindowRow {
  /** Hours since 1970. */
  readonly hour: number;
  /** Subject. */
  readonly entity: Pair;
  /** The feature's number × 60 and the minute, 0 to 59. */
  readonly place: number;
  /** A distinct value, else 0. */
  readonly value: Pair;
  /** How much; 1 for a distinct value. */
  readonly n: number;
}

export const VERDICT_SCOPES = ['host', 'role', 'everywhere'] as const;
export type VerdictScope = (typeof VERDICT_SCOPES)[number];

/** A person's word that a signature (of the fifteen) is normal, for some time. */
export interface VerdictRow {
  readonly id: number;
  readonly signature: Pair;
  /** What it is made of, by name: values of atoms as 16 hexadecimal digits. */
  readonly atoms: Readonly<Record<string, string>>;
  readonly scope: VerdictScope;
  /** Of scope `role` the role. */
  readonly role: Pair | undefined;
  /** Presences that it counts for. */
  readonly weight: number;
  /** UTC day since 1970, the last on which it counts. */
  readonly untilDay: number;
  readonly by: string;
  readonly why: string;
  /** RFC 3339. */
  readonly made: string;
  readonly revoked: string | undefined;
}

/** A change that was announced: what it names is expected from a time to another, by the time of events. */
export interface AnnouncementRow {
  readonly id: number;
  readonly name: string;
  /** Microseconds since 1970, on full hours; the second is the first moment after. */
  readonly fromUs: bigint;
  readonly untilUs: bigint;
  /** Generalised names; empty for all hosts. */
  readonly hosts: readonly string[];
  /** Generalised paths of programs, or of folders of programs; empty for all programs. */
  readonly exes: readonly string[];
  readonly made: string;
  readonly cancelled: string | undefined;
}

/** What an announced change covered in a run. */
export interface AnnouncementCount {
  readonly id: number;
  /** Process trees that would have been findings; rows covered, odd or not; units (signature, day) that would have been held. */
  readonly trees: number;
  readonly rows: number;
  readonly units: number;
}
