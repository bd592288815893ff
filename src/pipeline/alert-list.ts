import type { DecisionConstants } from '../decide/spec.js';
import { subjectNames } from '../decide/subject-names.js';
import type { WindowRow } from '../store/windows.js';
import type { Alert, AlertEvidence, AlertSubject } from './alert.js';
import type { Decider } from './decider.js';

/** A minute that was combined and ranked. */
export interface DecidedMinute extends Pick<Alert, 'score' | 'lnP' | 'closedForm' | 'evidence'> {
  readonly row: WindowRow;
}

/** The oddest subject of each host in the minute that is decided upon: who did what is odd of the host. */
export class OddestSubjects {
  private minute = Number.NEGATIVE_INFINITY;
  private readonly byHost = new Map<string, DecidedMinute>();

  /** @param mostLnP above it a subject is not odd */
  constructor(private readonly mostLnP: number) {}

  /** Who a minute is told of; the subjects of a minute come before their hosts. */
  subjectOf(one: DecidedMinute): DecidedMinute {
    const { minute, host, wholeHost } = one.row;
    if (minute !== this.minute) this.byHost.clear();
    this.minute = minute;
    const known = this.byHost.get(host);
    if (wholeHost) return known ?? one;
    if (one.lnP <= this.mostLnP && one.lnP < (known?.lnP ?? 0)) this.byHost.set(host, one);
    return one;
  }
}

/** Alerts as they come: an update replaces what is less odd. */
export class AlertList {
  private readonly made: Alert[] = [];
  private readonly open = new Map<string, number>();

  constructor(
    private readonly decider: Decider,
    private readonly constants: DecisionConstants,
  ) {}

  /** In the order of time. */
  get all(): readonly Alert[] {
    const ordered = [...this.made].sort((a, b) => a.minute - b.minute || a.alert - b.alert);
    return ordered.map((alert, i) => ({ ...alert, alert: i + 1 }));
  }

  /** @param told who it is told of: itself, or of all of a host the subject that did it */
  take(one: DecidedMinute, told: DecidedMinute): void {
    const { subject, host } = subjectNames(told.row);
    const { host: name, wholeHost, exe, user, minute } = told.row;
    const who: AlertSubject = { host: name, wholeHost, exe, user };
    const { score, lnP, closedForm } = one;
    const evidence = one === told ? one.evidence : this.merge(one.evidence, told.evidence);
    const what = { ...who, minute, worst: minute, score, lnP, closedForm, evidence };
    this.decider.take({ subject, host, isWhole: wholeHost, minute, lnP, what }, (outcome, of, thresholdLnP) => {
      if (outcome === 'alert') {
        this.open.set(subject, this.made.length);
        this.made.push({ ...of, alert: this.made.length + 1, thresholdLnP, updates: 0 });
        return;
      }
      const at = this.open.get(subject);
      const before = at === undefined ? undefined : this.made[at]!;
      // All of a host is part of its subjects' alerts, and not of an older one of its own.
      if (before === undefined || Math.abs(of.minute - before.minute) >= this.constants.decluster_minutes) return;
      const both = this.merge(of.evidence, before.evidence);
      const { alert, minute: first, updates } = before;
      const worse = { ...of, alert, minute: first, thresholdLnP: before.thresholdLnP, updates: updates + 1 };
      this.made[at!] = { ...(outcome === 'update' ? worse : before), evidence: both };
    });
  }

  finish(): void {
    this.decider.finish();
  }

  /** The oddest of both, each once: of windows and of vectors of several minutes the oddest stands for all. */
  private merge(a: readonly AlertEvidence[], b: readonly AlertEvidence[]): AlertEvidence[] {
    const all = [...new Set([...a, ...b])].sort((x, y) => x.trust * x.lnP - y.trust * y.lnP);
    const isOddest = (e: AlertEvidence) => e === all.find(({ kind }) => kind === e.kind);
    const kept = all.filter((e) => (e.kind !== 'window' && e.kind !== 'joint') || isOddest(e));
    return kept.slice(0, this.constants.evidence_kept);
  }
}
