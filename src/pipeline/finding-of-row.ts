import type { Store } from '../store/store.js';
import type { Explanation } from './explain.js';
import { isTreeRoot, type ProcessLink } from './process-trees.js';

/** The stored finding that a row belongs to. */
export interface RowFinding {
  /** 1 is the most anomalous of the run. */
  readonly rank: number;
  /** Of the whole process tree. */
  readonly ln_p: number;
}

/** Processes climbed at most; a longer chain is a loop or hostile. */
const CLIMBED = 64;

/**
 * The finding of the row's run whose process tree holds the row; null when it is in none. Stored findings go by the
 * fifteen dimensions. Costs a scan of the run's rows for each process climbed.
 */
export async function findingOfRow(store: Store, { run, event, tuple }: Explanation): Promise<RowFinding | null> {
  const find = async (where: string, value: number | bigint): Promise<RowFinding | null> => {
    const sql = `SELECT rank, tree_ln_p FROM finding_rows WHERE run = ? AND dims = 15 AND ${where} = ? ORDER BY rank`;
    for await (const row of store.rows(sql, [run, value])) {
      return { rank: Number(row.rank), ln_p: Number(row.tree_ln_p) };
    }
    return null;
  };
  const own = await find('event', event);
  if (own !== null || tuple.proc === undefined) return own;
  return find('tree', await rootOf(store, run, BigInt(String(tuple.proc))));
}

interface Link extends ProcessLink {
  readonly proc: bigint;
  readonly parent: bigint | undefined;
}

async function rootOf(store: Store, run: number, proc: bigint): Promise<bigint> {
  const seen = new Set<bigint>();
  let at = await linkOf(store, run, proc);
  while (at !== undefined && seen.size < CLIMBED) {
    seen.add(at.proc);
    const above = at.parent === undefined ? undefined : await linkOf(store, run, at.parent);
    if (above === undefined || seen.has(above.proc) || isTreeRoot(at, above)) return at.proc;
    at = above;
  }
  return at?.proc ?? proc;
}

/** What the run's rows tell of a process, the first row deciding as in scoring; undefined when it has none. */
async function linkOf(store: Store, run: number, proc: bigint): Promise<Link | undefined> {
  const sql = `SELECT first(parent_proc ORDER BY event) AS parent, first(coalesce(ns_ppid, ppid) ORDER BY event) AS above,
    last(session ORDER BY event) FILTER (session IS NOT NULL) AS session
    FROM event_rows WHERE run = ? AND proc = ? HAVING count(*) > 0`;
  for await (const { parent, above, session } of store.rows(sql, [run, proc])) {
    return {
      proc,
      parent: parent === null ? undefined : (parent as bigint),
      parentInNamespace: above === null ? undefined : Number(above),
      session: session === null ? undefined : Number(session),
    };
  }
  return undefined;
}
