import { Baseline } from '../baseline/baseline.js';
import type { SnapshotCard } from '../baseline/card.js';
import { factorCode, SIGNATURE_FACTOR } from '../baseline/contexts.js';
import { HOST_ATOM } from '../baseline/factor/atoms.js';
import { wordHashes } from '../baseline/hash-key.js';
import { baselineModel } from '../baseline/model.js';
import { pick } from '../baseline/tables/cell-sums.js';
import { segmentsText } from '../baseline/tables/segment-text.js';
import { ENTITY_FACTOR } from '../baseline/window/entities.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import { type ContextColumns, type Pair, type PresenceRow, pairName } from '../tuple/learned.js';
import { formatDay } from '../tuple/time.js';
import { readBaseline } from './learned-columns.js';
import { checkModel, commitSnapshot, SNAPSHOT_KIND } from './train.js';

/** UTC days since 1970, both included; of one host alone when it is named. */
export interface UnlearnRange {
  readonly since: number;
  readonly until: number;
  readonly host?: string | undefined;
}

export interface UnlearnReport {
  readonly run: number;
  readonly segments: number;
  readonly cells: number;
  readonly snapshot: number;
}

/**
 * Takes whole segments (host × UTC day) out of what was learned, and freezes a snapshot without them, in one transaction.
 * What is left is what learning without them would have given, but for two things: scores of other days were given by
 * snapshots that knew them, and a role that a host had on those days stays known.
 * @throws BAD_ARGUMENT when nothing lies in the range, or too little would be left to score by
 */
export async function unlearn(store: Store, range: UnlearnRange): Promise<UnlearnReport> {
  const model = baselineModel();
  await checkModel(store, model.hash);
  const state = await readBaseline(store);
  const host = range.host === undefined ? undefined : hashOf(store, range.host);
  const isIn = (day: number, of: Pair | undefined) =>
    day >= range.since && day <= range.until && (host === undefined || (of !== undefined && same(of, host)));
  const gone = state.segments.filter((row) => isIn(row.day, row.host));
  const hosts = hostsOf(state.contexts);
  const openWindows = (state.openWindows ?? []).filter(
    (row) => !isIn(Math.floor(row.hour / 24), hosts.get(`${ENTITY_FACTOR}:${pairName(row.entity)}`)),
  );
  const isKept = (row: PresenceRow) => !isIn(Math.floor(row.hour / 24), hosts.get(signatureKey(row)));
  const open = state.open.filter(isKept);
  const waiting = state.held!.waiting.filter(isKept);
  if (gone.length === 0 && open.length === state.open.length) {
    const learned = segmentsText(state.segments, await store.readNames()) || 'nothing';
    throw new QuinceError(
      'BAD_ARGUMENT',
      `unlearning requires days that were learned, got none ${rangeText(range)}: learned are ${learned}`,
    );
  }
  const keys = new Set(gone.map(({ segment }) => pairName(segment)));
  const all = state.cells[0]!;
  const cells = pick(all, (i) => !keys.has(`${all.segment[2 * i + 1]}:${all.segment[2 * i]}`));
  const segments = state.segments.filter(({ segment }) => !keys.has(pairName(segment)));
  const baseline = new Baseline(model, store.hashKey, {
    ...state,
    cells: [cells],
    segments,
    open,
    openWindows,
    held: { ...state.held!, waiting },
  });
  const snapshot = baseline.freeze();
  if (snapshot === undefined) {
    throw new QuinceError(
      'BAD_ARGUMENT',
      `unlearning requires something to be left, got all that was learned ${rangeText(range)}`,
    );
  }
  const before = await store.latestSnapshot(SNAPSHOT_KIND);
  const units = (card: unknown) => (card as SnapshotCard | undefined)?.views.fifteen?.units ?? 0;
  // Of so few days the presences would calibrate, and those of old days are gone: no p would be below 1.
  if (units(snapshot.card) === 0 && units(before?.card) > 0) {
    const left = segmentsText(segments, await store.readNames());
    throw new QuinceError(
      'BAD_ARGUMENT',
      `unlearning requires ${model.constants.leave_out_days} days to be left once presences are forgotten, got too few to calibrate: ${left}`,
    );
  }
  const params = { since: range.since, until: range.until, host: range.host ?? null };
  const { run } = await store.beginRun({
    kind: 'unlearn',
    key: `unlearn ${snapshot.checksum} from ${before?.snapshot}`,
    params,
  });
  const number = await commitSnapshot(
    store,
    snapshot,
    { open, openWindows, waiting, unlearned: gone.map(({ segment }) => segment) },
    { run, rows: 0, bad: {} },
  );
  return { run, segments: gone.length, cells: all.length - cells.length, snapshot: number };
}

/** "from 2026-11-24 to 2026-11-25 on web1" */
function rangeText({ since, until, host }: UnlearnRange): string {
  return `from ${formatDay(since)} to ${formatDay(until)}${host === undefined ? '' : ` on ${host}`}`;
}

function hashOf(store: Store, host: string): Pair {
  const [lo, hi] = wordHashes(store.hashKey, [host]);
  return { lo: lo!, hi: hi! };
}

/** Host of each signature and of each entity, by factor and key. */
function hostsOf(contexts: ContextColumns): Map<string, Pair> {
  const hosts = new Map<string, Pair>();
  for (let i = 0; i < contexts.length; i++) {
    const factor = contexts.factor[i]!;
    if (factor % 100 !== SIGNATURE_FACTOR && factor !== ENTITY_FACTOR) continue;
    // The host is the first atom, and the first part of an entity.
    if (contexts.rung[i] !== HOST_ATOM) continue;
    const signature = { lo: contexts.context[2 * i]!, hi: contexts.context[2 * i + 1]! };
    hosts.set(`${contexts.factor[i]}:${pairName(signature)}`, {
      lo: contexts.value[2 * i]!,
      hi: contexts.value[2 * i + 1]!,
    });
  }
  return hosts;
}

function signatureKey({ dims, signature }: PresenceRow): string {
  return `${factorCode(dims, SIGNATURE_FACTOR)}:${pairName(signature)}`;
}

function same(a: Pair, b: Pair): boolean {
  return a.lo === b.lo && a.hi === b.hi;
}
