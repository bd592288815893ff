import { SlotView } from '../../columnar/slot-view.js';
import { StringHashes } from '../../columnar/string-hashes.js';
import { COLUMNS, type ColumnName, col, columnPosition } from '../../tuple/columns.js';
import { H, mix } from '../../tuple/hash.js';
import { MAX_PARTS } from '../../tuple/string-layout.js';
import { minuteOf } from '../../tuple/time.js';
import { Column, PairTable } from '../pair-table.js';
import { FeatureMatcher, type NumberedFeature, type WatchedWords } from './features.js';
import type { WindowModel } from './spec.js';

/** Parts of a subject. */
export const SUBJECT_PARTS = ['host', 'exe', 'user'] as const satisfies readonly ColumnName[];

/**
 * What a batch teaches of windows, minute by minute: what was counted and summed, which distinct values there were, and
 * what was lost. Counts add and sets unite, so no order or split of batches can change what is learned.
 */
export interface WindowPartial {
  /** Distinct subjects: a pair, its presence and its string code (0 for none) for each of SUBJECT_PARTS. */
  readonly parts: Uint32Array;
  readonly has: Uint8Array;
  readonly origins: Uint32Array;
  /** Counts and sums: position of the subject, minutes since 1970, feature, how much. */
  readonly counts: EntryColumns & { readonly n: Float64Array };
  /** Distinct values: the same, and a hash of the value as a pair. */
  readonly distinct: EntryColumns & { readonly value: Uint32Array };
}

interface EntryColumns {
  readonly subject: Uint32Array;
  readonly minute: Int32Array;
  readonly feature: Uint8Array;
}

/** Stands in `feature` for events of a host that were lost. */
export const LOST = 255;
/** Stand in `feature` for what events tell of a subject's minute: the sums of `EvidenceSums`. No worker counts them. */
export const EVIDENCE = { above: 252, below: 253, count: 254 } as const;

/** Words of a column's value as a pair in H; false for a null. */
type ReadValue = (row: number) => boolean;

/** Reads windows of slots; keeps nothing between them. */
export class WindowReader {
  private readonly matcher: FeatureMatcher;

  /**
   * @param metaHashes of `lost` and `clock`, in this order
   */
  constructor(
    private readonly model: WindowModel,
    words: WatchedWords,
    private readonly metaHashes: Uint32Array,
  ) {
    this.matcher = new FeatureMatcher(model, words);
  }

  /** @param endUs rows at or behind this time are from the future. O(rows × features). */
  read(slot: SharedArrayBuffer, rows: number, hashes: SharedArrayBuffer, endUs: bigint): WindowPartial {
    const batch = new BatchWindows(slot, hashes, this.matcher, this.model);
    for (let row = 0; row < rows; row++) batch.take(row, this.metaHashes, endUs);
    return batch.partial();
  }
}

const TS = col('ts');
const COUNT = col('count');
const RET = col('ret');

class BatchWindows {
  private readonly view: SlotView;
  private readonly hashes: StringHashes;
  private readonly times: BigInt64Array;
  private readonly ret: Int32Array;
  private readonly syscall: Uint32Array;
  private readonly flags: Uint32Array;
  private readonly lostCounts: Uint32Array;
  private readonly codes: readonly Uint32Array[];
  private readonly parentExe: Uint32Array;
  private readonly readers = new Map<ColumnName, ReadValue>();
  private readonly sums = new Map<ColumnName, Uint32Array>();
  private readonly subjects = new PairTable();
  private readonly subjectCodes: number[] = [];
  private readonly counted = new Entries();
  private readonly amounts = new Column();
  private readonly valued = new Entries();
  private readonly values: number[] = [];

  constructor(
    slot: SharedArrayBuffer,
    hashes: SharedArrayBuffer,
    private readonly matcher: FeatureMatcher,
    model: WindowModel,
  ) {
    this.view = new SlotView(slot);
    this.hashes = new StringHashes(hashes);
    this.times = this.view.values[TS] as BigInt64Array;
    this.ret = this.view.values[RET] as Int32Array;
    this.syscall = this.view.codes('syscall');
    this.flags = this.view.codes('flags');
    this.lostCounts = this.view.halves('count');
    this.codes = SUBJECT_PARTS.map((name) => this.view.codes(name));
    this.parentExe = this.view.codes('parent_exe');
    for (const { aggregation, columns = [] } of model.features) {
      for (const name of columns) {
        if (aggregation === 'sum') this.sums.set(name, this.view.halves(name));
        else this.readers.set(name, this.reader(name));
      }
    }
  }

  take(row: number, meta: Uint32Array, endUs: bigint): void {
    const host = this.codes[0]![row]!;
    if (host === 0 || !this.view.isValid(TS, row) || this.times[row]! >= endUs) return;
    const { whole, parts } = this.hashes;
    const code = this.syscall[row]!;
    const [lo, hi] = code === 0 ? [0, 0] : [whole[2 * code]!, whole[2 * code + 1]!];
    const minute = minuteOf(this.times[row]!);
    if (lo === meta[0] && hi === meta[1]) {
      if (this.view.isValid(COUNT, row))
        this.count(this.subject(host, 0, 0), minute, LOST, amount(this.lostCounts, row));
      return;
    }
    if (lo === meta[2] && hi === meta[3]) return;
    const flags = this.flags[row]!;
    const first = 2 * MAX_PARTS * flags;
    for (const feature of this.matcher.of(lo, hi)) {
      if (feature.errnos !== undefined && !this.hasErrno(row, feature.errnos)) continue;
      if (!this.matcher.isAccess(feature, parts[first]!, parts[first + 1]!)) continue;
      const exe = feature.whose === 'parent' ? this.parentExe[row]! : this.codes[1]![row]!;
      this.add(feature, this.subject(host, exe, this.codes[2]![row]!), minute, row);
    }
  }

  private hasErrno(row: number, errnos: readonly number[]): boolean {
    return this.view.isValid(RET, row) && errnos.includes(-this.ret[row]!);
  }

  private add(feature: NumberedFeature, subject: number, minute: number, row: number): void {
    if (feature.aggregation === 'count') this.count(subject, minute, feature.id, 1);
    else if (feature.aggregation === 'sum') {
      const name = feature.columns![0]!;
      if (!this.view.isValid(col(name), row)) return;
      const n = amount(this.sums.get(name)!, row);
      if (n > 0) this.count(subject, minute, feature.id, n);
    } else {
      let lo = feature.id;
      let hi = 0;
      for (const name of feature.columns!) {
        if (!this.readers.get(name)!(row)) return;
        mix(lo, hi, H.lo, H.hi);
        lo = H.lo;
        hi = H.hi;
      }
      if (this.valued.add(subject, minute, feature.id, lo, hi)) this.values.push(lo, hi);
    }
  }

  private count(subject: number, minute: number, feature: number, n: number): void {
    this.counted.add(subject, minute, feature, 0, 0);
    this.amounts.add(this.counted.last, n);
  }

  /** Position of a subject by the codes of its parts. */
  private subject(host: number, exe: number, user: number): number {
    mix(host, exe, user, 0);
    const before = this.subjects.size;
    const at = this.subjects.insert(H.lo, H.hi);
    if (at === before) this.subjectCodes.push(host, exe, user);
    return at;
  }

  /** Dictionary columns by their generalised value, numbers as they are: a scan is many ports, whatever their kind. */
  private reader(name: ColumnName): ReadValue {
    const position = columnPosition(name)!;
    if (COLUMNS[position]!.type === 'dict') {
      const codes = this.view.codes(name);
      const { whole } = this.hashes;
      return (row) => {
        const code = codes[row]!;
        H.lo = whole[2 * code]!;
        H.hi = whole[2 * code + 1]!;
        return code !== 0;
      };
    }
    const values = this.view.values[position]!;
    return (row) => {
      H.lo = Number(values[row]);
      H.hi = position;
      return this.view.isValid(position, row);
    };
  }

  partial(): WindowPartial {
    const { whole } = this.hashes;
    return {
      parts: Uint32Array.from(this.subjectCodes.flatMap((code) => [whole[2 * code]!, whole[2 * code + 1]!])),
      has: Uint8Array.from(this.subjectCodes, (code) => (code === 0 ? 0 : 1)),
      origins: Uint32Array.from(this.subjectCodes),
      counts: { ...this.counted.columns(), n: Float64Array.from(this.counted.minute, (_, i) => this.amounts.get(i)) },
      distinct: { ...this.valued.columns(), value: Uint32Array.from(this.values) },
    };
  }
}

/** Distinct (subject, minute, feature, value). */
class Entries {
  private readonly keys = new PairTable();
  private readonly subject: number[] = [];
  readonly minute: number[] = [];
  private readonly feature: number[] = [];
  /** Position of what was added last. */
  last = -1;

  /** @returns true when it is new */
  add(subject: number, minute: number, feature: number, lo: number, hi: number): boolean {
    mix(subject, minute, feature, 0);
    mix(H.lo, H.hi, lo, hi);
    const before = this.keys.size;
    this.last = this.keys.insert(H.lo, H.hi);
    if (this.last < before) return false;
    this.subject.push(subject);
    this.minute.push(minute);
    this.feature.push(feature);
    return true;
  }

  columns(): EntryColumns {
    return {
      subject: Uint32Array.from(this.subject),
      minute: Int32Array.from(this.minute),
      feature: Uint8Array.from(this.feature),
    };
  }
}

/** Of a row of a 64-bit column, given as halves; a sum of a minute stays exact below 2^53. */
const MOST = 2 ** 44;
function amount(halves: Uint32Array, row: number): number {
  return Math.min(MOST, halves[2 * row]! + halves[2 * row + 1]! * 2 ** 32);
}
