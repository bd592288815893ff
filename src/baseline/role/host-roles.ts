import type { CellColumns, Pair } from '../../tuple/learned.js';
import { pairAt } from '../cells.js';
import { atomText, type GeneralValue, ROLE_ATOM } from '../factor/atoms.js';
import type { LearnedState } from '../learned-state.js';
import type { Ledger } from '../ledger.js';
import type { BaselineModel } from '../model.js';
import { Names } from '../names.js';
import { type RoleOf, Roles } from '../roles.js';
import type { Segments } from '../segments.js';
import type { Snapshot } from '../snapshot.js';
import { type LearnedRoles, learnRolesOf } from './learned-roles.js';
import type { RolePartial } from './partial.js';

/** Which roles hosts have: kept among the contexts as events and configuration name them, learned from cells where none does. */
export class HostRoles {
  /** Key of the rules by which configuration gives roles. */
  private readonly rules: Pair | undefined;
  private readonly hostNames = new Names();

  /** @param key secret under which values were hashed */
  constructor(
    private readonly model: BaselineModel,
    private readonly key: Uint8Array,
    private readonly ledger: Ledger,
    state?: LearnedState,
  ) {
    this.rules = state?.roleRules;
    for (const { value, text } of state?.hostNames ?? []) this.hostNames.add(value, text);
  }

  /** What was named, only on days before `before` where one is given. */
  named(before?: number): Roles {
    return Roles.from(this.ledger.contexts, this.rules, before);
  }

  /** Notes the roles that a batch names. @param value generalised text of a string code of the batch */
  observe(partial: RolePartial, value: (code: number) => GeneralValue | undefined): void {
    const { host, role, code, day, configured } = partial;
    for (let i = 0; i < day.length; i++) {
      const named = pairAt(role, i);
      if (!this.ledger.names.has(named)) this.name(named, atomText(ROLE_ATOM, code[i]!, value));
      this.remember(pairAt(host, i), named, day[i]!, configured[i] === 1);
    }
  }

  name(role: Pair, text: string): void {
    this.ledger.names.add(role, text);
  }

  /** @param configured whether the rules in force gave it; else an event brought it */
  remember(host: Pair, role: Pair, day: number, configured: boolean): void {
    const { contexts } = this.ledger;
    if (!configured) Roles.remember(contexts, host, role, day);
    else if (this.rules !== undefined) Roles.rememberConfigured(contexts, this.rules, host, role, day);
  }

  /** Roles of a day's hosts: what was named up to then, and what the snapshot knows beside. Asked when the day closes. */
  on(day: number, snapshot: Snapshot): RoleOf {
    let named: Roles | undefined;
    const known = Roles.read(snapshot);
    return {
      get: (host) => {
        named ??= this.named(day + 1);
        return named.get(host) ?? known.get(host);
      },
    };
  }

  /** Roles that were named (only on days before `before`), and of the other hosts those that their cells say. */
  learned(parts: readonly CellColumns[], segments: Segments, before?: number): LearnedRoles {
    const { contexts, names } = this.ledger;
    const textOf = (host: Pair) => names.text(host) ?? this.hostNames.text(host);
    return learnRolesOf(this.named(before), { parts, contexts, segments, textOf, key: this.key }, this.model);
  }
}
