import { HOST_ATOM, ROLE_ATOM } from '../baseline/factor/atoms.js';
import { apartKey } from '../baseline/learning/quarantine.js';
import { learningModel } from '../baseline/learning/spec.js';
import { copyOf } from '../baseline/learning/verdicts.js';
import { baselineModel } from '../baseline/model.js';
import { Roles } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import type { Store } from '../store/store.js';
import { type Pair, pairName } from '../tuple/learned.js';
import { EventVectors } from './event-vector.js';
import type { TreeScore } from './tree-findings.js';

/** A finding as it is told and counted: a process tree, or one change that many hosts of a role show. */
export interface ToldFinding {
  /** The most anomalous of its trees, most anomalous first. */
  readonly trees: readonly [TreeScore, ...TreeScore[]];
  /** Hosts whose trees it is, sorted; of a single tree its host, where that is known. */
  readonly hosts: readonly string[];
  /** Number of the announced change that covers it. */
  readonly announced: number | undefined;
}

/**
 * Findings whose best rows are the same but for the host are one change once enough hosts of the role show it, by the rule by
 * which quarantine lets a change in. Those that a change was announced for come last. Order: by the most anomalous tree.
 *
 * @param found most anomalous first
 */
export async function tellFindings(
  store: Store,
  found: readonly TreeScore[],
  snapshot: Snapshot,
  announcedOf: (tree: TreeScore) => number | undefined,
): Promise<ToldFinding[]> {
  const marks = await marksOf(store, found, snapshot);
  const groups = new Map<string, Marked[]>();
  found.forEach((tree, i) => {
    const { key, host, role } = marks[i]!;
    const announced = announcedOf(tree);
    const name = `${key} ${announced}`;
    groups.set(name, [...(groups.get(name) ?? []), { tree, host, role, announced }]);
  });
  const { peer_hosts, peer_share } = learningModel().constants;
  const fleet = await fleetSizes(store, snapshot);
  const told = [...groups.values()].flatMap((members) => {
    const hosts = [...new Set(members.flatMap(({ host }) => host ?? []))].sort();
    const needed = Math.max(peer_hosts, Math.ceil(peer_share * fleet(members[0]!.role)));
    if (hosts.length < needed) return members.map((one) => toldOf([one], one.host === undefined ? [] : [one.host]));
    return [toldOf(members, hosts)];
  });
  const at = new Map(found.map((tree, i) => [tree, i]));
  const place = ({ trees, announced }: ToldFinding) => at.get(trees[0])! + (announced === undefined ? 0 : found.length);
  return told.sort((a, b) => place(a) - place(b));
}

interface Marked {
  readonly tree: TreeScore;
  readonly host: string | undefined;
  readonly role: Pair | undefined;
  readonly announced: number | undefined;
}

function toldOf(members: readonly Marked[], hosts: readonly string[]): ToldFinding {
  const [first, ...others] = members.map(({ tree }) => tree);
  return { trees: [first!, ...others], hosts, announced: members[0]!.announced };
}

/** What the best row of each finding is but for its host, by the keys of quarantine. */
async function marksOf(store: Store, found: readonly TreeScore[], snapshot: Snapshot) {
  const vectors = new EventVectors(store.hashKey, baselineModel().constants.hour_zone);
  const roles = Roles.read(snapshot);
  const known = new Map<number, { key: string; host: string | undefined; role: Pair | undefined }>();
  const events = found.map(({ best }) => Math.trunc(best[0]!.event));
  if (events.length === 0) return [];
  const sql = `SELECT *, epoch_us(ts) AS ts FROM events WHERE event IN (${events.join(', ')})`;
  for await (const row of store.rows(sql)) {
    const v = copyOf(vectors.read(row));
    const own = v.has[ROLE_ATOM] === 1 ? { lo: v.lo[ROLE_ATOM]!, hi: v.hi[ROLE_ATOM]! } : undefined;
    const role = own ?? roles.get({ lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! });
    if (role !== undefined) v.set(ROLE_ATOM, role.lo, role.hi);
    const host = row.host === null ? undefined : String(row.host);
    known.set(Number(row.event), { key: pairName(apartKey(v)), host, role });
  }
  return events.map((event) => known.get(event)!);
}

/** How many learned hosts a role has; of none, how many have none. */
async function fleetSizes(store: Store, snapshot: Snapshot): Promise<(role: Pair | undefined) => number> {
  const sizes = new Map<string, number>();
  const entries = Roles.read(snapshot).entries();
  for (const { role } of entries) sizes.set(pairName(role), (sizes.get(pairName(role)) ?? 0) + 1);
  let hosts = 0;
  for await (const { n } of store.rows('SELECT count(DISTINCT host) AS n FROM segments')) hosts = Number(n);
  return (role) => (role === undefined ? Math.max(0, hosts - entries.length) : (sizes.get(pairName(role)) ?? 0));
}
