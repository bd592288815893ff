import { Baseline } from '../baseline/baseline.js';
import { HOST_ATOM } from '../baseline/factor/atoms.js';
import { learningModel } from '../baseline/learning/spec.js';
import { atomsOf, StandingVerdicts } from '../baseline/learning/verdicts.js';
import { baselineModel } from '../baseline/model.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import { H } from '../tuple/hash.js';
import { QUARANTINE_COLUMNS, VERDICT_SCOPES, type VerdictRow, type VerdictScope } from '../tuple/learned.js';
import { formatDay } from '../tuple/time.js';
import { type EventValues, EventVectors } from './event-vector.js';
import { readBaseline } from './learned-columns.js';
import { loadSnapshot } from './score.js';
import { storedEvent } from './stored-event.js';
import type { Covers } from './touched-alerts.js';
import { checkModel, commitSnapshot, SNAPSHOT_KIND } from './train.js';
import { measureCost, type VerdictCost } from './verdict-cost.js';

export interface VerdictRequest {
  /** Global id of the event whose signature is accepted. */
  readonly event: number;
  readonly scope: string;
  /** UTC day since 1970, the last on which it counts. */
  readonly untilDay: number;
  readonly by: string;
  readonly why: string;
  /** Only its cost is shown. */
  readonly dryRun?: boolean;
}

export interface Accepted {
  readonly cost: VerdictCost;
  /** Undefined in a dry run. */
  readonly done: undefined | { readonly verdict: number; readonly run: number; readonly snapshot: number };
}

/**
 * A person's word that an event's signature is normal in a scope, until a day: counted in every freeze up to that day and in no
 * cell, so that revoking takes it out exactly. Tells what it hides before it is done, and freezes a snapshot that knows it.
 * @throws BAD_ARGUMENT for a scope that does not exist, a day that is over or too far, words that are missing, or what a
 * verdict says already
 */
export async function acceptEvent(store: Store, request: VerdictRequest, now = new Date()): Promise<Accepted> {
  const model = baselineModel();
  await checkModel(store, model.hash);
  const { snapshot: before } = await loadSnapshot(store);
  const state = await readBaseline(store);
  const own = new Baseline(model, store.hashKey, state);
  const tuple = await storedEvent(store, request.event);
  const verdict = makeVerdict(request, tuple, store, own, state.verdicts ?? [], now);
  const accepting = new Baseline(model, store.hashKey, { ...state, verdicts: [...(state.verdicts ?? []), verdict] });
  const after = accepting.freeze()!;
  const standing = StandingVerdicts.on(own.newestDay, [verdict], own.roles.named());
  const covers: Covers = (signature, v) => standing.on(signature, v).length > 0;
  const cost = await measureCost(store, { tuple, contexts: state.contexts, covers }, before, after);
  if (request.dryRun) return { cost, done: undefined };
  const what = Object.fromEntries(
    QUARANTINE_COLUMNS.filter((name) => tuple[name] != null).map((name) => [name, String(tuple[name])]),
  );
  const { untilDay, scope, by, why, event } = request;
  const { run, snapshot } = await freezeWith(
    store,
    after,
    `verdict ${verdict.id}`,
    { verdict: verdict.id, event, scope, until: formatDay(untilDay), by, why },
    { verdict: { row: verdict, event, what } },
  );
  return { cost, done: { verdict: verdict.id, run, snapshot } };
}

/** A verdict counts no more. @throws BAD_ARGUMENT when there is none of that number, or it is revoked already */
export async function revokeVerdict(store: Store, id: number, now = new Date()) {
  const model = baselineModel();
  await checkModel(store, model.hash);
  const state = await readBaseline(store);
  const row = state.verdicts?.find((v) => v.id === id);
  if (row === undefined || row.revoked !== undefined) {
    const got = row === undefined ? String(id) : `${id}, which was revoked`;
    throw new QuinceError('BAD_ARGUMENT', `verdict revoke requires the number of a verdict, got ${got}`, {
      hint: 'quince verdict list shows them',
    });
  }
  const verdicts = state.verdicts!.filter((v) => v.id !== id);
  const snapshot = new Baseline(model, store.hashKey, { ...state, verdicts }).freeze();
  if (snapshot === undefined) throw new QuinceError('NO_BASELINE', 'revoking requires a baseline, got none');
  const revoke = { id, when: now.toISOString() };
  return { verdict: id, ...(await freezeWith(store, snapshot, `revoke ${id}`, { revoke: id }, { revoke })) };
}

/** A verdict on the same that lasts as long and reaches as far. */
function saidAlready(standing: readonly VerdictRow[], scope: string, untilDay: number): VerdictRow | undefined {
  const reach = (of: string) => VERDICT_SCOPES.indexOf(of as VerdictScope);
  return standing.find((verdict) => verdict.untilDay >= untilDay && reach(verdict.scope) >= reach(scope));
}

function saidText({ id, scope, untilDay }: VerdictRow): string {
  return `what verdict ${id} says already (scope ${scope}, until ${formatDay(untilDay)})`;
}

async function freezeWith(
  store: Store,
  snapshot: Snapshot,
  key: string,
  params: Record<string, string | number>,
  more: Parameters<typeof commitSnapshot>[4],
): Promise<{ run: number; snapshot: number }> {
  const before = await store.latestSnapshot(SNAPSHOT_KIND);
  const { run } = await store.beginRun({ kind: 'verdict', key: `${key} from ${before?.snapshot}`, params });
  return { run, snapshot: await commitSnapshot(store, snapshot, {}, { run, rows: 0, bad: {} }, more) };
}

function makeVerdict(
  { scope, untilDay, by, why }: VerdictRequest,
  tuple: EventValues,
  store: Store,
  baseline: Baseline,
  others: readonly VerdictRow[],
  now: Date,
): VerdictRow {
  const { verdict_presences: weight, verdict_most_days } = learningModel().constants;
  const refuse = (rule: string, got: string) => new QuinceError('BAD_ARGUMENT', `verdict requires ${rule}, got ${got}`);
  if (!VERDICT_SCOPES.includes(scope as VerdictScope)) {
    throw refuse(`a scope of ${VERDICT_SCOPES.join(', ')}`, JSON.stringify(scope));
  }
  for (const [name, text] of Object.entries({ by, why })) {
    if (text.trim() === '') throw refuse(`who and why (--${name})`, 'nothing');
  }
  const newest = baseline.newestDay;
  if (untilDay < newest || untilDay > newest + verdict_most_days) {
    const range = `${formatDay(newest)} to ${formatDay(newest + verdict_most_days)}`;
    throw refuse(`a last day from ${range}, by the time of events`, formatDay(untilDay));
  }
  const v = new EventVectors(store.hashKey, baseline.model.constants.hour_zone).read(tuple);
  if (v.has[HOST_ATOM] === 0) throw refuse('an event with a host', 'one without');
  v.signature();
  const signature = { lo: H.lo, hi: H.hi };
  const role =
    scope === 'role' ? baseline.roles.named().get({ lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! }) : undefined;
  if (scope === 'role' && role === undefined) throw refuse('a host with a role for scope role', 'one without');
  const same = saidAlready(
    StandingVerdicts.on(newest, others, baseline.roles.named()).on(signature, v),
    scope,
    untilDay,
  );
  if (same !== undefined) throw refuse('something that no verdict says', saidText(same));
  const id = Math.max(0, ...others.map((verdict) => verdict.id)) + 1;
  const words = { by, why, made: now.toISOString(), revoked: undefined };
  return { id, signature, atoms: atomsOf(v), scope: scope as VerdictScope, role, weight, untilDay, ...words };
}
