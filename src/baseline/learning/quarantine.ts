import { H, mix } from '../../tuple/hash.js';
import { type Pair, pairName, QUARANTINE_COLUMNS, type QuarantineRow } from '../../tuple/learned.js';
import { ATOM_COUNT, ATOM_NAMES, type AtomVector, atom, HOST_ATOM, HOUR_ATOM, ROLE_ATOM } from '../factor/atoms.js';
import { PairTable } from '../pair-table.js';
import type { LearningConstants } from './spec.js';

const WHAT = QUARANTINE_COLUMNS.map(atom);
/** Its own address names a host as its name does. */
const NAMES_HOST = ATOM_NAMES.map((name, a) => a === HOST_ATOM || a === HOUR_ATOM || name.startsWith('saddr'));

/** A unit whose p was low, on the day it was scored. */
export interface Sighting {
  readonly dims: number;
  readonly signature: Pair;
  /** What it is made of; of the role what the scorer joined. */
  readonly v: AtomVector;
  readonly day: number;
  readonly lnP: number;
}

/**
 * Decisions about signatures that are too odd to be learned at once: a fold over their sightings, in which the order of
 * one day's sightings changes nothing. Held is what no peers, no days and no person released. O(1) a sighting, O(hosts of
 * its peers) the first of a host and day.
 */
export class Quarantine {
  private readonly keys = new PairTable();
  private readonly rows: QuarantineRow[] = [];
  /** Positions of rows that are alike but for the host, by dims and `apart`. */
  private readonly alike = new Map<string, number[]>();
  private readonly changed = new Set<number>();
  private readonly stored: number;
  /** Hosts by role ('' where none is known), as the day began. */
  private fleet: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly constants: LearningConstants,
    stored: readonly QuarantineRow[] = [],
  ) {
    for (const row of stored) this.put(row);
    this.stored = this.rows.length;
  }

  beginDay(fleet: ReadonlyMap<string, number>): void {
    this.fleet = fleet;
  }

  isHeld(dims: number, signature: Pair): boolean {
    const row = this.find(dims, signature);
    return row !== undefined && isWaiting(row);
  }

  /** Signatures that were held when a day began. */
  heldBefore(dims: number, day: number): Pair[] {
    const isOld = (row: QuarantineRow) => row.firstDay < day && (isWaiting(row) || row.lastDay === day);
    return this.rows.filter((row) => row.dims === dims && isOld(row)).map(({ signature }) => signature);
  }

  /** Whether the same is held on another host of the role: then a host more is a peer, and no news that may be learned. */
  isHeldElsewhere(dims: number, v: AtomVector): boolean {
    if (this.rows.length === 0) return false;
    return (this.alike.get(groupName(dims, apartKey(v))) ?? []).some((i) => isWaiting(this.rows[i]!));
  }

  find(dims: number, { lo, hi }: Pair): QuarantineRow | undefined {
    mix(lo, hi, dims, 0);
    const i = this.keys.find(H.lo, H.hi);
    return i < 0 ? undefined : this.rows[i];
  }

  /** Takes note of a sighting of a day that this signature was not yet seen on. @returns the signatures it releases */
  see(sighting: Sighting): Pair[] {
    const { dims, signature, v, day, lnP } = sighting;
    const known = this.find(dims, signature);
    const apart = apartKey(v);
    const at = this.put(
      known === undefined
        ? { dims, signature, apart, firstDay: day, lastDay: day, days: 1, hosts: 1, lnP, ...NEW, what: whatOf(v) }
        : {
            ...known,
            firstDay: Math.min(known.firstDay, day),
            lastDay: Math.max(known.lastDay, day),
            days: known.days + 1,
            lnP: Math.min(known.lnP, lnP),
          },
    );
    this.changed.add(at);
    const group = this.alike.get(groupName(dims, apart))!;
    this.countHosts(group);
    const role = v.has[ROLE_ATOM] === 1 ? pairName({ lo: v.lo[ROLE_ATOM]!, hi: v.hi[ROLE_ATOM]! }) : '';
    if (this.arePeers(group, day, role)) return this.release(group, 'peers');
    return this.cameBack(this.rows[at]!) ? this.release([at], 'days') : [];
  }

  /** A person's word. @returns false when there is no such row */
  decide(dims: number, signature: Pair, state: 'accepted' | 'rejected'): boolean {
    const row = this.find(dims, signature);
    if (row === undefined) return false;
    this.changed.add(this.put({ ...row, state, reason: 'person' }));
    return true;
  }

  /**
   * What was announced is learned at once, unless a person rejected it. A release of the same day by peers or days gives way, so
   * that the order of the day's sightings changes nothing.
   * @returns false when it was not held that day
   */
  announce(dims: number, signature: Pair, day: number): boolean {
    const row = this.find(dims, signature);
    const isToday = row?.state === 'released' && row.reason !== 'announced' && row.lastDay === day;
    if (row?.state !== 'held' && !isToday) return false;
    this.changed.add(this.put({ ...row!, state: 'released', reason: 'announced' }));
    return true;
  }

  /** All rows, by (dims, first day, signature). */
  all(): QuarantineRow[] {
    return [...this.rows].sort(inOrder);
  }

  /** Rows that were not there when this began. */
  fresh(): QuarantineRow[] {
    return this.rows.slice(this.stored);
  }

  /** Rows that are new or other than when this began, in the same order. */
  changes(): QuarantineRow[] {
    return [...this.changed].map((i) => this.rows[i]!).sort(inOrder);
  }

  private put(row: QuarantineRow): number {
    mix(row.signature.lo, row.signature.hi, row.dims, 0);
    const at = this.keys.insert(H.lo, H.hi);
    if (at === this.rows.length) {
      const name = groupName(row.dims, row.apart);
      this.alike.set(name, [...(this.alike.get(name) ?? []), at]);
    }
    this.rows[at] = row;
    return at;
  }

  private countHosts(group: readonly number[]): void {
    const hosts = hostsOf(group.map((i) => this.rows[i]!));
    for (const i of group) {
      if (this.rows[i]!.hosts === hosts) continue;
      this.rows[i] = { ...this.rows[i]!, hosts };
      this.changed.add(i);
    }
  }

  /** Whether enough hosts of the role showed it lately, or did so before. */
  private arePeers(group: readonly number[], day: number, role: string): boolean {
    const { peer_hosts, peer_share, peer_days } = this.constants;
    const rows = group.map((i) => this.rows[i]!);
    if (rows.some((row) => row.reason === 'peers')) return true;
    const needed = Math.max(peer_hosts, Math.ceil(peer_share * (this.fleet.get(role) ?? 0)));
    return hostsOf(rows.filter((row) => Math.abs(row.lastDay - day) < peer_days)) >= needed;
  }

  private cameBack(row: QuarantineRow): boolean {
    return row.days >= this.constants.release_days && row.lnP > Math.log(this.constants.release_p);
  }

  private release(rows: readonly number[], reason: 'peers' | 'days'): Pair[] {
    const held = rows.filter((i) => this.rows[i]!.state === 'held');
    for (const i of held) {
      this.rows[i] = { ...this.rows[i]!, state: 'released', reason };
      this.changed.add(i);
    }
    return held.map((i) => this.rows[i]!.signature);
  }
}

const NEW = { state: 'held', reason: 'score' } as const;

function isWaiting({ state }: QuarantineRow): boolean {
  return state === 'held' || state === 'rejected';
}

function hostsOf(rows: readonly QuarantineRow[]): number {
  return new Set(rows.map((row) => pairName(row.what[0]!))).size;
}

function inOrder(a: QuarantineRow, b: QuarantineRow): number {
  return (
    b.dims - a.dims || a.firstDay - b.firstDay || a.signature.hi - b.signature.hi || a.signature.lo - b.signature.lo
  );
}

function groupName(dims: number, apart: Pair): string {
  return `${dims}:${pairName(apart)}`;
}

function whatOf(v: AtomVector): Pair[] {
  return WHAT.map((a) => (v.has[a] === 1 ? { lo: v.lo[a]!, hi: v.hi[a]! } : { lo: 0, hi: 0 }));
}

/** Key of all that two hosts may have alike: every column but the host and its address, and the role. */
export function apartKey(v: AtomVector): Pair {
  let key: Pair = { lo: 0x61706172, hi: 0 };
  for (let a = 0; a < ATOM_COUNT; a++) {
    if (NAMES_HOST[a] || v.has[a] === 0) continue;
    mix(key.lo ^ a, key.hi, v.lo[a]!, v.hi[a]!);
    key = { lo: H.lo, hi: H.hi };
  }
  return key;
}
