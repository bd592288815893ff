import { BEAT_SYSCALLS, META_SYSCALLS } from '../tuple/columns.js';
import { generalise } from '../tuple/generalise.js';
import { keyedHash } from '../tuple/hash.js';

/** Pairs of the hashes that some words have under a model's key. */
export function wordHashes(key: Uint8Array, words: readonly string[]): Uint32Array {
  return Uint32Array.from(
    words.flatMap((word) => {
      const { lo, hi } = keyedHash(key, generalise('word', word).whole);
      return [lo, hi];
    }),
  );
}

/** Of the syscalls no baseline learns. */
export function metaHashes(key: Uint8Array): Uint32Array {
  return wordHashes(key, META_SYSCALLS);
}

/** Of the syscalls that are beats. */
export function beatHashes(key: Uint8Array): Uint32Array {
  return wordHashes(key, BEAT_SYSCALLS);
}

/** Of the syscalls by which a process instance is seen to start. */
export function startHashes(key: Uint8Array): Uint32Array {
  return wordHashes(key, ['exec', 'fork']);
}
