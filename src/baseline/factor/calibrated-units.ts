import { H, mix } from '../../tuple/hash.js';
import type { CellColumns, Pair } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { CALIBRATION_FACTOR, factorCode } from '../contexts.js';
import { PairTable } from '../pair-table.js';
import { binOf, type CalibrationContext, calibrationKey } from './calibration.js';
import type { Closing } from './close-hour.js';
import type { Constants } from './spec.js';
import { packRank } from './watched-ranks.js';

/** A unit of calibration: a signature on its first occurrence of a UTC day; the subject is part of it. */
export interface Unit {
  readonly dims: 15 | 5;
  readonly signature: Pair;
  readonly segment: Pair;
  readonly day: number;
}

/** Which units have their score, and the cells of those that get it. */
export class CalibratedUnits {
  private readonly known = new PairTable();

  constructor(
    private readonly constants: Constants,
    private readonly into: Closing,
  ) {}

  /** A unit has one score, that of its first occurrence. True when this is the first. */
  mark(dims: number, signature: Pair, day: number): boolean {
    mix(signature.lo, signature.hi, day, dims);
    const before = this.known.size;
    return this.known.insert(H.lo, H.hi) === before;
  }

  /** Those that were held: they have no presence among those learned. */
  markHeld(parts: readonly CellColumns[], dayOf: (segment: Pair) => number): void {
    for (const { kind, context, segment, length } of parts) {
      for (let i = 0; i < length; i++) {
        const dims = kind[i] === KIND.held15 ? 15 : kind[i] === KIND.held5 ? 5 : undefined;
        if (dims !== undefined) this.mark(dims, pairAt(context, i), dayOf(pairAt(segment, i)));
      }
    }
  }

  has(dims: number, signature: Pair, day: number): boolean {
    mix(signature.lo, signature.hi, day, dims);
    return this.known.find(H.lo, H.hi) >= 0;
  }

  /** Takes the rank that its score had in its group, for the watch over calibration. @param p randomised */
  rank({ segment }: Unit, context: CalibrationContext, level: number, p: number): void {
    calibrationKey(context);
    this.into.cells.add(KIND.calibrationRank, segment, { lo: H.lo, hi: H.hi }, packRank(level, p), 1, 0);
  }

  /** Takes the score that a snapshot gave a unit before it was learned; of a unit only the first counts. */
  calibrate({ dims, signature, segment, day }: Unit, context: CalibrationContext, bits: number): void {
    if (!this.mark(dims, signature, day)) return;
    this.into.segment(segment, context.host, day);
    calibrationKey(context);
    const key = { lo: H.lo, hi: H.hi };
    const kind = dims === 15 ? KIND.calibration15 : KIND.calibration5;
    this.into.cells.add(kind, segment, key, { lo: binOf(bits, this.constants.bins_per_bit), hi: 0 }, 1, 0);
    const code = factorCode(dims, CALIBRATION_FACTOR);
    const parts = [context.host, context.exe, context.syscall, { lo: context.mask, hi: 0 }];
    parts.forEach((part, rung) => {
      this.into.contexts.add(key, code, rung, { lo: 0, hi: 0 }, part);
    });
  }
}
