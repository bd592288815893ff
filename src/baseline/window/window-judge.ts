import { type Pair, pairName } from '../../tuple/learned.js';
import { learningModel } from '../learning/spec.js';
import type { BaselineModel } from '../model.js';
import { Roles } from '../roles.js';
import type { Snapshot } from '../snapshot.js';
import type { HostHour } from './host-hour.js';
import { judgeHour, type MinuteScore } from './judge.js';
import { Laws } from './laws.js';
import { WindowRanks } from './score-history.js';

/** An entity's minute, judged and ranked. */
export interface RankedMinute extends MinuteScore {
  readonly lnP: number;
}

/** An hour judged before it is learned. */
export interface JudgedHour {
  readonly minutes: readonly RankedMinute[];
  /** Whether a window that ended in a minute of the hour would alone have made that minute odd. */
  readonly isOdd: (entity: Pair, feature: number, size: number, minute: number) => boolean;
}

export type HourJudge = (hour: HostHour) => JudgedHour;

/**
 * Judges hours by what a snapshot knows. Nothing is odd until the history is prequential: until then there is too little to
 * judge by.
 * @param withQuarantine false only where one asks what would happen without it
 */
export function windowJudge(snapshot: Snapshot, model: BaselineModel, withQuarantine = true): HourJudge {
  const laws = Laws.read(snapshot);
  const roles = Roles.read(snapshot);
  const ranks = WindowRanks.read(snapshot, model.windows.constants);
  const guards = withQuarantine && snapshot.card.windows.history === 'prequential';
  const line = Math.log(learningModel().constants.hold_p);
  return (hour) => {
    const odd = new Set<string>();
    const groups = new Map<string, number>();
    for (const { key, entity } of hour.entities) groups.set(pairName(key), ranks.groupOf(entity, roles));
    const minutes = judgeHour(hour, laws, roles, model.windows, model.constants.hour_zone, (key, window, minute) => {
      const lnP = guards ? ranks.lnP(groups.get(pairName(key))!, -window.lnP / Math.LN2) : 0;
      if (lnP <= line) odd.add(nameOf(key, window.feature, window.size, minute));
    }).map((score) => ({ ...score, lnP: guards ? ranks.lnP(groups.get(pairName(score.key))!, score.bits) : 0 }));
    return { minutes, isOdd: (entity, ...window) => odd.has(nameOf(entity, ...window)) };
  };
}

function nameOf(entity: Pair, feature: number, size: number, minute: number): string {
  return `${pairName(entity)} ${feature} ${size} ${minute}`;
}
