import { factorModel } from '../../baseline/factor/spec.js';
import type { SnapshotCard } from '../../baseline/snapshot.js';
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
