import { createHash } from 'node:crypto';
import { QuinceError } from '../errors/quince-error.js';
import type { SnapshotCard } from './card.js';

/**
 * A frozen baseline as one flat block in a SharedArrayBuffer, so that workers share it and the store keeps it as it is.
 *
 *   0          64                 …
 *   ├ header ──┼ directory (JSON) ┼ sections, each at a multiple of 64 ┤
 *
 * Header: magic (8 bytes), version (u32), directory length (u32), block length (u64 as two u32), SHA-256 of all but
 * itself (32 bytes), 8 bytes 0.
 */
const MAGIC = 'QUINCESN';
const VERSION = 1;
const HEADER_BYTES = 64;

export type SectionArray = Uint8Array | Uint32Array | Int32Array | Float64Array;
const TYPES = { u8: Uint8Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array } as const;
type TypeName = keyof typeof TYPES;

interface Section {
  readonly name: string;
  readonly type: TypeName;
  readonly at: number;
  readonly length: number;
}

interface Directory {
  readonly card: SnapshotCard;
  readonly sections: readonly Section[];
}

const align = (n: number) => Math.ceil(n / 64) * 64;

function typeName(array: SectionArray): TypeName {
  if (array instanceof Uint32Array) return 'u32';
  if (array instanceof Int32Array) return 'i32';
  return array instanceof Float64Array ? 'f64' : 'u8';
}

export function packSnapshot(card: SnapshotCard, arrays: ReadonlyMap<string, SectionArray>): SharedArrayBuffer {
  const sections: Section[] = [];
  const lay = (from: number): number => {
    sections.length = 0;
    let at = from;
    for (const [name, array] of arrays) {
      sections.push({ name, type: typeName(array), at, length: array.length });
      at = align(at + array.byteLength);
    }
    return at;
  };
  // Offsets are part of the directory whose length decides them: leave room for their digits.
  lay(0);
  const room = align(HEADER_BYTES + JSON.stringify({ card, sections }).length + sections.length * 12);
  const bytes = lay(room);
  const directory = new TextEncoder().encode(JSON.stringify({ card, sections } satisfies Directory));
  const block = new SharedArrayBuffer(bytes);
  const all = new Uint8Array(block);
  all.set(directory, HEADER_BYTES);
  sections.forEach((section) => {
    const array = arrays.get(section.name)!;
    all.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), section.at);
  });
  const header = new DataView(block, 0, HEADER_BYTES);
  all.set(new TextEncoder().encode(MAGIC), 0);
  header.setUint32(8, VERSION, true);
  header.setUint32(12, directory.length, true);
  header.setUint32(16, bytes % 2 ** 32, true);
  header.setUint32(20, Math.floor(bytes / 2 ** 32), true);
  all.set(digest(all), DIGEST_AT);
  return block;
}

const DIGEST_AT = 24;
const DIGEST_END = 56;

function digest(all: Uint8Array): Uint8Array {
  return createHash('sha256').update(all.subarray(0, DIGEST_AT)).update(all.subarray(DIGEST_END)).digest();
}

/** Read side. The constructor trusts the block; `openSnapshot` checks one that comes from outside first. */
export class Snapshot {
  readonly card: SnapshotCard;
  private readonly sections: Map<string, Section>;

  constructor(readonly block: SharedArrayBuffer) {
    const length = new DataView(block).getUint32(12, true);
    const text = new TextDecoder().decode(new Uint8Array(block).slice(HEADER_BYTES, HEADER_BYTES + length));
    const directory = JSON.parse(text) as Directory;
    this.card = directory.card;
    this.sections = new Map(directory.sections.map((s) => [s.name, s]));
  }

  has(name: string): boolean {
    return this.sections.has(name);
  }

  array<T extends TypeName>(name: string, type: T): InstanceType<(typeof TYPES)[T]> {
    const section = this.sections.get(name);
    if (section === undefined || section.type !== type) {
      throw new QuinceError(
        'BAD_MODEL',
        `snapshot requires a section ${name} of ${type}, got ${section?.type ?? 'none'}`,
      );
    }
    return this.arrayOf(section) as InstanceType<(typeof TYPES)[T]>;
  }

  /** All sections whose name begins with `prefix`, by the rest of their names. */
  *arraysUnder(prefix: string): Generator<[name: string, array: SectionArray]> {
    for (const section of this.sections.values()) {
      if (section.name.startsWith(prefix)) yield [section.name.slice(prefix.length), this.arrayOf(section)];
    }
  }

  private arrayOf({ type, at, length }: Section): SectionArray {
    const make = TYPES[type] as unknown as new (b: SharedArrayBuffer, at: number, n: number) => SectionArray;
    return new make(this.block, at, length);
  }

  /** Name of a section that does not lie in the block, at a multiple of 64, with a type that is known. */
  sectionOutside(): string | undefined {
    for (const { name, type, at, length } of this.sections.values()) {
      const end = at + length * (TYPES[type]?.BYTES_PER_ELEMENT ?? Number.NaN);
      const inside = at >= HEADER_BYTES && at % 64 === 0 && length >= 0 && end <= this.block.byteLength;
      if (!inside) return String(name);
    }
    return undefined;
  }

  get checksum(): string {
    return Buffer.from(new Uint8Array(this.block).slice(DIGEST_AT, DIGEST_END)).toString('hex');
  }
}

/** Checks magic, version, length, checksum and section bounds. Throws BAD_MODEL. O(bytes). */
export function openSnapshot(bytes: Uint8Array): Snapshot {
  const fail = (rule: string, got: unknown) =>
    new QuinceError('BAD_MODEL', `snapshot requires ${rule}, got ${String(got)}`);
  if (bytes.length < HEADER_BYTES) throw fail(`at least ${HEADER_BYTES} bytes`, bytes.length);
  const magic = new TextDecoder('latin1').decode(bytes.slice(0, 8));
  if (magic !== MAGIC) throw fail('the magic of a snapshot', JSON.stringify(magic));
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.getUint32(8, true) !== VERSION) throw fail(`version ${VERSION}`, header.getUint32(8, true));
  const length = header.getUint32(16, true) + header.getUint32(20, true) * 2 ** 32;
  if (length !== bytes.length) throw fail(`${length} bytes`, bytes.length);
  const block = new SharedArrayBuffer(bytes.length);
  const all = new Uint8Array(block);
  all.set(bytes);
  if (Buffer.compare(Buffer.from(digest(all)), Buffer.from(all.slice(DIGEST_AT, DIGEST_END))) !== 0)
    throw fail('its checksum', 'another');
  let snapshot: Snapshot;
  try {
    snapshot = new Snapshot(block);
  } catch (cause) {
    throw fail('a directory in JSON', cause);
  }
  const outside = snapshot.sectionOutside();
  if (outside !== undefined) throw fail('sections inside the block', outside);
  return snapshot;
}
