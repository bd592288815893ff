import { type Pair, pairName } from '../../tuple/learned.js';
import { dealHosts, NOBODY } from '../deal-hosts.js';
import type { HostHour } from './host-hour.js';
import { judgeHour } from './judge.js';
import { Laws, type LawsInput } from './laws.js';
import { ScoreBins, scoreBin } from './score-bins.js';
import type { EntityScores } from './score-history.js';
import type { WindowModel } from './spec.js';

/**
 * Scores of hosts of which only the role is known: by the laws of their role, program and everyone as other hosts make them. What
 * is ranked among them is a host that nothing was learned of, whose minutes are odd to its role's laws for no other reason. The
 * hosts are dealt out, each role's in turn, and left out of the laws one deal at a time: laws that had seen their habits would
 * take those of the next host for an anomaly. What a host did is one cluster, for it is hosts that are exchangeable. O(deals × laws of roles and programs + minutes of the hosts).
 *
 * @param leftOut hosts that are left out, of `chooseHosts`
 */
export function freshScores(
  hours: readonly HostHour[],
  learned: LawsInput,
  leftOut: readonly Pair[],
  model: WindowModel,
  zone: string,
): EntityScores[] {
  const all = new ScoreBins();
  for (const hosts of dealHosts(leftOut, learned.roles, model.constants.left_out_folds)) {
    const entities = learned.entities.filter(({ entity }) => !hosts.has(pairName(entity.host)));
    const laws = Laws.fit({ ...learned, entities }, model, 1);
    for (const hour of hours) {
      if (!hosts.has(pairName(hour.host))) continue;
      const role = learned.roles.named(hour.host);
      const nobody = hour.entities.map((one) => ({ ...one, entity: { ...one.entity, host: NOBODY } }));
      const of = { ...hour, entities: nobody };
      for (const { key, entity, bits } of judgeHour(of, laws, { get: () => role }, model, zone)) {
        all.add(key, { ...entity, host: hour.host }, scoreBin(bits, model.constants), 1, pairName(hour.host));
      }
    }
  }
  return all.scores;
}
