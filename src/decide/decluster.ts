/** What becomes of a score over the threshold: an alert, an update that makes an open one worse, or nothing new. */
export type Outcome = 'alert' | 'update' | 'known';

/**
 * The open alerts by subject: [minute of the alert, highest score so far]; beside them the newest of each host, by how the
 * names of its subjects begin. Plain, so that it can be stored; the one who folds over it owns it, and it is changed in place.
 */
export type OpenAlerts = Record<string, readonly [minute: number, score: number]>;

/**
 * One alert a subject and `minutes`, counted from its first minute: what comes within them is part of it, also a little late.
 * A subject that goes on gets its next alert when they are over. Much earlier minutes have alerts of their own, or one row of
 * a clock that is wrong would silence a subject until then. O(1).
 *
 * @param host how the names of its host's subjects begin, of a subject that is not all of one
 */
export function decluster(
  open: OpenAlerts,
  subject: string,
  minute: number,
  score: number,
  minutes: number,
  host?: string,
): Outcome {
  const known = Object.hasOwn(open, subject) ? open[subject] : undefined;
  if (known !== undefined && Math.abs(minute - known[0]) < minutes) {
    if (score <= known[1]) return 'known';
    put(open, subject, [known[0], score]);
    return 'update';
  }
  put(open, subject, [minute, score]);
  if (host !== undefined) put(open, host, [Math.max(minute, Object.hasOwn(open, host) ? open[host]![0] : minute), 0]);
  return 'alert';
}

/** Whatever the name: `__proto__` is one. */
function put(open: OpenAlerts, name: string, value: OpenAlerts[string]): void {
  Object.defineProperty(open, name, { value, enumerable: true, writable: true, configurable: true });
}

/** The alerts that a minute may still be part of, in the order of their subjects. */
export function stillOpen(open: OpenAlerts, minute: number, minutes: number): OpenAlerts {
  const kept = Object.entries(open).filter(([, [from]]) => minute < from + minutes);
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether the newest alert of a host's subjects, whose names begin so, is one of which the minute may be part. O(1). */
export function isCovered(open: OpenAlerts, host: string, minute: number, minutes: number): boolean {
  return Object.hasOwn(open, host) && Math.abs(minute - open[host]![0]) < minutes;
}
