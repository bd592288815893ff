import { type Pair, pairName } from '../tuple/learned.js';
import type { Roles } from './roles.js';

/** A host that nothing was learned of. */
export const NOBODY: Pair = { lo: 0, hi: 0 };

/** Names of hosts in at most so many parts, of each role as even as can be: no part has all hosts of a role. */
export function dealHosts(hosts: readonly Pair[], roles: Roles, parts: number): Set<string>[] {
  const dealt: Set<string>[] = [];
  const turns = new Map<string, number>();
  for (const host of hosts) {
    const role = roles.named(host);
    const name = role === undefined ? '' : pairName(role);
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    const at = turn % parts;
    dealt[at] ??= new Set();
    dealt[at].add(pairName(host));
  }
  return dealt;
}
