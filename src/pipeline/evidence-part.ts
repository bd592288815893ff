import { formatPeriod } from '../baseline/rhythm/describe.js';
import { windowModel } from '../baseline/window/spec.js';
import { amountText, countedText } from './amount-text.js';
import type { EvidenceReport } from './describe-alerts.js';
import { endpointText, flowEnds } from './endpoint-text.js';
import { placeText } from './explain.js';
import { spanText } from './explain-window.js';
import type { Part } from './explanation.js';

/** A piece of evidence; its bits are what it counts for: −log2 of p^trust. */
export interface EvidencePart extends Part {
  readonly evidence: EvidenceReport;
}

/** Evidence of an alert as a part: named as it can be asked for, or as what it is of. */
export function evidencePart(run: number, evidence: EvidenceReport): EvidencePart {
  const bits = (-evidence.trust * evidence.ln_p) / Math.LN2;
  return { ...wordsOf(run, evidence), bits, context: null, evidence };
}

type EvidenceOf<K extends EvidenceReport['kind']> = Extract<EvidenceReport, { readonly kind: K }>;
type Words = Pick<EvidencePart, 'name' | 'was'>;

function wordsOf(run: number, e: EvidenceReport): Words {
  if (e.kind === 'rhythm') return { name: `rhythm ${e.rhythm}`, was: rhythmText(e) };
  if (e.kind === 'event') {
    const parts = [e.syscall ?? 'unknown', targetOf(e), e.args === null ? undefined : `“${e.args}”`];
    return { name: placeText({ ...e, run }), was: parts.filter((part) => part !== undefined).join(' ') };
  }
  // An alert holds what came within its hour.
  const whose = `${e.at.slice(11, 16)}${e.whole_host ? ', all of the host' : ''}: `;
  if (e.feature === null) return { name: 'windows', was: `${whose}as much as usual` };
  const unit = windowModel().features.find(({ name }) => name === e.feature)?.unit ?? '';
  const amount = `${whose}${countedText(amountText(e.value ?? 0), unit)}`;
  const span = spanText(e.size_s ?? 0);
  if (e.kind === 'window')
    return { name: `${e.feature} in ${span}`, was: `${amount}, usually ${amountText(e.typical ?? 0)}` };
  return { name: `together in ${span}`, was: `${amount} where ${amountText(e.typical ?? 0)} goes with the rest` };
}

/** What an event of an alert was done to: a file, or between which ends. */
export function targetOf(e: EvidenceOf<'event'>): string | undefined {
  return e.path ?? flowEnds(e) ?? endpointText(e.daddr, e.dport);
}

/** "every 1 min: 10.0.0.7 → 192.0.2.5:443" */
export function rhythmText({ period_s, exe, saddr, daddr, dport }: EvidenceOf<'rhythm'>): string {
  return `every ${formatPeriod(1000 * period_s)}: ${exe ?? saddr ?? 'unknown'} → ${endpointText(daddr, dport)}`;
}
