import { H, mix } from '../tuple/hash.js';
import type { Pair } from './cells.js';
import type { ContextTable } from './contexts.js';

/** Code in `contexts.factor` of "this host has this role". */
export const ROLE_FACTOR = 97;
const NONE: Pair = { lo: 0, hi: 0 };

/** The role of each host. Joined in freeze, so that a host may change its peers without being learned again. */
export class Roles {
  private readonly byHost = new Map<string, Pair>();

  set(host: Pair, role: Pair): void {
    this.byHost.set(`${host.hi}:${host.lo}`, role);
  }

  get(host: Pair): Pair | undefined {
    return this.byHost.get(`${host.hi}:${host.lo}`);
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

  static from(contexts: ContextTable): Roles {
    const roles = new Roles();
    for (let i = 0; i < contexts.size; i++) {
      if (contexts.factor(i) === ROLE_FACTOR) roles.set(contexts.context(i), contexts.value(i));
    }
    return roles;
  }

  static remember(contexts: ContextTable, host: Pair, role: Pair): void {
    contexts.add(host, ROLE_FACTOR, 0, NONE, role);
  }
}

/** Finest to coarsest of the keys under which scores are calibrated; left in H. */
export function groupKey(level: number, first: Pair, second: Pair, mask: number): void {
  mix(0x67727570 ^ level, mask, first.lo, first.hi);
  mix(H.lo, H.hi, second.lo, second.hi);
}
