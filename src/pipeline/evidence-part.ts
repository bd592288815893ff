import { formatPeriod } from '../baseline/rhythm/describe.js';
import { windowModel } from '../baseline/window/spec.js';
import type { Store } from '../store/store.js';
import type { EvidenceReport } from './describe-alerts.js';
import { endpointText } from './endpoint-text.js';
import { placeText } from './explain.js';
import { amountText, spanText } from './explain-window.js';
import type { Part } from './explanation.js';

/** A piece of evidence; its bits are what it counts for: −log2 of p^trust. */
export interface EvidencePart extends Part {
  readonly evidence: EvidenceReport;
}

/** Evidence of an alert as a part: named as it can be asked for, or as what it is of. */
export async function evidencePart(store: Store, run: number, evidence: EvidenceReport): Promise<EvidencePart> {
  const bits = (-evidence.trust * evidence.ln_p) / Math.LN2;
  return { ...(await wordsOf(store, run, evidence)), bits, context: null, evidence };
}

type Words = Pick<EvidencePart, 'name' | 'was'>;

async function wordsOf(store: Store, run: number, e: EvidenceReport): Promise<Words> {
  if (e.kind === 'rhythm') return { name: `rhythm ${e.rhythm}`, was: await rhythmText(store, run, e.rhythm) };
  if (e.kind === 'event') {
    const parts = [
      e.syscall ?? 'unknown',
      e.path ?? endpointText(e.daddr, e.dport),
      e.args === null ? undefined : `“${e.args}”`,
    ];
    return { name: placeText({ ...e, run }), was: parts.filter((part) => part !== undefined).join(' ') };
  }
  // An alert holds what came within its hour.
  const whose = `${e.at.slice(11, 16)}${e.whole_host ? ', all of the host' : ''}: `;
  if (e.feature === null) return { name: 'windows', was: `${whose}as much as usual` };
  const unit = windowModel().features.find(({ name }) => name === e.feature)?.unit ?? '';
  const amount = `${whose}${amountText(e.value ?? 0)} ${unit}`;
  const span = spanText(e.size_s ?? 0);
  if (e.kind === 'window')
    return { name: `${e.feature} in ${span}`, was: `${amount}, usually ${amountText(e.typical ?? 0)}` };
  return { name: `together in ${span}`, was: `${amount} where ${amountText(e.typical ?? 0)} goes with the rest` };
}

async function rhythmText(store: Store, run: number, rank: number): Promise<string | null> {
  const sql = 'SELECT period_s, daddr, dport FROM rhythms WHERE run = ? AND rank = ?';
  for await (const { period_s, daddr, dport } of store.rows(sql, [run, rank])) {
    const to = [daddr, dport === null ? null : `port ${dport}`].filter((part) => part !== null).join(' ');
    return `every ${formatPeriod(1000 * Number(period_s))} to ${to}`;
  }
  return null;
}
