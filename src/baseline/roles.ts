import { H, mix } from '../tuple/hash.js';
import { type ContextColumns, type Pair, pairName } from '../tuple/learned.js';
import { ContextTable } from './contexts.js';
import type { RolePartial } from './role/partial.js';
import type { Snapshot } from './snapshot.js';

/** Codes in `contexts.factor` of "this host (parent) had this role (value) on this day (rung)": events brought it … */
export const ROLE_FACTOR = 97;
/** … or the rules of configuration gave it; the key holds which rules. */
export const CONFIGURED_ROLE_FACTOR = 93;

/** Where a host's role is from; a later one counts before an earlier one. */
export const ROLE_ORIGINS = ['learned', 'configuration', 'event'] as const;
export type RoleOrigin = (typeof ROLE_ORIGINS)[number];

interface Held {
  readonly role: Pair;
  readonly origin: RoleOrigin;
  readonly day: number;
}

/**
 * The role of each host. Joined in freeze, so that a host may change its peers without being learned again. Of several the one
 * that an event brought counts, then the newest, then the larger hash, so that no order matters.
 */
export class Roles {
  private readonly byHost = new Map<string, Held>();

  see(host: Pair, role: Pair, origin: RoleOrigin, day: number): void {
    const key = pairName(host);
    const known = this.byHost.get(key);
    if (known === undefined || order({ role, origin, day }, known) > 0) this.byHost.set(key, { role, origin, day });
  }

  /** Takes what a batch names. */
  observe({ host, role, day, configured }: RolePartial): void {
    for (let i = 0; i < day.length; i++) {
      const at = (words: Uint32Array): Pair => ({ lo: words[2 * i]!, hi: words[2 * i + 1]! });
      this.see(at(host), at(role), configured[i] === 1 ? 'configuration' : 'event', day[i]!);
    }
  }

  get(host: Pair): Pair | undefined {
    return this.byHost.get(pairName(host))?.role;
  }

  /** The role that events brought or configuration gave: what a host has from its first event on. */
  named(host: Pair): Pair | undefined {
    const held = this.byHost.get(pairName(host));
    return held?.origin === 'learned' ? undefined : held?.role;
  }

  /** Pairs of (host, role), sorted by host. */
  entries(): { host: Pair; role: Pair; origin: RoleOrigin }[] {
    return [...this.byHost]
      .map(([key, { role, origin }]) => {
        const [hi, lo] = key.split(':').map(Number);
        return { host: { lo: lo!, hi: hi! }, role, origin };
      })
      .sort((a, b) => a.host.hi - b.host.hi || a.host.lo - b.host.lo);
  }

  /**
   * What events brought and configuration gave.
   *
   * @param rules key of the rules in force: what others gave does not count
   * @param before only days before this one count
   */
  static from(contexts: ContextTable, rules?: Pair, before = Number.POSITIVE_INFINITY): Roles {
    const roles = new Roles();
    for (let i = 0; i < contexts.size; i++) {
      const factor = contexts.factor(i);
      if ((factor !== ROLE_FACTOR && factor !== CONFIGURED_ROLE_FACTOR) || contexts.rung(i) >= before) continue;
      const [host, role] = [contexts.parent(i), contexts.value(i)];
      const isBrought = factor === ROLE_FACTOR;
      if (!isBrought && !isUnder(rules, host, role, contexts.context(i))) continue;
      roles.see(host, role, isBrought ? 'event' : 'configuration', contexts.rung(i));
    }
    return roles;
  }

  /** What configuration gave becomes what the tables say of themselves: a model file knows no rules. */
  static settle(contexts: ContextColumns, rules?: Pair): ContextColumns {
    const table = new ContextTable();
    table.addAll(contexts);
    for (let i = 0, { size } = table; i < size; i++) {
      if (table.factor(i) !== CONFIGURED_ROLE_FACTOR) continue;
      const [host, role] = [table.parent(i), table.value(i)];
      if (isUnder(rules, host, role, table.context(i))) Roles.remember(table, host, role, table.rung(i));
    }
    return table.sorted();
  }

  /** As `freezeRoles` laid them out. */
  static read(snapshot: Snapshot): Roles {
    const roles = new Roles();
    const keys = snapshot.array('role.keys', 'u32');
    const rows = snapshot.array('role.row', 'f64');
    const values = snapshot.array('role.values', 'u32');
    const origins = snapshot.array('role.origin', 'u32');
    for (let slot = 0; slot < rows.length; slot++) {
      const host = { lo: keys[2 * slot]!, hi: keys[2 * slot + 1]! };
      if (host.lo === 0 && host.hi === 0) continue;
      const row = rows[slot]!;
      roles.see(host, { lo: values[2 * row]!, hi: values[2 * row + 1]! }, ROLE_ORIGINS[origins[row]!]!, 0);
    }
    return roles;
  }

  /** Notes that events brought a role of a host on a day (since 1970): one row each (host, role, day). */
  static remember(contexts: ContextTable, host: Pair, role: Pair, day: number): void {
    mix(host.lo, host.hi, role.lo, role.hi);
    contexts.add({ lo: H.lo, hi: H.hi }, ROLE_FACTOR, day, host, role);
  }

  /** The same of a role that rules gave. */
  static rememberConfigured(contexts: ContextTable, rules: Pair, host: Pair, role: Pair, day: number): void {
    configuredKey(rules, host, role);
    contexts.add({ lo: H.lo, hi: H.hi }, CONFIGURED_ROLE_FACTOR, day, host, role);
  }
}

/** Roles of a snapshot, and before them those that the events at hand name: a host that came up a second ago has one. */
export class RolesAtHand {
  private readonly named = new Roles();

  constructor(private readonly known: Pick<Roles, 'get'>) {}

  observe(partial: RolePartial): void {
    this.named.observe(partial);
  }

  get(host: Pair): Pair | undefined {
    return this.named.get(host) ?? this.known.get(host);
  }
}

/** What asks for the roles of hosts. */
export type RoleOf = Pick<Roles, 'get'>;

function order(a: Held, b: Held): number {
  return (
    ROLE_ORIGINS.indexOf(a.origin) - ROLE_ORIGINS.indexOf(b.origin) ||
    a.day - b.day ||
    a.role.hi - b.role.hi ||
    a.role.lo - b.role.lo
  );
}

function configuredKey(rules: Pair, host: Pair, role: Pair): void {
  mix(rules.lo, rules.hi, host.lo, host.hi);
  mix(H.lo, H.hi, role.lo, role.hi);
}

function isUnder(rules: Pair | undefined, host: Pair, role: Pair, key: Pair): boolean {
  if (rules === undefined) return false;
  configuredKey(rules, host, role);
  return H.lo === key.lo && H.hi === key.hi;
}

/** Finest to coarsest of the keys under which scores are calibrated; left in H. */
export function groupKey(level: number, first: Pair, second: Pair, mask: number): void {
  mix(0x67727570 ^ level, mask, first.lo, first.hi);
  mix(H.lo, H.hi, second.lo, second.hi);
}
