import type { StringClass } from './columns.js';

/**
 * The string table as bytes in one SharedArrayBuffer: one table serves all dictionary columns. The writer (a source,
 * or the native reader thread) appends class, bytes and end offset and then publishes `count`; the owner adopts new
 * entries (decodes, redacts, generalises, hashes) before it hands a batch on. Workers read hashes, never strings.
 *
 *   0        64      ends (u32)     classes (u8)   arena
 *   ├ header ┼ 65,536 × 4 ┼ 65,536 × 1 ┼ 16 MiB UTF-8 ┤
 *
 * Entry 0 is null and empty. Entry i is arena[ends[i−1], ends[i]).
 */
export const STRING_ENTRIES = 65_536;
export const STRING_ARENA_BYTES = 16 * 1024 * 1024;
export const STRING_MAX_BYTES = 32 * 1024;

/** Uint32 words of the header. */
export const STRING_HEADER = { count: 0, used: 1, epoch: 2 } as const;

export const STRING_ENDS_AT = 64;
export const STRING_CLASSES_AT = STRING_ENDS_AT + STRING_ENTRIES * 4;
export const STRING_ARENA_AT = STRING_CLASSES_AT + STRING_ENTRIES;
export const STRING_TABLE_BYTES = STRING_ARENA_AT + STRING_ARENA_BYTES;

/** The byte that stands for a class in the table: its position here. */
export const STRING_CLASSES: readonly StringClass[] = ['word', 'path', 'args', 'address', 'lineage', 'flags'];

/** Components kept of an address or a path: each entry has as many prefix hashes at most. */
export const MAX_PARTS = 8;
