import type { EventEvidence } from './day-evidence.js';

/** What carries an alert: an event, a window, all features of a window together, or a rhythm. */
export type AlertEvidence = {
  readonly lnP: number;
  /** How much its calibration is trusted: it counts as p^trust. */
  readonly trust: number;
} & (
  | { readonly kind: 'event'; readonly event: EventEvidence }
  | {
      readonly kind: 'window' | 'joint';
      readonly minute: number;
      /** Of all that the host did. */
      readonly wholeHost: boolean;
      readonly feature: string | null;
      readonly sizeSeconds: number | null;
      readonly value: number | null;
      readonly typical: number | null;
      readonly lost: number;
    }
  /** Its place among the rhythms of the run, from 1. */
  | { readonly kind: 'rhythm'; readonly rhythm: number }
);

/** A subject, or all of a host. */
export interface AlertSubject {
  readonly host: string;
  readonly wholeHost: boolean;
  readonly exe: string | null;
  readonly user: string | null;
}

/** A minute of a subject that the decider let through, with what made it worse within the hour. */
export interface Alert extends AlertSubject {
  /** Place in its run, in the order of time, from 1. */
  readonly alert: number;
  /** Minutes since 1970: the first, and the worst. */
  readonly minute: number;
  readonly worst: number;
  /** Of the worst minute: Cauchy's combination, nats, and its p. */
  readonly score: number;
  readonly lnP: number;
  /** p is by the closed form: too few minutes were judged in training. */
  readonly closedForm: boolean;
  /** ln p that was needed in its first minute. */
  readonly thresholdLnP: number;
  /** How often it became worse. */
  readonly updates: number;
  /** Most anomalous first. */
  readonly evidence: readonly AlertEvidence[];
}
