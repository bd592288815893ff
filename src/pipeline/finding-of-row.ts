import { addressInstance } from '../baseline/factor/learn.js';
import { factorModel } from '../baseline/factor/spec.js';
import type { Store } from '../store/store.js';
import { H, toBigInt } from '../tuple/hash.js';
import { EventVectors } from './event-vector.js';
import type { RowExplanation } from './explain.js';
import type { Judged } from './explanation.js';
import { FINDING_LN_P } from './finding-limit.js';
import { pText } from './p-text.js';
import { isTreeRoot, type ProcessLink } from './process-trees.js';
import { eventsOfRun } from './run-events.js';

/** The stored finding that a row belongs to. */
export interface RowFinding {
  /** 1 is the most anomalous of the run. */
  readonly rank: number;
  /** Of the whole process tree. */
  readonly ln_p: number;
  /** The row of the run that carries the finding, the most anomalous of the tree. */
  readonly best_row: number;
  readonly best_event: number;
}

/** Processes climbed at most; a longer chain is a loop or hostile. */
const CLIMBED = 64;

/**
 * The finding of the row's run whose process tree holds the row; null when it is in none. Stored findings go by the
 * fifteen dimensions. Costs a scan of the run's rows for each process climbed.
 */
async function findingOfRow(store: Store, { run, event, tuple }: RowExplanation): Promise<RowFinding | null> {
  const find = async (where: string, value: number | bigint): Promise<RowFinding | null> => {
    const sql = `SELECT f.rank, f.tree_ln_p, e."row", e.event::DOUBLE AS event FROM finding_rows AS f JOIN event_rows AS e ON e.event = f.event
      WHERE f.run = ? AND f.dims = 15 AND f.${where} = ? ORDER BY f.rank`;
    for await (const row of store.rows(sql, [run, value])) {
      return {
        rank: Number(row.rank),
        ln_p: Number(row.tree_ln_p),
        best_row: Number(row.row),
        best_event: Number(row.event),
      };
    }
    return null;
  };
  const own = await find('event', event);
  if (own !== null) return own;
  const proc = tuple.proc === undefined ? addressTree(store, tuple) : BigInt(String(tuple.proc));
  return find('tree', await rootOf(store, (await eventsOfRun(store, run)).runs, proc));
}

/** What stands for the process of a row that names none, see `addressInstance`. */
function addressTree(store: Store, { host, saddr }: RowExplanation['tuple']): bigint {
  addressInstance(new EventVectors(store.hashKey, factorModel().constants.hour_zone).read({ host, saddr }));
  return toBigInt(H.lo, H.hi);
}

interface Link extends ProcessLink {
  readonly proc: bigint;
  readonly parent: bigint | undefined;
}

async function rootOf(store: Store, runs: readonly number[], proc: bigint): Promise<bigint> {
  const seen = new Set<bigint>();
  let at = await linkOf(store, runs, proc);
  while (at !== undefined && seen.size < CLIMBED) {
    seen.add(at.proc);
    const above = at.parent === undefined ? undefined : await linkOf(store, runs, at.parent);
    if (above === undefined || seen.has(above.proc) || isTreeRoot(at, above)) return at.proc;
    at = above;
  }
  return at?.proc ?? proc;
}

/** What the rows of runs tell of a process, the first row deciding as in scoring; undefined when it has none. */
async function linkOf(store: Store, runs: readonly number[], proc: bigint): Promise<Link | undefined> {
  const sql = `SELECT first(parent_proc ORDER BY event) AS parent, first(coalesce(ns_ppid, ppid) ORDER BY event) AS above,
    last(session ORDER BY event) FILTER (session IS NOT NULL) AS session
    FROM event_rows WHERE run IN (${runs.join(', ')}) AND proc = ? HAVING count(*) > 0`;
  for await (const { parent, above, session } of store.rows(sql, [proc])) {
    return {
      proc,
      parent: parent === null ? undefined : (parent as bigint),
      parentInNamespace: above === null ? undefined : Number(above),
      session: session === null ? undefined : Number(session),
    };
  }
  return undefined;
}

/** A row with what was made of it. */
export type JudgedRow = Judged<RowExplanation> & { readonly finding: RowFinding | null };

/** Says why a row is in a finding, or in none. */
export async function judgeRow(store: Store, e: RowExplanation): Promise<JudgedRow> {
  const finding = await findingOfRow(store, e);
  return { ...e, finding, conclusion: { finding: finding !== null, text: membershipText(e, finding) } };
}

function membershipText(e: RowExplanation, finding: RowFinding | null): string {
  if (finding !== null) {
    const { best_row: row, best_event: event } = finding;
    const its = e.stored_run === e.run ? `row is ${row}` : `row is event ${event}`;
    const best = event === e.event ? 'this is its best row' : `its best ${its}`;
    return `in finding ${finding.rank} of run ${e.run}, whose process tree has p ${pText(finding.ln_p)}; ${best}`;
  }
  const p = pText(e.ln_p);
  return e.ln_p > FINDING_LN_P
    ? `in no finding of run ${e.run}: a finding has p at most 0.001 in its process tree, this row has ${p}`
    : `in no finding of run ${e.run}: p ${p} is below 0.001, but not times the distinct signatures of its process tree`;
}
