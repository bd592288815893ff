import type { Source } from '../tuple/batch.js';

/** By reason the first bad row of some inputs in their order; only inputs that have lines tell. */
export type FirstBad = Readonly<Record<string, { readonly file: string; readonly line: number }>>;

export function firstBad(sources: readonly Source[]): FirstBad {
  const first: Record<string, { file: string; line: number }> = {};
  for (const { name, counters } of sources) {
    for (const [reason, line] of Object.entries(counters.badLines ?? {})) first[reason] ??= { file: name, line };
  }
  return first;
}
