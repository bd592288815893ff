import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import type { ContextTable } from '../contexts.js';
import type { Roles } from '../roles.js';
import type { Segments } from '../segments.js';
import { type Entity, readEntity } from '../window/entities.js';
import { levelKeys } from '../window/levels.js';
import type { LearningConstants } from './spec.js';

interface EntityDay {
  readonly entity: Entity;
  readonly day: number;
  odd: number;
  severe: number;
  usual: number;
}

/**
 * Days on which an entity had far more odd minutes than chance gives: more than `burst_share` of its other minutes, and more
 * than `window_burst_least`. What was odd on such a day neither teaches nor calibrates until
 * - as many hosts of the role as make a change of the fleet had a burst of that program and user on the day, or
 * - there were `release_days` such days on which most odd minutes had p above the level of findings (these days count then), or
 * - there were `shift_days` of them, whatever they were.
 * Odd minutes of other days are what chance gives, and count as all. It follows from cells, so nothing is stored. O(cells).
 */
export class WindowBursts {
  private constructor(
    private readonly held: ReadonlySet<string>,
    /** Days held and days let in, of entities. */
    readonly counts: { readonly held: number; readonly released: number },
  ) {}

  static read(
    cells: CellColumns,
    contexts: ContextTable,
    segments: Segments,
    roles: Roles,
    constants: LearningConstants,
  ): WindowBursts {
    const bursts = [...entityDays(cells, contexts, segments)].filter(([, { odd, usual }]) => {
      return odd > constants.window_burst_least && odd > constants.burst_share * usual;
    });
    const fleet = fleetBursts(bursts, roles, constants);
    const byEntity = new Map<string, [string, EntityDay][]>();
    for (const [name, of] of bursts) {
      const entity = name.slice(name.indexOf(' ') + 1);
      byEntity.set(entity, [...(byEntity.get(entity) ?? []), [name, of]]);
    }
    const held = new Set<string>();
    for (const days of byEntity.values()) {
      const alone = days.filter(([name]) => !fleet.has(name));
      const mild = alone.filter(([, of]) => 2 * of.severe <= of.odd).length;
      if (alone.length >= constants.shift_days) continue;
      for (const [name, of] of alone) {
        if (2 * of.severe > of.odd || mild < constants.release_days) held.add(name);
      }
    }
    return new WindowBursts(held, { held: held.size, released: bursts.length - held.size });
  }

  /** Whether what was odd of an entity in a segment does not count. */
  isHeld(segment: Pair, entity: Pair): boolean {
    return this.held.size > 0 && this.held.has(nameOf(segment, entity));
  }
}

function nameOf(segment: Pair, entity: Pair): string {
  return `${pairName(segment)} ${pairName(entity)}`;
}

function entityDays(cells: CellColumns, contexts: ContextTable, segments: Segments): Map<string, EntityDay> {
  const days = new Map<string, EntityDay>();
  for (const kind of [KIND.windowHeldScore, KIND.windowScore]) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      const [segment, key] = [pairAt(cells.segment, i), pairAt(cells.context, i)];
      const name = nameOf(segment, key);
      let of = days.get(name);
      if (of === undefined) {
        // Of entities without an odd minute nothing is to be known.
        const entity = kind === KIND.windowScore ? undefined : readEntity(contexts, key);
        const day = segments.find(segment)?.day;
        if (entity === undefined || day === undefined) continue;
        of = { entity, day, odd: 0, severe: 0, usual: 0 };
        days.set(name, of);
      }
      const n = cells.n[i]!;
      if (kind === KIND.windowScore) of.usual += n;
      else of.odd += n;
      if (kind === KIND.windowHeldScore && cells.value[2 * i + 1] === 1) of.severe += n;
    }
  }
  return days;
}

/** Bursts that enough hosts of a role had of one program and user on one day. */
function fleetBursts(
  bursts: readonly [string, EntityDay][],
  roles: Roles,
  { peer_hosts, peer_share }: LearningConstants,
): Set<string> {
  const sizes = new Map<string, number>();
  for (const { role } of roles.entries()) sizes.set(pairName(role), (sizes.get(pairName(role)) ?? 0) + 1);
  const groups = new Map<string, { names: string[]; role: Pair }>();
  for (const [name, { entity, day }] of bursts) {
    const role = roles.get(entity.host);
    const key = levelKeys(entity, roles)[1];
    if (role === undefined || key === undefined) continue;
    const at = `${pairName(key)} ${day}`;
    const group = groups.get(at) ?? { names: [], role };
    groups.set(at, group);
    group.names.push(name);
  }
  const enough = [...groups.values()].filter(({ names, role }) => {
    return names.length >= Math.max(peer_hosts, Math.ceil(peer_share * sizes.get(pairName(role))!));
  });
  return new Set(enough.flatMap(({ names }) => names));
}
