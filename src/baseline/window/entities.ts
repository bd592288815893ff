import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import type { ContextTable } from '../contexts.js';
import { NULL_LO } from '../factor/atoms.js';

/** Code in `contexts.factor` of the parts of an entity, one a rung: host, program, user, and which kind it is. */
export const ENTITY_FACTOR = 96;

/** Who is counted: a subject (host, program, user), or a whole host. */
export interface Entity {
  readonly kind: 'subject' | 'host';
  readonly host: Pair;
  readonly exe: Pair | undefined;
  readonly user: Pair | undefined;
}

const KINDS = ['subject', 'host'] as const;
const NULL_PAIR: Pair = { lo: NULL_LO, hi: 0 };

/** Key of an entity. */
export function entityKey({ kind, host, exe = NULL_PAIR, user = NULL_PAIR }: Entity): Pair {
  mix(0x656e7469, KINDS.indexOf(kind), host.lo, host.hi);
  mix(H.lo, H.hi, exe.lo, exe.hi);
  mix(H.lo, H.hi, user.lo, user.hi);
  return { lo: H.lo, hi: H.hi };
}

/** Keeps what an entity is made of. */
export function keepEntity(contexts: ContextTable, key: Pair, { kind, host, exe, user }: Entity): void {
  const parts = [host, exe, user, { lo: KINDS.indexOf(kind), hi: 0 }];
  parts.forEach((part, rung) => {
    if (part !== undefined) contexts.add(key, ENTITY_FACTOR, rung, { lo: 0, hi: 0 }, part);
  });
}

/** The entity of a key; undefined where its parts are not kept. */
export function readEntity(contexts: ContextTable, key: Pair): Entity | undefined {
  const part = (rung: number): Pair | undefined => {
    const row = contexts.find(key.lo, key.hi, ENTITY_FACTOR, rung);
    return row < 0 ? undefined : contexts.value(row);
  };
  const host = part(0);
  const kind = KINDS[part(3)?.lo ?? -1];
  return host === undefined || kind === undefined ? undefined : { kind, host, exe: part(1), user: part(2) };
}
