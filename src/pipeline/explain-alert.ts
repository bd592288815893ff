import { MinuteJudge } from '../baseline/minute/minute-judge.js';
import { baselineModel } from '../baseline/model.js';
import { LEVELS } from '../baseline/window/levels.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import { type AlertReport, describeEvidence, minuteText } from './describe-alerts.js';
import { type EvidencePart, evidencePart } from './evidence-part.js';
import { RowExplainer } from './explain.js';
import type { Conclusion, Explanation, Judged } from './explanation.js';
import { type JudgedRow, judgeRow } from './finding-of-row.js';
import { pText } from './p-text.js';
import { replayMinute } from './replay-windows.js';
import { type ScoredRun, scoringSnapshot } from './scored-runs.js';
import { alertByNumber, type StoredAlert } from './stored-alert.js';

type Told = 'alert' | 'at' | 'whole_host' | 'score' | 'threshold_ln_p' | 'closed_form' | 'updates';

/** An alert: what carries it, how far below what was needed, and where its worst minute ranks. `of.ts` is the worst minute. */
export interface AlertExplanation extends Explanation, Pick<AlertReport, Told | 'finding' | 'announced'> {
  readonly kind: 'alert';
  /** Whose minute was ranked: of a host's that is told of one of its subjects the host's. Null by the closed form. */
  readonly ranked_as: 'subject' | 'host' | null;
  readonly parts: readonly EvidencePart[];
  /** The row of its oddest event explained; null where no event carries it. */
  readonly event: JudgedRow | null;
}

/**
 * Explains a stored alert of a run. Where it ranks is found by scoring the host's minutes again. O(events of the host in the run).
 *
 * @throws BAD_ARGUMENT when the run has no such alert
 */
export async function explainAlert(store: Store, run: ScoredRun, number: number): Promise<Judged<AlertExplanation>> {
  const alert = await alertByNumber(store, run.run, number);
  const place = await placeOf(store, run, alert);
  const parts: EvidencePart[] = [];
  for (const told of alert.evidence) {
    parts.push(evidencePart(run.run, await describeEvidence(store, told, run.run)));
  }
  const event = await oddestEvent(store, run, alert);
  const finding = event?.finding?.rank ?? null;
  const { host, exe, user, score, updates } = alert;
  const explanation: AlertExplanation = {
    kind: 'alert',
    run: run.run,
    snapshot: run.snapshot,
    of: { host, exe, user, ts: minuteText(alert.worst) },
    alert: alert.alert,
    at: minuteText(alert.minute),
    whole_host: alert.wholeHost,
    score,
    bits: score / Math.LN2,
    ln_p: alert.lnP,
    ...place,
    threshold_ln_p: alert.thresholdLnP,
    closed_form: alert.closedForm,
    updates,
    finding,
    announced: finding === null ? null : await announcedOf(store, run.run, finding),
    parts,
    event,
  };
  return { ...explanation, conclusion: conclusionOf(explanation) };
}

type Place = Pick<AlertExplanation, 'extrapolated' | 'few' | 'ranked' | 'ranked_as'>;

/** Where its score ranks among the minutes that training judged: those of its subject, or of all of its host. */
async function placeOf(store: Store, run: ScoredRun, alert: StoredAlert): Promise<Place> {
  if (alert.closedForm) return { extrapolated: false, few: true, ranked: null, ranked_as: null };
  const { host, exe, user, score } = alert;
  const snapshot = await scoringSnapshot(store, run);
  const at = 'minute = make_timestamptz(?::BIGINT) AND host = ?';
  const minutes = await store.readWindows(run.run, at, [alert.worst * 60_000_000, host]);
  const own = minutes.find((row) => !row.wholeHost && !alert.wholeHost && row.exe === exe && row.user === user);
  const row = own ?? minutes.find(({ wholeHost }) => wholeHost);
  const found = row && (await replayMinute(store, run.run, snapshot, row));
  if (found !== undefined) {
    const judge = new MinuteJudge(snapshot, baselineModel(), found.roles);
    const hosts = found.hour.entities.map(({ entity }) => entity).filter(({ kind }) => kind === 'host');
    for (const entity of [found.score.entity, ...hosts]) {
      if (judge.rank(entity, score).lnP !== alert.lnP) continue;
      const { ranks, group } = judge.minuteGroup(entity);
      const { level, few, extrapolated } = ranks.describe(group, score / Math.LN2)!;
      const ranked = { group: LEVELS[level]!, units: Math.round(ranks.units(group)) };
      return { extrapolated, few, ranked, ranked_as: entity.kind };
    }
  }
  const rule = `the stored events of run ${run.run}, by which its minute has the p that it had`;
  throw new QuinceError('BAD_DATABASE', `explaining requires ${rule}, got none of alert ${alert.alert}`);
}

async function oddestEvent(store: Store, run: ScoredRun, { evidence }: StoredAlert): Promise<JudgedRow | null> {
  const first = evidence.find((e) => e.kind === 'event');
  if (first === undefined) return null;
  const explainer = await RowExplainer.load(store);
  return judgeRow(store, await explainer.explain(first.event.event, run.run));
}

async function announcedOf(store: Store, run: number, finding: number): Promise<number | null> {
  const sql = 'SELECT announced FROM findings WHERE run = ? AND rank = ? AND dims = 15 AND announced IS NOT NULL';
  for await (const { announced } of store.rows(sql, [run, finding])) return Number(announced);
  return null;
}

function conclusionOf({
  ln_p,
  threshold_ln_p,
  updates,
  finding,
  announced,
  closed_form,
}: AlertExplanation): Conclusion {
  const worse = updates === 0 ? '' : `; within the hour it became worse ${updates === 1 ? 'once' : `${updates} times`}`;
  const where = finding === null ? '' : `; its oddest event is in finding ${finding}`;
  const told = announced === null ? '' : `, which announcement ${announced} covers`;
  const form = closed_form ? '; p is by the closed form, for training judged too few minutes to rank it among' : '';
  const text = `an alert: p ${pText(ln_p)}, and its first minute needed ${pText(threshold_ln_p)}${worse}${where}${told}${form}`;
  return { finding: true, text };
}
