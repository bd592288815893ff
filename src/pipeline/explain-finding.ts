import { metaHashes } from '../baseline/hash-key.js';
import { VIEWS, type ViewName } from '../baseline/learned-state.js';
import { baselineModel } from '../baseline/model.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { QuinceError } from '../errors/quince-error.js';
import { BatchScorer } from '../score/score-batch.js';
import type { Store } from '../store/store.js';
import { COLUMNS, type ColumnName } from '../tuple/columns.js';
import { toBigInt } from '../tuple/hash.js';
import { describeFindings, type FindingReport } from './describe-findings.js';
import { RowExplainer } from './explain.js';
import { ProcessTrees } from './process-trees.js';
import { eventsOfRun, queryOf, type RunEvents } from './run-events.js';
import { type ScoredRun, scoringSnapshot } from './scored-runs.js';
import { StoredSource } from './stored-source.js';
import { TreeFindings, type TreeScore } from './tree-findings.js';

const MASK = 0xffff_ffffn;

/** What a process tree is made of. */
const LINKS: readonly ColumnName[] = [
  ...(['ts', 'syscall', 'exe', 'args', 'user', 'pid', 'ppid', 'ns_ppid'] as const),
  ...(['session', 'proc', 'parent_proc'] as const),
];

/**
 * Explains a stored finding as `score` printed it: its tree is found and scored again, from the stored events by the baseline
 * that scored them. O(rows of the run).
 *
 * @throws BAD_ARGUMENT when the run has no such finding
 */
export async function explainFinding(store: Store, run: ScoredRun, rank: number): Promise<FindingReport> {
  const tree = await treeOf(store, run.run, rank);
  const events = await eventsOfRun(store, run.run);
  const trees = new ProcessTrees();
  for await (const batch of new StoredSource(`run ${run.run}`, store, queryOf(events, LINKS)).batches()) {
    trees.observe(batch);
    batch.release();
  }
  const { fifteen, five } = await scoreTree(store, run, { tree, events, trees });
  const explainer = await RowExplainer.load(store);
  const found = {
    run: run.run,
    snapshot: run.snapshot,
    trees,
    explainer,
    five: five === undefined ? [] : [five],
    rank,
  };
  for await (const report of describeFindings(fifteen === undefined ? [] : [fifteen], found)) return report;
  throw new QuinceError(
    'BAD_DATABASE',
    `explaining requires the stored events of run ${run.run}, got none of finding ${rank}`,
  );
}

async function treeOf(store: Store, run: number, rank: number): Promise<bigint> {
  let most = 0;
  const sql = 'SELECT rank, tree FROM finding_rows WHERE run = ? AND dims = 15 ORDER BY rank, finding';
  for await (const row of store.rows(sql, [run])) {
    if (Number(row.rank) === rank) return BigInt(row.tree as bigint);
    most = Number(row.rank);
  }
  const rule = most === 0 ? 'a run with findings' : `1 to ${most} in run ${run}`;
  throw new QuinceError('BAD_ARGUMENT', `--finding requires ${rule}, got ${rank}; any row can be explained`);
}

interface Wanted {
  readonly tree: bigint;
  readonly events: RunEvents;
  readonly trees: ProcessTrees;
}

type Trees = Readonly<Record<ViewName, TreeScore | undefined>>;

async function scoreTree(store: Store, run: ScoredRun, wanted: Wanted): Promise<Trees> {
  const scorers = scorersOf(store, await scoringSnapshot(store, run));
  const views = { fifteen: new TreeFindings(wanted.trees), five: new TreeFindings(wanted.trees) };
  let rows = 0;
  const query = queryOf(
    wanted.events,
    COLUMNS.map(({ name }) => name),
    await whereOf(store, wanted),
  );
  for await (const batch of new StoredSource(`run ${run.run}`, store, query).batches()) {
    for (const view of VIEWS) {
      const scores = scorers[view].score(batch.slot, batch.rows, batch.strings.hashes);
      views[view].take(batch, scores, rows, batch.events);
    }
    rows += batch.rows;
    batch.release();
  }
  const scoreOf = (view: ViewName): TreeScore | undefined => {
    return views[view].rank().find(({ tree }) => tree === wanted.tree);
  };
  return { fifteen: scoreOf('fifteen'), five: scoreOf('five') };
}

function scorersOf(store: Store, snapshot: Snapshot): Record<ViewName, BatchScorer> {
  const { views, constants } = baselineModel();
  const meta = metaHashes(store.hashKey);
  const make = (view: ViewName) => new BatchScorer(views[view], constants, snapshot, meta);
  return { fifteen: make('fifteen'), five: make('five') };
}

/** Rows of the tree's processes; of one that stands for an address the rows without a process. */
async function whereOf(store: Store, { tree, events, trees }: Wanted): Promise<string> {
  const members: bigint[] = [];
  const sql = `SELECT DISTINCT proc FROM event_rows WHERE run IN (${events.runs.join(', ')}) AND proc IS NOT NULL`;
  for await (const { proc } of store.rows(sql)) {
    const id = BigInt(proc as bigint);
    const root = trees.root(Number(id & MASK), Number(id >> 32n));
    if (toBigInt(root.lo, root.hi) === tree) members.push(id);
  }
  return members.length === 0 ? 'proc IS NULL' : `proc IN (${members.join(', ')})`;
}
