import type { Store } from '../store/store.js';
import type { EventValues } from './event-vector.js';
import { isTreeRoot, type ProcessLink } from './process-trees.js';

interface Link extends ProcessLink {
  readonly parent: bigint | undefined;
}

/** A stored finding: the tree of its run, and the event that it is told by. */
export interface StoredTree {
  readonly run: number;
  readonly tree: bigint;
  readonly event: number;
}

/**
 * Rows of a finding's process tree whose stored p was at or below a line, by event. Where no process is known: those of its
 * address on its host. Costs a scan of the run's rows.
 */
export async function* treeRows(store: Store, finding: StoredTree, lnP: number): AsyncGenerator<EventValues> {
  const members = await processesOf(store, finding);
  const own = `SELECT saddr, host FROM event_rows WHERE event = ${Number(finding.event)}`;
  const where =
    members.length > 0
      ? `e.proc IN (${members.join(', ')})`
      : `e.proc IS NULL AND EXISTS (SELECT 1 FROM (${own}) AS o
           WHERE e.host = o.host AND e.saddr IS NOT DISTINCT FROM o.saddr)`;
  const sql = `SELECT v.*, epoch_us(v.ts) AS ts FROM events AS v WHERE v.event IN
    (SELECT e.event FROM event_rows AS e JOIN scores AS s ON s.event = e.event AND s.run = e.run AND s.dims = 15
     WHERE e.run = ? AND s.ln_p <= ? AND ${where}) ORDER BY v.event`;
  yield* store.rows(sql, [finding.run, lnP]);
}

async function processesOf(store: Store, { run, tree }: StoredTree): Promise<bigint[]> {
  const links = new Map<bigint, Link>();
  const sql = `SELECT proc, first(parent_proc ORDER BY event) AS parent, first(coalesce(ns_ppid, ppid) ORDER BY event) AS above,
    last(session ORDER BY event) FILTER (session IS NOT NULL) AS session
    FROM event_rows WHERE run = ? AND proc IS NOT NULL GROUP BY proc`;
  for await (const { proc, parent, above, session } of store.rows(sql, [run])) {
    links.set(proc as bigint, {
      parent: parent === null ? undefined : (parent as bigint),
      parentInNamespace: above === null ? undefined : Number(above),
      session: session === null ? undefined : Number(session),
    });
  }
  return [...links.keys()].filter((proc) => rootOf(links, proc) === tree);
}

function rootOf(links: ReadonlyMap<bigint, Link>, proc: bigint): bigint {
  const seen = new Set<bigint>();
  for (let at = proc; ; ) {
    seen.add(at);
    const link = links.get(at)!;
    const above = link.parent === undefined ? undefined : links.get(link.parent);
    if (above === undefined || seen.has(link.parent!) || isTreeRoot(link, above)) return at;
    at = link.parent!;
  }
}
