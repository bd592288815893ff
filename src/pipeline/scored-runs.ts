import { baselineModel } from '../baseline/model.js';
import { openSnapshot, type Snapshot } from '../baseline/snapshot.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';

/** A run as explanations know it. */
export interface RunFacts {
  readonly run: number;
  readonly kind: string;
  readonly finished: boolean;
  /** Rows that it stored, and rows that it read. */
  readonly stored: number;
  readonly scored: number;
  /** The baseline that scored. */
  readonly snapshot: number | null;
}

/** A run that scored, with what scored it. */
export interface ScoredRun extends RunFacts {
  readonly snapshot: number;
}

/** All runs, oldest first. */
async function readRuns(store: Store): Promise<RunFacts[]> {
  const runs: RunFacts[] = [];
  const sql = `SELECT r.run, r.kind, r.finished IS NOT NULL AS finished, coalesce(sum(b."rows"), 0)::DOUBLE AS stored,
      coalesce(any_value(r."rows"), 0)::DOUBLE AS scored, any_value(r.snapshot)::INTEGER AS snapshot
    FROM runs AS r LEFT JOIN batches AS b USING (run) GROUP BY r.run, r.kind, r.finished ORDER BY r.run`;
  for await (const { run, kind, finished, stored, scored, snapshot } of store.rows(sql)) {
    runs.push({
      run: Number(run),
      kind: String(kind),
      finished: finished === true,
      stored: Number(stored),
      scored: Number(scored),
      snapshot: snapshot === null ? null : Number(snapshot),
    });
  }
  return runs;
}

/**
 * The run asked for, or the newest finished one that scored rows.
 * @param storing only one that stored its rows, so that they can be asked for by number
 * @param asked what needs it
 * @throws BAD_ARGUMENT for none, and for one that did not score; it names the runs there are
 */
export async function scoredRun(
  store: Store,
  given: number | undefined,
  { storing = false, asked = 'explain' }: { readonly storing?: boolean; readonly asked?: string } = {},
): Promise<ScoredRun> {
  const runs = await readRuns(store);
  const newest = () =>
    runs.findLast((run) => run.kind === 'score' && run.finished && (storing ? run.stored : run.scored) > 0);
  const run = given === undefined ? newest() : runs.find((r) => r.run === given);
  if (run !== undefined && run.kind === 'score' && run.snapshot !== null) return { ...run, snapshot: run.snapshot };
  const what = run === undefined ? (given === undefined ? 'none' : `run ${given}`) : `run ${runText(run)}`;
  const rule = given === undefined ? 'a finished score run with rows' : 'a score run';
  throw new QuinceError('BAD_ARGUMENT', `${asked} requires ${rule}, got ${what}: ${knownText(runs)}; run score first`);
}

/** Global id of the event that a row of a run, or `event`, names. @param asked what needs it */
export async function chosenEvent(
  store: Store,
  row: number | undefined,
  { run, event }: { readonly run?: number; readonly event?: number },
  asked: string,
): Promise<number> {
  if ((row === undefined) === (event === undefined)) {
    const got = row === undefined ? 'none' : 'both';
    throw new QuinceError('BAD_ARGUMENT', `${asked} requires a row or --event, got ${got}`);
  }
  return event ?? eventOfRow(store, row!, await scoredRun(store, run, { storing: true, asked }));
}

/** Global id of a row of a run. @throws BAD_ARGUMENT when the run has no such row */
export async function eventOfRow(store: Store, row: number, { run, stored, scored }: RunFacts): Promise<number> {
  const sql = 'SELECT event::DOUBLE AS event FROM event_rows WHERE run = ? AND "row" = ?';
  for await (const found of store.rows(sql, [run, row])) return Number(found.event);
  if (stored === 0 && scored > 0) {
    const rule = 'a run that stored its events';
    throw new QuinceError(
      'BAD_ARGUMENT',
      `row requires ${rule}, got run ${run}, which scored stored ones again: --event`,
    );
  }
  const rule = stored === 0 ? 'a run with rows' : `0 to ${stored - 1} in run ${run}`;
  throw new QuinceError('BAD_ARGUMENT', `row requires ${rule}, got ${row}: ${knownText(await readRuns(store))}`);
}

/** The snapshot by which a run scored. @throws BAD_MODEL when it is gone, torn, or of another model */
export async function scoringSnapshot(store: Store, { run, snapshot }: ScoredRun): Promise<Snapshot> {
  const stored = await store.snapshot(snapshot);
  if (stored === undefined) {
    throw new QuinceError('BAD_MODEL', `explaining requires the baseline of run ${run}, got none of ${snapshot}`);
  }
  const opened = openSnapshot(stored.bytes);
  const { hash } = baselineModel();
  if (opened.card.model === hash) return opened;
  throw new QuinceError('BAD_MODEL', `explaining requires a baseline of model ${hash}, got ${opened.card.model}`);
}

function knownText(runs: readonly RunFacts[]): string {
  return runs.length === 0 ? 'there are no runs' : `there are ${runs.map(runText).join(', ')}`;
}

/** "2 (score, 1,200 rows, unfinished)", "3 (score, 1,200 stored rows)" */
function runText({ run, kind, stored, scored, finished }: RunFacts): string {
  const again = stored === 0 && scored > 0;
  const rows = `${(again ? scored : stored).toLocaleString('en-US')} ${again ? 'stored rows' : 'rows'}`;
  return `${run} (${kind}, ${rows}${finished ? '' : ', unfinished'})`;
}
