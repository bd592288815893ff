/**
 * What `score` would say of a day's windows: minutes of subjects and hosts at or below the level of findings, one a subject and
 * feature, as findings are counted.
 */
import { baselineModel } from '../dist/baseline/model.js';
import { WindowScorer } from '../dist/score/window-scorer.js';
import { generalise } from '../dist/tuple/generalise.js';
import { keyedHash } from '../dist/tuple/hash.js';
import { KEY } from './simulated-feed.mjs';

const FINDING = Math.log(0.001);

/** Gathers the windows of one day's batches. */
export class DayWindows {
  constructor(snapshot) {
    this.found = new Map();
    this.minutes = 0;
    const { features } = baselineModel().windows;
    this.scorer = new WindowScorer(baselineModel(), snapshot, (scores) => {
      for (const { entity, worst, lnP } of scores) {
        this.minutes++;
        if (lnP > FINDING || worst === undefined) continue;
        const name = `${wordOf(entity.host)} ${wordOf(entity.exe)} ${wordOf(entity.user)} ${worst.feature}`;
        const known = this.found.get(name);
        if (known !== undefined && known.lnP <= lnP) continue;
        this.found.set(name, { entity, lnP, feature: features[worst.feature].name });
      }
    });
    this.scorer.beginStream();
  }

  take(partial) {
    this.scorer.take(partial);
  }

  /** @returns findings of the day */
  finish() {
    this.scorer.finish();
    return [...this.found.values()].filter(({ feature }) => feature !== 'silence');
  }
}

const wordOf = (pair) => (pair === undefined ? '-' : `${pair.hi}:${pair.lo}`);

/** Whether a finding is of a subject on a host with one of the programs, or of the whole host. */
export function placeMatcher({ host, exes }) {
  const hash = (cls, text) => wordOf(keyedHash(KEY, generalise(cls, text).whole));
  const [at, programs] = [hash('word', host), new Set(exes.map((path) => hash('path', path)))];
  return ({ entity }) => wordOf(entity.host) === at && (entity.kind === 'host' || programs.has(wordOf(entity.exe)));
}
