import { type FactorView, factorModel } from '../baseline/factor/spec.js';
import { openSnapshot, type Snapshot } from '../baseline/snapshot.js';
import { QuinceError } from '../errors/quince-error.js';
import { Surprisal } from '../score/surprisal.js';
import type { Store } from '../store/store.js';
import type { LoadedSnapshot } from './score.js';

/** What scored a row, so that its bits can be worked out again. */
export interface Scoring {
  readonly surprisal: Surprisal;
  /** The calibration groups that the row's score names. */
  readonly groups: Float64Array;
}

/** The snapshots by which stored rows were scored; the last one asked for is kept. */
export class ScoringSnapshots {
  private kept: { readonly number: number; readonly scoring: Scoring };

  constructor(
    private readonly store: Store,
    private readonly view: FactorView,
    newest: LoadedSnapshot,
  ) {
    this.kept = { number: newest.number, scoring: this.prepare(newest.snapshot) };
  }

  /** @throws BAD_MODEL when the database does not hold it, or it is torn */
  async get(number: number): Promise<Scoring> {
    if (this.kept.number === number) return this.kept.scoring;
    const stored = await this.store.snapshot(number);
    if (stored === undefined) {
      throw new QuinceError('BAD_MODEL', `explaining requires the snapshot of the row's score, got none of ${number}`);
    }
    this.kept = { number, scoring: this.prepare(openSnapshot(stored.bytes)) };
    return this.kept.scoring;
  }

  private prepare(snapshot: Snapshot): Scoring {
    return {
      surprisal: new Surprisal(this.view, factorModel().constants, snapshot),
      groups: snapshot.array(`${this.view.name}.group.rows`, 'f64'),
    };
  }
}
