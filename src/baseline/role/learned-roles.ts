import { keyedHash } from '../../tuple/hash.js';
import { type CellColumns, type NameRow, type Pair, pairName } from '../../tuple/learned.js';
import type { ContextTable } from '../contexts.js';
import type { BaselineModel } from '../model.js';
import type { Roles } from '../roles.js';
import type { Segments } from '../segments.js';
import { clusterHosts } from './clusters.js';
import { readProfiles } from './profiles.js';

export interface RoleEvidence {
  readonly parts: readonly CellColumns[];
  readonly contexts: ContextTable;
  readonly segments: Segments;
  readonly textOf: (host: Pair) => string | undefined;
  /** Secret under which names are hashed. */
  readonly key: Uint8Array;
}

export interface LearnedRoles {
  readonly roles: Roles;
  /** Of the roles that were learned. */
  readonly names: readonly NameRow[];
}

/**
 * Adds to the roles that were named those of the other hosts: a host whose cluster holds hosts of a named role has that role, the
 * hosts of any other cluster are "like" the first of them by name. Worked out anew in each freeze, and never stored.
 */
export function learnRolesOf(named: Roles, evidence: RoleEvidence, model: BaselineModel): LearnedRoles {
  const { parts, contexts, segments, textOf, key } = evidence;
  const dayOf = (segment: Pair) => segments.find(segment)?.day ?? 0;
  const names: NameRow[] = [];
  const hosts = new Set(segments.rows.map(({ host }) => pairName(host)));
  const asOf = segments.days().at(-1);
  if (asOf === undefined || [...segments.rows].every(({ host }) => named.get(host) !== undefined) || hosts.size < 2) {
    return { roles: named, names };
  }
  const { constants } = model.roles;
  const profiles = readProfiles(parts, contexts, dayOf, asOf, model, constants);
  const given: { host: Pair; role: Pair }[] = [];
  for (const { hosts, told } of clusterHosts(profiles, named, textOf, constants)) {
    const without = hosts.filter((host) => named.get(host) === undefined);
    if (without.length === 0) continue;
    const role = told ?? likeFirst(hosts[0]!);
    for (const host of without) given.push({ host, role });
  }
  for (const { host, role } of given) named.see(host, role, 'learned', 0);
  return { roles: named, names };

  function likeFirst(host: Pair): Pair {
    const text = `like ${textOf(host) ?? pairName(host)}`;
    const value = keyedHash(key, text);
    names.push({ value, text });
    return value;
  }
}
