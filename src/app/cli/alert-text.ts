import type { AlertReport, EvidenceReport } from '../../pipeline/describe-alerts.js';
import type { ScoreReport } from '../../pipeline/score.js';
import { numberText } from './count-text.js';
import { endpointText, shortText } from './explanation-text.js';
import { pText } from './p-text.js';
import type { Terminal } from './terminal.js';
import { windowText } from './window-text.js';

/** Alerts shown to people when they do not say how many. */
export const ALERTS_SHOWN = 10;
/** Evidence shown of an alert. */
const EVIDENCE_SHOWN = 3;

/** "Alerts: 2 of 3,102 minutes (about 1 a day wanted; p at most 2.3e-4 at the start)". */
export function alertsHead({ decision }: Pick<ScoreReport, 'decision'>, terminal: Terminal): string {
  const { alerts, minutes, options, startLnP } = decision;
  const rule =
    options.decider === 'budget'
      ? `a budget of ${options.perDay} a day, which began at p ${pText(startLnP)}`
      : 'e-LOND over the hours of subjects: of a day’s alerts at most one in ten false if p is valid';
  const head = `Alerts: ${numberText(alerts.length)}`;
  return `${terminal.style('bold', head)} of ${numberText(minutes)} minutes of subjects and hosts (${rule})`;
}

/** A few lines of an alert: when, who, how odd, and what carries it. */
export function alertLines(alert: AlertReport, terminal: Terminal): string[] {
  const { at, host, whole_host, exe, user, ln_p, threshold_ln_p, closed_form, updates, finding } = alert;
  const who = whole_host
    ? `all of ${shortText(host)}`
    : `${shortText(exe)}${user === null ? '' : ` (${shortText(user, 30)})`} on ${shortText(host)}`;
  const times = Math.exp(Math.min(700, threshold_ln_p - ln_p));
  const above = times >= 1000 ? `10^${Math.round(Math.log10(times))}` : times.toPrecision(2);
  const marks = [
    `${above} times below the ${pText(threshold_ln_p)} needed`,
    ...(closed_form ? ['by the closed form'] : []),
    ...(updates > 0 ? [`${numberText(updates)} ${updates === 1 ? 'update' : 'updates'}`] : []),
    ...(finding === null ? [] : [`finding ${finding}`]),
  ];
  const head = `alert ${alert.alert}  ${minuteOf(at)}  ${who}  p ${pText(ln_p)}`;
  return [
    `${terminal.style(['bold', 'yellow'], head)} (${marks.join('; ')})`,
    ...alert.evidence.slice(0, EVIDENCE_SHOWN).map((e) => `    ${evidenceLine(e)}`),
  ];
}

function evidenceLine(e: EvidenceReport): string {
  const p = `p ${pText(e.ln_p)}${e.trust < 1 ? `, counts as ${pText(e.trust * e.ln_p)}: calibration was broken` : ''}`;
  if (e.kind === 'rhythm') return `${p}  rhythm ${e.rhythm}`;
  if (e.kind === 'window') {
    const { feature, size_s: sizeSeconds, value, typical, lost } = e;
    const what = feature === null ? 'as much as usual' : windowText({ feature, sizeSeconds, value, typical, lost });
    return `${p}  ${minuteOf(e.at).slice(-5)}: ${e.whole_host ? 'all of the host: ' : ''}${what}`;
  }
  const end = endpointText(e.daddr ?? undefined, e.dport ?? undefined);
  const target = e.path ?? end;
  const words = [
    shortText(e.syscall),
    ...(target === undefined ? [] : [shortText(target)]),
    ...(e.args === null ? [] : [`“${shortText(e.args)}”`]),
  ];
  const dearest = e.dearest.map(({ column, bits }) => `${column} ${bits.toFixed(1)}`);
  return `${p}  row ${e.row}: ${words.join(' ')}; ${e.bits.toFixed(1)} bits: ${dearest.join(', ')}`;
}

/** "2026-11-24 16:01". */
function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
