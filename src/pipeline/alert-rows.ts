import type { AlertEvidenceRow, AlertSet } from '../store/alerts.js';
import type { Alert, AlertEvidence } from './alert.js';

/** Alerts of a run as the store keeps them. */
export function alertSet(run: number, alerts: readonly Alert[]): AlertSet {
  return {
    run,
    alerts,
    evidence: alerts.flatMap(({ alert, evidence }) => evidence.map((e, i) => evidenceRow(alert, i + 1, e))),
  };
}

function evidenceRow(alert: number, rank: number, e: AlertEvidence): AlertEvidenceRow {
  const window = e.kind === 'window' || e.kind === 'joint' ? e : undefined;
  return {
    alert,
    rank,
    kind: e.kind,
    lnP: e.lnP,
    trust: e.trust,
    event: e.kind === 'event' ? e.event.event : null,
    rhythm: e.kind === 'rhythm' ? e.rhythm : null,
    minute: window?.minute ?? null,
    wholeHost: window?.wholeHost ?? null,
    feature: window?.feature ?? null,
    sizeSeconds: window?.sizeSeconds ?? null,
    value: window?.value ?? null,
    typical: window?.typical ?? null,
  };
}
