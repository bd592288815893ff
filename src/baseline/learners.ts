import { CalibratedUnits } from './factor/calibrated-units.js';
import { Presences, readSignatures } from './factor/presences.js';
import { ViewLearner } from './factor/view-learner.js';
import { type LearnedState, VIEWS, type ViewName } from './learned-state.js';
import { Holding } from './learning/holding.js';
import type { Ledger } from './ledger.js';
import type { BaselineModel } from './model.js';
import { Rhythms } from './rhythm/rhythms.js';
import { WindowLearner } from './window/window-learner.js';

/** What learns, a kind each. */
export interface Learners {
  readonly learners: Record<ViewName, ViewLearner>;
  readonly windows: WindowLearner;
  readonly rhythms: Rhythms;
  readonly units: CalibratedUnits;
  readonly holding: Holding;
}

/** Learners that go on from what was learned, with its open hours, and close into the ledger. */
export function openLearners(model: BaselineModel, ledger: Ledger, state?: LearnedState): Learners {
  const { constants } = model;
  const { closing, contexts, segments, names } = ledger;
  const isForgotten = ledger.forgottenHours();
  const learner = (name: ViewName) => {
    const view = model.views[name];
    return new ViewLearner(view, constants, readSignatures(view, contexts), names, closing, isForgotten);
  };
  const learners = { fifteen: learner('fifteen'), five: learner('five') };
  const made: Learners = {
    learners,
    units: new CalibratedUnits(constants, closing),
    windows: new WindowLearner(model, constants.hour_zone, closing, names, isForgotten),
    rhythms: new Rhythms(model.rhythms.constants, state?.cells ?? [], contexts, segments, names),
    holding: new Holding(learners, constants, closing, state?.held),
  };
  if (state !== undefined) restore(made, ledger, state);
  return made;
}

function restore({ learners, units, windows }: Learners, ledger: Ledger, state: LearnedState): void {
  const { before, dayOf } = ledger;
  for (const name of VIEWS) {
    const learner = learners[name];
    const presences = new Presences(learner.view, before, learner.signatures, dayOf);
    for (const { host, hour } of presences.hostHours()) learner.markClosed(hour, host);
    const open = state.open.filter((row) => row.dims === learner.view.dims);
    for (const row of open) learner.restore(row);
    for (const { signature, hour } of [...presences.rows(), ...open]) {
      units.mark(learner.view.dims, signature, Math.floor(hour / 24));
    }
  }
  units.markHeld(before, dayOf);
  const from = ledger.presencesFrom();
  windows.restore(before, state.openWindows ?? [], dayOf, (segment) => dayOf(segment) >= from);
}
