import { MinuteJudge } from '../baseline/minute/minute-judge.js';
import { baselineModel } from '../baseline/model.js';
import type { RoleOf } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { combine, type Evidence } from '../decide/combine.js';
import { subjectNames } from '../decide/subject-names.js';
import type { RhythmScore } from '../score/rhythm-scores.js';
import type { JointRow } from '../store/joint.js';
import type { Alert, AlertEvidence } from './alert.js';
import { AlertList, OddestSubjects } from './alert-list.js';
import type { DayEvidence } from './day-evidence.js';
import { type DeciderOptions, type DeciderState, makeDecider } from './decider.js';
import type { NamedMinute } from './window-scoring.js';

/** All that was scored of an input. */
export interface Scored {
  /** In the order of time. */
  readonly minutes: readonly NamedMinute[];
  readonly events: DayEvidence;
  readonly rhythms: readonly RhythmScore[];
  readonly roles: RoleOf;
}

export interface DecisionReport {
  /** In the order of time. */
  readonly alerts: readonly Alert[];
  readonly options: DeciderOptions;
  /** Minutes decided upon. */
  readonly minutes: number;
  /** ln p that was needed at the start, and that is at the end. */
  readonly startLnP: number;
  readonly endLnP: number;
  /** So that the next minute could go on from there. */
  readonly state: DeciderState;
}

/** A minute's evidence under one key each, with what it is of. */
interface Found extends Evidence {
  readonly what: AlertEvidence;
}

/**
 * Decides what of all that was scored becomes an alert: each minute of a subject is combined from what its events, its windows
 * and its rhythms tell, ranked, and given to the decider in the order of time, the subjects of a minute before their hosts.
 * What is odd of a host in a minute in which one of its subjects is odd too is told of the subject.
 * @param onMinute told of each with its p
 */
export function decide(
  snapshot: Snapshot,
  scored: Scored,
  options: DeciderOptions,
  onMinute?: (lnP: number, minute: NamedMinute) => void,
): DecisionReport {
  const { silence } = baselineModel().windows;
  const { constants } = baselineModel().decision;
  const judge = new MinuteJudge(snapshot, baselineModel(), scored.roles);
  const rhythms = rhythmsByMinute(scored.rhythms);
  const decider = makeDecider(snapshot, options);
  const startLnP = decider.thresholdLnP;
  const alerts = new AlertList(decider, constants);
  const odd = new OddestSubjects(Math.log(constants.peak_p));
  let minutes = 0;
  // A silence is no minute of its subject, and training has no history of them.
  const spoken = scored.minutes.filter(({ scored: { worst } }) => worst?.feature !== silence);
  for (const named of subjectsFirst(spoken)) {
    const found = evidenceOf(named, scored.events, rhythms);
    const { score, evidence } = combine(found, constants);
    const { lnP, closedForm } = judge.rank(named.scored.entity, score);
    const what = evidence.slice(0, constants.evidence_kept).map((e) => (e as Found).what);
    const one = { row: named.row, score, lnP, closedForm, evidence: what };
    alerts.take(one, odd.subjectOf(one));
    onMinute?.(lnP, named);
    minutes++;
  }
  alerts.finish();
  const { thresholdLnP: endLnP, state } = decider;
  return { alerts: alerts.all, options, minutes, startLnP, endLnP, state };
}

/** One place for all evidence of a minute: another kind is one more entry here. */
function evidenceOf(named: NamedMinute, events: DayEvidence, rhythms: ReadonlyMap<string, Found[]>): Found[] {
  const { scored, row, vector } = named;
  const { feature, sizeSeconds, value, typical, lost, minute } = row;
  const { wholeHost } = row;
  const window = { kind: 'window', minute, wholeHost, feature, sizeSeconds, value, typical, lost } as const;
  return [
    { key: 'window', lnP: scored.lnP, trust: 1, what: { ...window, lnP: scored.lnP, trust: 1 } },
    ...events.of(scored.entity, minute).map(
      (event): Found => ({
        key: event.signature,
        lnP: event.lnP,
        trust: event.trust,
        what: { kind: 'event', event, lnP: event.lnP, trust: event.trust },
      }),
    ),
    ...(vector === undefined ? [] : [jointEvidence(vector)]),
    ...(rhythms.get(`${minute} ${subjectNames(row).subject}`) ?? []),
  ];
}

/** A vector is told by the column that adds most to it. */
function jointEvidence({ minute, wholeHost, sizeSeconds, lnP, parts }: JointRow): Found {
  const { feature, value, expected } = parts[0]!;
  const what = { kind: 'joint', minute, wholeHost, sizeSeconds, feature, value, typical: expected, lost: 0 } as const;
  return { key: 'joint', lnP, trust: 1, what: { ...what, lnP, trust: 1 } };
}

/** Rhythms that are findings, at their newest beat. */
function rhythmsByMinute(rhythms: readonly RhythmScore[]): Map<string, Found[]> {
  const byMinute = new Map<string, Found[]>();
  rhythms.forEach(({ parts, newestMs, score, finding }, i) => {
    if (!finding) return;
    const { host, exe, user } = parts;
    const { subject } = subjectNames({ host: host ?? '', wholeHost: false, exe, user });
    const name = `${Math.floor(newestMs / 60_000)} ${subject}`;
    const lnP = Math.min(0, -score);
    const what = { kind: 'rhythm', rhythm: i + 1, lnP, trust: 1 } as const;
    byMinute.set(name, [...(byMinute.get(name) ?? []), { key: `rhythm ${i}`, lnP, trust: 1, what }]);
  });
  return byMinute;
}

/** The order of time, but of each minute the subjects before the hosts: who did it is told before where. */
function subjectsFirst(minutes: readonly NamedMinute[]): NamedMinute[] {
  return [...minutes].sort((a, b) => a.row.minute - b.row.minute || Number(a.row.wholeHost) - Number(b.row.wholeHost));
}
