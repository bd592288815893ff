import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { NULL_LO } from '../factor/atoms.js';
import type { RoleOf } from '../roles.js';
import { type Entity, entityKey } from './entities.js';

/** Whose windows an entity is judged among, fine to coarse; of a host the program's level is its kind's. */
export const LEVELS = ['own', 'role', 'program', 'all'] as const;

const NONE: Pair = { lo: NULL_LO, hi: 0 };

/**
 * Keys of an entity's levels, fine to coarse: its own; its role's program and user; its program; everyone of its kind. A host
 * without a role has no role's level.
 */
export function levelKeys(entity: Entity, roles: RoleOf): (Pair | undefined)[] {
  const { kind, host, exe = NONE, user = NONE } = entity;
  const role = roles.get(host);
  return [
    entityKey(entity),
    role && levelKey(1, kind, role, exe, user),
    kind === 'host' ? undefined : levelKey(2, kind, NONE, exe, NONE),
    levelKey(3, kind, NONE, NONE, NONE),
  ];
}

function levelKey(level: number, kind: Entity['kind'], role: Pair, exe: Pair, user: Pair): Pair {
  mix(0x6c65766c ^ level, kind === 'host' ? 1 : 0, role.lo, role.hi);
  mix(H.lo, H.hi, exe.lo, exe.hi);
  mix(H.lo, H.hi, user.lo, user.hi);
  return { lo: H.lo, hi: H.hi };
}

/** Key of a level's law for a feature and size. */
export function lawKey(level: Pair, feature: number, size: number): Pair {
  mix(level.lo, level.hi, feature, size);
  return { lo: H.lo, hi: H.hi };
}
