import { averageLinkage, clustersBelow } from '../../stats/average-linkage.js';
import { type Pair, pairName } from '../../tuple/learned.js';
import type { RoleOf } from '../roles.js';
import { byName, cellWeights, type Profiles } from './profiles.js';
import type { RoleConstants } from './spec.js';

/** Hosts that are alike, and the role that some of them were told to have. */
export interface HostCluster {
  /** Sorted by name. */
  readonly hosts: readonly Pair[];
  /** Of the hosts that have one the most frequent; of equally frequent ones the larger hash. */
  readonly told: Pair | undefined;
}

/**
 * Clusters hosts by what they have: weighted Jaccard distance, average linkage, a cut. Hosts are taken in the order of their names,
 * so no other order matters. Of n hosts m ≤ `most_hosts` are clustered: O(m²) time and 4 m² bytes, and the cells that hosts
 * share, at most n·m for each.
 */
export function clusterHosts(
  profiles: Profiles,
  told: RoleOf,
  text: (host: Pair) => string | undefined,
  constants: RoleConstants,
): HostCluster[] {
  const weights = cellWeights(profiles);
  const cells = profiles.cells.map((list) => list.filter((cell) => weights[cell]! > 0));
  const known = profiles.hosts.map((_, h) => h).filter((h) => cells[h]!.length >= constants.least_cells);
  const compare = byName(text);
  known.sort((a, b) => compare(profiles.hosts[a]!, profiles.hosts[b]!));
  const sampled = sample(known, profiles.hosts, constants.most_hosts);
  const overlap = new Overlaps(cells, weights, sampled);
  const distances = new Float64Array((sampled.length * (sampled.length - 1)) / 2);
  let at = 0;
  for (let i = 0; i < sampled.length; i++) {
    const from = overlap.distances(sampled[i]!);
    for (let j = i + 1; j < sampled.length; j++) distances[at++] = from[j]!;
  }
  const roots = clustersBelow(averageLinkage(distances, sampled.length), sampled.length, constants.cut);
  const members = new Map<number, number[]>();
  roots.forEach((root, i) => {
    const list = members.get(root);
    if (list === undefined) members.set(root, [i]);
    else list.push(i);
  });
  const clusters = [...members.values()].filter((list) => list.length >= constants.least_hosts);
  const hosts = clusters.map((list) => list.map((i) => sampled[i]!));
  const isSampled = new Set(sampled);
  for (const h of known) {
    if (isSampled.has(h)) continue;
    const nearest = nearestCluster(overlap.distances(h), clusters);
    if (nearest !== undefined && nearest.distance <= constants.cut) hosts[nearest.cluster]!.push(h);
  }
  return hosts.map((list) => {
    const pairs = list.map((h) => profiles.hosts[h]!).sort(compare);
    return { hosts: pairs, told: mostTold(pairs, told) };
  });
}

/** Of too many those of the smallest hashes, in the order given: a host stays in the sample while others come and go. */
function sample(known: readonly number[], hosts: readonly Pair[], most: number): number[] {
  if (known.length <= most) return [...known];
  const order = [...known].sort((a, b) => hosts[a]!.hi - hosts[b]!.hi || hosts[a]!.lo - hosts[b]!.lo);
  const kept = new Set(order.slice(0, most));
  return known.filter((h) => kept.has(h));
}

/** Weighted Jaccard distances from a host to those of a sample, by the cells they share. */
class Overlaps {
  private readonly holders = new Map<number, number[]>();
  private readonly sums: Float64Array;

  constructor(
    private readonly cells: readonly (readonly number[])[],
    private readonly weights: Float64Array,
    private readonly sampled: readonly number[],
  ) {
    this.sums = Float64Array.from(cells, (list) => list.reduce((sum, cell) => sum + weights[cell]!, 0));
    sampled.forEach((h, position) => {
      for (const cell of cells[h]!) {
        const holders = this.holders.get(cell);
        if (holders === undefined) this.holders.set(cell, [position]);
        else holders.push(position);
      }
    });
  }

  distances(h: number): Float64Array {
    const shared = new Float64Array(this.sampled.length);
    for (const cell of this.cells[h]!) {
      const weight = this.weights[cell]!;
      for (const position of this.holders.get(cell) ?? []) shared[position]! += weight;
    }
    return shared.map((both, position) => 1 - both / (this.sums[h]! + this.sums[this.sampled[position]!]! - both));
  }
}

function nearestCluster(distances: Float64Array, clusters: readonly (readonly number[])[]) {
  let nearest: { cluster: number; distance: number } | undefined;
  clusters.forEach((list, cluster) => {
    const distance = list.reduce((sum, position) => sum + distances[position]!, 0) / list.length;
    if (nearest === undefined || distance < nearest.distance) nearest = { cluster, distance };
  });
  return nearest;
}

function mostTold(hosts: readonly Pair[], told: RoleOf): Pair | undefined {
  const counts = new Map<string, { role: Pair; n: number }>();
  for (const host of hosts) {
    const role = told.get(host);
    if (role === undefined) continue;
    const known = counts.get(pairName(role));
    counts.set(pairName(role), { role, n: (known?.n ?? 0) + 1 });
  }
  const order = [...counts.values()].sort((a, b) => b.n - a.n || b.role.hi - a.role.hi || b.role.lo - a.role.lo);
  return order[0]?.role;
}
