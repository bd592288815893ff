import type { Baseline } from '../baseline/baseline.js';
import type { CalibrationBreak } from '../baseline/card.js';
import { LEVELS } from '../baseline/factor/calibration.js';
import type { Rate } from '../baseline/learning/ramps.js';
import type { Store } from '../store/store.js';
import { toBigInt } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';
import { formatDay } from '../tuple/time.js';
import { type HeldSignature, listQuarantine } from './held-signatures.js';

/** What a training run kept out of the counts, what it let in, and what crept. */
export interface LearningReport {
  /** Signatures of the fifteen that are held now, and how many of them since this run. */
  readonly held: number;
  readonly newly_held: number;
  /** Presences that waited too long or were too many. */
  readonly dropped: number;
  /** Told once: what enough hosts of a role did at nearly the same time, and what came back on its own. */
  readonly released: readonly Released[];
  readonly ramps: readonly RampReport[];
  /** Groups of events whose p was not uniform, told once. */
  readonly broken: readonly BreakReport[];
}

/** A calibration group that broke: what it knew of older days no longer counts. */
export interface BreakReport {
  readonly day: string;
  readonly level: (typeof LEVELS)[number];
  /** p was too small and found too much; its p counts for less for a while. */
  readonly p_too_small: boolean;
  /** Of one of its events. */
  readonly host: string;
  readonly exe: string;
  readonly syscall: string;
}

/** One change: the same on all hosts that showed it. */
export interface Released {
  readonly reason: 'peers' | 'days' | 'announced';
  readonly hosts: number;
  readonly ln_p: number;
  readonly what: HeldSignature['what'];
}

export interface RampReport {
  readonly host: string;
  /** Null for all of the host. */
  readonly exe: string | null;
  /** Units a day, their mean surprisal in bits, or a feature of windows, by what an hour typically holds. */
  readonly rate: Rate | string;
  readonly direction: 'up' | 'down';
  readonly since: string;
  readonly day: string;
  readonly value: number;
  readonly expected: number;
}

/**
 * What learning decided, read back from the database after the run was stored.
 * @param since day from which ramps are told: the newest day that was known before the run
 */
export async function reportLearning(
  store: Store,
  run: number,
  baseline: Baseline,
  since: number,
  breaks: readonly CalibrationBreak[],
): Promise<LearningReport> {
  const held = await listQuarantine(store, "dims = 15 AND state IN ('held', 'rejected')");
  const ramps: RampReport[] = [];
  for (const { host, exe, since: began, day, ...ramp } of baseline.ramps(since)) {
    const names = [await nameOf(store, host), await nameOf(store, exe)] as const;
    ramps.push({ host: names[0], exe: names[1], ...ramp, since: formatDay(began), day: formatDay(day) });
  }
  for (const { entity, feature: rate, since: began, day, ...ramp } of baseline.windowRamps(since)) {
    const host = await nameOf(store, entity.host);
    const exe = entity.kind === 'host' ? null : await nameOf(store, entity.exe ?? { lo: 0, hi: 0 });
    ramps.push({ host, exe, rate, ...ramp, since: formatDay(began), day: formatDay(day) });
  }
  const broken: BreakReport[] = [];
  for (const { day, level, tooSmall, ...of } of breaks.filter((b) => b.day >= since)) {
    const [host, exe, syscall] = [
      await nameOf(store, of.host),
      await nameOf(store, of.exe),
      await nameOf(store, of.syscall),
    ];
    broken.push({ day: formatDay(day), level: LEVELS[level]!, p_too_small: tooSmall, host, exe, syscall });
  }
  return {
    held: held.length,
    newly_held: baseline.holding.decisions.fresh().filter(({ dims, state }) => dims === 15 && state === 'held').length,
    dropped: baseline.holding.dropped,
    released: await releasedBy(store, run),
    ramps,
    broken,
  };
}

async function releasedBy(store: Store, run: number): Promise<Released[]> {
  const rows = await listQuarantine(
    store,
    `dims = 15 AND state = 'released' AND run = ? AND id IN
      (SELECT min(id) FROM quarantine WHERE dims = 15 AND state = 'released' GROUP BY alike, reason)`,
    [run],
  );
  return rows.map(({ reason, hosts, ln_p, what }) => ({ reason: reason as Released['reason'], hosts, ln_p, what }));
}

async function nameOf(store: Store, { lo, hi }: Pair): Promise<string> {
  for await (const row of store.rows('SELECT text FROM names WHERE value = ?', [toBigInt(lo, hi)])) {
    return String(row.text);
  }
  return 'unknown';
}
