import { endpointText, flowEnds } from '../../pipeline/endpoint-text.js';
import { placeText, type RowExplanation } from '../../pipeline/explain.js';
import type { JudgedRow } from '../../pipeline/finding-of-row.js';
import { pText } from '../../pipeline/p-text.js';
import { type ExplanationWords, shortText } from './explanation-text.js';

export function fiveTupleText(five: RowExplanation['five_tuple']): string {
  return five === null
    ? 'the five-tuple alone: nothing to judge, no network columns'
    : `the five-tuple alone: p ${pText(five.ln_p)}, ${five.bits.toFixed(1)} bits`;
}

/** The process and who started it, one line. */
export function lineageText(lineage: RowExplanation['lineage'], length = 3): string {
  const shown = lineage.slice(0, length).map(({ exe, user }) => {
    return user === null ? shortText(exe) : `${shortText(exe)} (${shortText(user, 30)})`;
  });
  return shown.join(' ← ') + (lineage.length > length ? ' ← …' : '');
}

/** "10.0.0.7 → 192.0.2.5:443 tcp" of an event whose program nobody knows; undefined for one that has no such ends. */
export function flowText({ exe, proto, ...ends }: RowExplanation['tuple']): string | undefined {
  const flow = exe === undefined ? flowEnds(ends) : undefined;
  return flow === undefined ? undefined : shortText(proto === undefined ? flow : `${flow} ${proto}`, 100);
}

/** What an event was: when, what, by which program, on what. */
export function eventText(e: RowExplanation): string {
  const { syscall, path, daddr, dport, args } = e.tuple;
  const end = endpointText(daddr, dport);
  const target = flowText(e.tuple) ?? (end === undefined ? undefined : shortText(end));
  const parts = [
    placeText(e),
    e.of.ts === null ? undefined : e.of.ts.slice(0, 23).replace('T', ' '),
    shortText(String(syscall ?? 'unknown')),
    path === undefined ? target : shortText(String(path)),
    args === undefined ? undefined : `“${shortText(String(args))}”`,
  ];
  return parts.filter((part) => part !== undefined).join('  ');
}

/** What is said of a row beside what every explanation says. */
export function rowWords(e: JudgedRow): ExplanationWords {
  const excess = e.excess_bits === null ? '' : ` (${signed(e.excess_bits)} against the mean there)`;
  return {
    title: eventText(e),
    place: `run ${e.run}, event ${e.event}`,
    score: `${e.bits.toFixed(1)} bits${excess}`,
    ranked: (units, group) => `calibrated among ${units} units of ${group}; ${fiveTupleText(e.five_tuple)}`,
    unranked: `not calibrated; ${fiveTupleText(e.five_tuple)}`,
    details: [`lineage: ${lineageText(e.lineage, 9)}`],
  };
}

function signed(bits: number): string {
  return `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(1)}`;
}
