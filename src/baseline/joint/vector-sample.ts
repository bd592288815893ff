import { H, mix } from '../../tuple/hash.js';
import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import { KIND, pairAt, segmentOf } from '../cells.js';
import type { Closing } from '../factor/close-hour.js';
import { keepEntity } from '../window/entities.js';
import type { HostHour } from '../window/host-hour.js';
import { packMinute, unpackMinute } from '../window/window-cells.js';
import { columnFeatures, type VectorModels, vectorsOf } from './vectors.js';

const DAY_MINUTES = 1440;

/** A window that was kept: what by which it was chosen, and its values by feature. */
export interface KeptVector {
  readonly order: Pair;
  /** First minute of the window in its UTC day. */
  readonly minute: number;
  readonly values: ReadonlyMap<number, number>;
}

/** What orders the windows of a segment, as if at random; nobody without the key knows which come first. Left in H. */
export function vectorOrder(segment: Pair, entity: Pair, minute: number): Pair {
  mix(segment.lo, segment.hi, entity.lo, entity.hi);
  mix(H.lo, H.hi, minute, 0x766563);
  return { lo: H.lo, hi: H.hi };
}

function precedes(a: Pair, b: Pair): boolean {
  return a.hi < b.hi || (a.hi === b.hi && a.lo < b.lo);
}

/**
 * Learns vectors: of each entity and UTC day the windows of the `dayRows` smallest orders become cells, and those that smaller
 * ones push out are taken back. Which are kept depends on no order of hours. Memory: the days that can still get hours.
 */
export class VectorSample {
  private readonly kept = new Map<string, KeptVector[]>();

  /** @param before what this goes on from, without changing it */
  constructor(
    private readonly models: VectorModels,
    private readonly into: Closing,
    private readonly before?: VectorSample,
  ) {}

  /** O(vectors · (dayRows + features)). */
  close(hour: HostHour): void {
    const columns = columnFeatures(this.models.windows);
    const day = Math.floor(hour.hour / 24);
    const segment = segmentOf(hour.host, day);
    for (const { key, entity, from, values } of vectorsOf(hour, this.models)) {
      const minute = from - day * DAY_MINUTES;
      const order = vectorOrder(segment, key, minute);
      const byFeature = new Map(columns.flatMap((id, j) => (values[j]! > 0 ? [[id, values[j]!] as const] : [])));
      const list = this.listOf(segment, key);
      if (!this.offer(list, { order, minute, values: byFeature }, segment, key)) continue;
      keepEntity(this.into.contexts, key, entity);
      this.into.segment(segment, hour.host, day);
    }
  }

  private offer(list: KeptVector[], vector: KeptVector, segment: Pair, entity: Pair): boolean {
    const { dayRows } = this.models.vectors;
    let at = list.length;
    while (at > 0 && precedes(vector.order, list[at - 1]!.order)) at--;
    if (at >= dayRows) return false;
    list.splice(at, 0, vector);
    this.write(segment, entity, vector, 1);
    for (const gone of list.splice(dayRows)) this.write(segment, entity, gone, -1);
    return true;
  }

  private write(segment: Pair, entity: Pair, { minute, values }: KeptVector, sign: 1 | -1): void {
    for (const [feature, n] of values) {
      this.into.cells.add(KIND.joint, segment, entity, packMinute({ feature, minute }), sign * n, 0);
    }
  }

  private listOf(segment: Pair, entity: Pair): KeptVector[] {
    const name = `${pairName(segment)} ${pairName(entity)}`;
    let list = this.kept.get(name);
    if (list === undefined) {
      list = this.before === undefined ? [] : [...this.before.listOf(segment, entity)];
      this.kept.set(name, list);
    }
    return list;
  }

  /** Takes up what was stored of segments that can still get hours. */
  restore(parts: readonly CellColumns[], isOpen: (segment: Pair) => boolean): void {
    for (const [segment, byEntity] of keptVectors(parts, isOpen)) {
      for (const { entity, vectors } of byEntity) this.listOf(segment, entity).push(...vectors);
    }
  }
}

/** The vectors in cells, of the segments asked, by segment and entity, in their order. */
export function* keptVectors(
  parts: readonly CellColumns[],
  isAsked: (segment: Pair) => boolean,
): Generator<[segment: Pair, byEntity: { entity: Pair; vectors: KeptVector[] }[]]> {
  const segments = new Map<string, { segment: Pair; entities: Map<string, Reading> }>();
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== KIND.joint) continue;
      const segment = pairAt(cells.segment, i);
      if (!isAsked(segment)) continue;
      const known = segments.get(pairName(segment)) ?? { segment, entities: new Map<string, Reading>() };
      segments.set(pairName(segment), known);
      const entity = pairAt(cells.context, i);
      const reading = known.entities.get(pairName(entity)) ?? { entity, windows: new Map() };
      known.entities.set(pairName(entity), reading);
      const { feature, minute } = unpackMinute(pairAt(cells.value, i));
      const values = reading.windows.get(minute) ?? new Map<number, number>();
      reading.windows.set(minute, values.set(feature, (values.get(feature) ?? 0) + cells.n[i]!));
    }
  }
  for (const { segment, entities } of segments.values()) {
    yield [segment, [...entities.values()].map((reading) => inOrder(segment, reading))];
  }
}

interface Reading {
  readonly entity: Pair;
  readonly windows: Map<number, Map<number, number>>;
}

function inOrder(segment: Pair, { entity, windows }: Reading): { entity: Pair; vectors: KeptVector[] } {
  const vectors = [...windows].map(([minute, values]) => ({
    order: vectorOrder(segment, entity, minute),
    minute,
    values,
  }));
  return { entity, vectors: vectors.sort((a, b) => a.order.hi - b.order.hi || a.order.lo - b.order.lo) };
}
