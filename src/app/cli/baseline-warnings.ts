import type { SnapshotCard } from '../../baseline/card.js';
import { factorModel } from '../../baseline/factor/spec.js';
import type { ForeignReport } from '../../pipeline/foreign-rows.js';
import type { ScoreReport } from '../../pipeline/score.js';
import { formatDay } from '../../tuple/time.js';
import { numberText } from './count-text.js';
import { shortText } from './explanation-text.js';
import type { Terminal } from './terminal.js';

/** Hosts named in a warning. */
const HOSTS_NAMED = 5;

/** Says when the units behind p are fewer than a calibration group should have. */
export function warnOfFewUnits(card: SnapshotCard, view: 'fifteen' | 'five', terminal: Terminal): void {
  const units = Math.round(card.views[view]?.units ?? 0);
  const enough = factorModel().constants.group_min_units;
  if (units >= enough) return;
  const text = `calibrated on ${numberText(units)} normal units; under ${numberText(enough)}, so p is rough`;
  terminal.warn(text, { units });
}

/** Says which hosts of the input the baseline has never seen. */
export function warnOfUnlearnedHosts(hosts: readonly string[], terminal: Terminal): void {
  if (hosts.length === 0) return;
  const named = hosts.slice(0, HOSTS_NAMED).map((host) => shortText(host, 40));
  const more = hosts.length > named.length ? ` and ${hosts.length - named.length} more` : '';
  const subject = hosts.length === 1 ? `host ${named[0]} was` : `hosts ${named.join(', ')}${more} were`;
  terminal.warn(`${subject} never learned: judged by what other hosts do`, { hosts: named });
}

/** Below this share of the rows single events lack a column, and that is a surprise of their own. */
const FOREIGN_SHARE = 0.01;

/** Says when the input is of another kind of source than what was learned, as flows are beside syscalls. */
export function warnOfForeignRows({ rows, scored, known, lacking }: ForeignReport, terminal: Terminal): void {
  if (scored === 0 || rows < FOREIGN_SHARE * scored) return;
  const share = rows / scored;
  const how = [
    ...(known.length === 0 ? [] : [`know ${known.join(', ')}, which no learned event knew`]),
    ...(lacking.length === 0 ? [] : [`lack ${lacking.join(', ')}, which every learned event knew`]),
  ];
  terminal.warn(
    `${(100 * share).toFixed(0)} % of the rows are of a kind of source that was never learned (they ${how.join(', and ')}): ` +
      'their p says how new the source is; train on the same kind of source',
    { rows, share, known, lacking },
  );
}

/** Says whose p cannot be believed as it stands: its groups are no longer like what was learned. */
export function warnOfBrokenGroups(broken: ScoreReport['broken'], terminal: Terminal): void {
  if (broken.length === 0) return;
  const small = broken.filter(({ tooSmall }) => tooSmall).length;
  const groups = broken.length === 1 ? '1 calibration group' : `${numberText(broken.length)} calibration groups`;
  terminal.warn(
    `calibration broken: the events of ${groups} are not as odd as training says (p too small in ${numberText(small)}, ` +
      `too large in ${numberText(broken.length - small)}); train on newer days`,
    { broken: broken.map(({ level, day, tooSmall }) => ({ level, day: formatDay(day), p_too_small: tooSmall })) },
  );
}
