import { decisionModel } from '../../decide/spec.js';
import type { AlertReport, EvidenceReport } from '../../pipeline/describe-alerts.js';
import { rhythmText, targetOf } from '../../pipeline/evidence-part.js';
import { placeText } from '../../pipeline/explain.js';
import { pText } from '../../pipeline/p-text.js';
import type { ScoreReport } from '../../pipeline/score.js';
import { numberText } from './count-text.js';
import { shortText } from './explanation-text.js';
import type { Terminal } from './terminal.js';
import { windowText } from './window-text.js';

/** Alerts shown to people when they do not say how many, those of one process tree as one. */
export const ALERTS_SHOWN = 10;
/** Others of its process tree named beside an alert. */
const OTHERS_NAMED = 6;
/** Evidence shown of an alert. */
const EVIDENCE_SHOWN = 3;

/** "Alerts: 2 of 3,102 minutes (about 1 a day wanted; p at most 2.3e-4 at the start)". */
export function alertsHead({ decision }: Pick<ScoreReport, 'decision'>, terminal: Terminal): string {
  const { alerts, minutes, options, startLnP } = decision;
  const rule =
    options.decider === 'budget'
      ? `a budget of ${options.perDay} a day, which began at p ${pText(startLnP)}`
      : `e-LOND over the hours of subjects: of a day’s alerts at most ${100 * decisionModel().constants.alpha} % false if p is valid`;
  const head = `Alerts: ${numberText(alerts.length)}`;
  return `${terminal.style('bold', head)} of ${numberText(minutes)} minutes of subjects and hosts (${rule})`;
}

/** Alerts as they are told: those of one process tree under the oddest of them, the oddest first. */
export function alertLines(alerts: readonly AlertReport[], most: number, terminal: Terminal): string[] {
  const groups = new Map<string, AlertReport[]>();
  for (const one of alerts) {
    const name = one.finding === null ? `alert ${one.alert}` : `finding ${one.finding}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const told = [...groups.values()].map((group) => group.sort((a, b) => a.ln_p - b.ln_p || a.alert - b.alert));
  told.sort(([a], [b]) => a!.ln_p - b!.ln_p || a!.alert - b!.alert);
  const lines = told.slice(0, most).flatMap((group) => groupLines(group, terminal));
  const rest = told.slice(most).reduce((n, group) => n + group.length, 0);
  if (lines.length === 0) return lines;
  const more = rest === 0 ? '' : `${numberText(rest)} more: --limit; `;
  return [
    ...lines,
    `${more}quince explain --alert N says why, quince sql --recipe alerts has each with what carries it`,
  ];
}

function groupLines(group: readonly AlertReport[], terminal: Terminal): string[] {
  const [first, ...others] = group;
  const lines = oneLines(first!, terminal);
  if (others.length === 0) return lines;
  const named = others.slice(0, OTHERS_NAMED).map((one) => `${whoText(one, false)} p ${pText(one.ln_p)}`);
  const more = others.length > named.length ? ', …' : '';
  return [...lines, `    ${numberText(others.length)} more of this process tree: ${named.join(', ')}${more}`];
}

type Who = Pick<AlertReport, 'host' | 'whole_host' | 'exe' | 'user'>;

export function whoText({ host, whole_host, exe, user }: Who, withHost: boolean): string {
  if (whole_host) return `all of ${shortText(host)}`;
  const by = user === null ? '' : ` (${shortText(user, 30)})`;
  return `${shortText(exe)}${by}${withHost ? ` on ${shortText(host)}` : ''}`;
}

/** A few lines of an alert: when, who, how odd, and what carries it. */
function oneLines(alert: AlertReport, terminal: Terminal): string[] {
  const { at, ln_p, threshold_ln_p, closed_form, updates, finding, announced } = alert;
  const marks = [
    `${belowText(threshold_ln_p - ln_p)} the ${pText(threshold_ln_p)} needed`,
    ...(closed_form ? ['by the closed form'] : []),
    ...(updates > 0 ? [`${numberText(updates)} ${updates === 1 ? 'update' : 'updates'}`] : []),
    ...(finding === null ? [] : [`finding ${finding}`]),
    ...(announced === null ? [] : [`announcement ${announced}`]),
  ];
  const head = `alert ${alert.alert}  ${minuteOf(at)}  ${whoText(alert, true)}  p ${pText(ln_p)}`;
  return [
    `${terminal.style(['bold', 'yellow'], head)} (${marks.join('; ')})`,
    ...alert.evidence.slice(0, EVIDENCE_SHOWN).map((e) => `    ${evidenceLine(e, alert.run)}`),
  ];
}

/** "15 times below"; of what is less than twice as small no number, which would read 1. @param nats ln of the ratio, not negative */
function belowText(nats: number): string {
  const times = Math.exp(Math.min(700, nats));
  if (times < 2) return 'just within';
  return `${times >= 1e6 ? `10^${Math.round(Math.log10(times))}` : numberText(Number(times.toPrecision(2)))} times below`;
}

/** The p of evidence, and what it counts as where its calibration was broken. */
export function evidencePText({ ln_p, trust }: EvidenceReport): string {
  return `p ${pText(ln_p)}${trust < 1 ? `, counts as ${pText(trust * ln_p)}: calibration was broken` : ''}`;
}

/** How more is asked of a piece of evidence that a row does not explain. */
export function askText(e: EvidenceReport): string {
  return e.kind === 'rhythm' ? `; --pair ${e.rhythm}` : '';
}

function evidenceLine(e: EvidenceReport, run: number): string {
  const p = evidencePText(e);
  if (e.kind === 'rhythm') return `${p}  rhythm ${e.rhythm}, ${shortText(rhythmText(e), 100)}${askText(e)}`;
  if (e.kind !== 'event') {
    const { kind, feature, size_s: sizeSeconds, value, typical, lost } = e;
    const what = feature === null ? 'as much as usual' : windowText({ feature, sizeSeconds, value, typical, lost });
    const whose = e.whole_host ? 'all of the host: ' : '';
    const together = kind === 'joint' ? 'odd together, most of all ' : '';
    return `${p}  ${minuteOf(e.at).slice(-5)}: ${whose}${together}${what}`;
  }
  const target = targetOf(e);
  const words = [
    shortText(e.syscall),
    ...(target === undefined ? [] : [shortText(target, 100)]),
    ...(e.args === null ? [] : [`“${shortText(e.args)}”`]),
  ];
  const dearest = e.dearest.map(({ column, bits }) => `${column} ${bits.toFixed(1)}`);
  return `${p}  ${placeText({ ...e, run })}: ${words.join(' ')}; ${e.bits.toFixed(1)} bits: ${dearest.join(', ')}`;
}

/** "2026-11-24 16:01". */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
