import { keyedHash } from '../../tuple/hash.js';
import { wordHashes } from '../hash-key.js';
import { PairTable } from '../pair-table.js';
import type { Feature, WindowModel } from './spec.js';

/** First flag of an open, by what is done with the file. */
const ACCESS = { O_RDONLY: ['read'], O_WRONLY: ['write'], O_RDWR: ['read', 'write'] } as const;

/** What a worker needs to know of words to tell which feature a row belongs to: it sees hashes only. */
export interface WatchedWords {
  /** Pairs, of the model's syscalls in their order of first mention. */
  readonly syscalls: Uint32Array;
  /** Pairs, of the keys of ACCESS. */
  readonly access: Uint32Array;
}

/** @param key secret under which values are hashed */
export function watchedWords(model: WindowModel, key: Uint8Array): WatchedWords {
  const access = Object.keys(ACCESS).flatMap((flag) => {
    const { lo, hi } = keyedHash(key, flag);
    return [lo, hi];
  });
  return { syscalls: wordHashes(key, watchedSyscalls(model)), access: Uint32Array.from(access) };
}

function watchedSyscalls({ features }: WindowModel): string[] {
  return [...new Set(features.flatMap((f) => f.syscalls ?? []))];
}

/** A feature by its position in the model: what cells and partials call it. */
export interface NumberedFeature extends Feature {
  readonly id: number;
}

/** Which features a row counts for, by the hashes of its syscall and of its access. */
export class FeatureMatcher {
  private readonly words = new PairTable();
  private readonly access = new PairTable();
  private readonly bySyscall: NumberedFeature[][] = [];
  private readonly others: NumberedFeature[];

  constructor(model: WindowModel, words: WatchedWords) {
    const features = model.features.map((f, id) => ({ ...f, id })).filter((f) => f.tail !== 'silence');
    this.others = features.filter((f) => f.syscalls === undefined);
    watchedSyscalls(model).forEach((syscall, i) => {
      this.words.insert(words.syscalls[2 * i]!, words.syscalls[2 * i + 1]!);
      this.bySyscall.push(features.filter((f) => f.syscalls?.some((s) => s === syscall) ?? true));
    });
    for (let i = 0; i < words.access.length; i += 2) this.access.insert(words.access[i]!, words.access[i + 1]!);
  }

  /** Those of the syscall, whatever else they ask. */
  of(lo: number, hi: number): readonly NumberedFeature[] {
    const at = this.words.find(lo, hi);
    return at < 0 ? this.others : this.bySyscall[at]!;
  }

  /** Whether an open of this access, by the hash of its first flag, is what the feature counts. */
  isAccess(feature: Feature, lo: number, hi: number): boolean {
    if (feature.access === undefined) return true;
    const at = this.access.find(lo, hi);
    return at >= 0 && (Object.values(ACCESS)[at]! as readonly string[]).includes(feature.access);
  }
}
