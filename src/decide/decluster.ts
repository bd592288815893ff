/** What becomes of a score over the threshold: an alert, an update that makes an open one worse, or nothing new. */
export type Outcome = 'alert' | 'update' | 'known';

/** The open alerts by subject: [minute of the alert, highest score so far]. Plain, so that it can be stored. */
export type OpenAlerts = Readonly<Record<string, readonly [minute: number, score: number]>>;

/**
 * One alert a subject and `minutes`, counted from its first minute: what comes within them is part of it, also a little late.
 * A subject that goes on gets its next alert when they are over. Much earlier minutes have alerts of their own, or one row of
 * a clock that is wrong would silence a subject until then.
 */
export function decluster(
  open: OpenAlerts,
  subject: string,
  minute: number,
  score: number,
  minutes: number,
): { readonly outcome: Outcome; readonly open: OpenAlerts } {
  const known = Object.hasOwn(open, subject) ? open[subject] : undefined;
  if (known !== undefined && Math.abs(minute - known[0]) < minutes) {
    if (score <= known[1]) return { outcome: 'known', open };
    return { outcome: 'update', open: { ...open, [subject]: [known[0], score] } };
  }
  return { outcome: 'alert', open: { ...open, [subject]: [minute, score] } };
}

/** The alerts that a minute may still be part of, in the order of their subjects. */
export function stillOpen(open: OpenAlerts, minute: number, minutes: number): OpenAlerts {
  const kept = Object.entries(open).filter(([, [from]]) => minute < from + minutes);
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a subject of a host, whose names begin so, has an alert of which the minute may be part. */
export function isCovered(open: OpenAlerts, host: string, minute: number, minutes: number): boolean {
  return Object.entries(open).some(([name, [from]]) => name.startsWith(host) && Math.abs(minute - from) < minutes);
}
