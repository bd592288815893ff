import { H, mix } from '../tuple/hash.js';
import { type Pair, pairName } from '../tuple/learned.js';
import type { ContextTable } from './contexts.js';
import type { Snapshot } from './snapshot.js';

/** Code in `contexts.factor` of "this host (parent) had this role (value) on this day (rung)". */
export const ROLE_FACTOR = 97;

/** The role of each host. Joined in freeze, so that a host may change its peers without being learned again. */
export class Roles {
  private readonly byHost = new Map<string, Pair>();

  set(host: Pair, role: Pair): void {
    this.byHost.set(pairName(host), role);
  }

  get(host: Pair): Pair | undefined {
    return this.byHost.get(pairName(host));
  }

  /** Pairs of (host, role), sorted by host. */
  entries(): { host: Pair; role: Pair }[] {
    return [...this.byHost]
      .map(([key, role]) => {
        const [hi, lo] = key.split(':').map(Number);
        return { host: { lo: lo!, hi: hi! }, role };
      })
      .sort((a, b) => a.host.hi - b.host.hi || a.host.lo - b.host.lo);
  }

  /**
   * The role of each host's newest day; of two on one day the larger hash, so that no order matters.
   * @param before only days before this one count
   */
  static from(contexts: ContextTable, before = Number.POSITIVE_INFINITY): Roles {
    const roles = new Roles();
    const days = new Map<string, number>();
    for (let i = 0; i < contexts.size; i++) {
      if (contexts.factor(i) !== ROLE_FACTOR || contexts.rung(i) >= before) continue;
      const host = contexts.parent(i);
      const role = contexts.value(i);
      const key = pairName(host);
      const known = roles.get(host);
      const newer = contexts.rung(i) - (days.get(key) ?? -1);
      const larger = known === undefined ? 1 : role.hi - known.hi || role.lo - known.lo;
      if (newer < 0 || (newer === 0 && larger <= 0)) continue;
      roles.set(host, role);
      days.set(key, contexts.rung(i));
    }
    return roles;
  }

  /** As `freezeRoles` laid them out. */
  static read(snapshot: Snapshot): Roles {
    const roles = new Roles();
    const keys = snapshot.array('role.keys', 'u32');
    const rows = snapshot.array('role.row', 'f64');
    const values = snapshot.array('role.values', 'u32');
    for (let slot = 0; slot < rows.length; slot++) {
      const host = { lo: keys[2 * slot]!, hi: keys[2 * slot + 1]! };
      if (host.lo === 0 && host.hi === 0) continue;
      const row = rows[slot]!;
      roles.set(host, { lo: values[2 * row]!, hi: values[2 * row + 1]! });
    }
    return roles;
  }

  /** Notes that a host had a role on a day (since 1970): one row each (host, role, day). */
  static remember(contexts: ContextTable, host: Pair, role: Pair, day: number): void {
    mix(host.lo, host.hi, role.lo, role.hi);
    contexts.add({ lo: H.lo, hi: H.hi }, ROLE_FACTOR, day, host, role);
  }
}

/** Finest to coarsest of the keys under which scores are calibrated; left in H. */
export function groupKey(level: number, first: Pair, second: Pair, mask: number): void {
  mix(0x67727570 ^ level, mask, first.lo, first.hi);
  mix(H.lo, H.hi, second.lo, second.hi);
}
