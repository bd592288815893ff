import { type LearnedTables, type Pair, pairName, type SegmentRow } from '../../tuple/learned.js';
import { formatDay } from '../../tuple/time.js';

/** Segments named in one message. */
const NAMED = 3;

/** "web1 on 2026-11-24, web2 on 2026-11-24 and 5 more days of hosts", by day and name. */
export function segmentsText(rows: readonly SegmentRow[], names: LearnedTables['names']): string {
  const texts = new Map(names.map(({ value, text }) => [pairName(value), text]));
  const named = rows
    .map(({ host, day }) => ({ day, name: texts.get(pairName(host)) ?? 'a host without a name' }))
    .sort((a, b) => a.day - b.day || (a.name < b.name ? -1 : Number(a.name > b.name)))
    .map(({ day, name }) => `${name} on ${formatDay(day)}`);
  const more = named.length > NAMED ? ` and ${named.length - NAMED} more days of hosts` : '';
  return named.slice(0, NAMED).join(', ') + more;
}

/** The host and day of one segment of some tables. */
export function segmentText(segment: Pair, tables: readonly LearnedTables[]): string {
  const row = tables.flatMap(({ segments }) => segments).find((s) => pairName(s.segment) === pairName(segment));
  return row === undefined
    ? 'a day that is not told'
    : segmentsText(
        [row],
        tables.flatMap(({ names }) => names),
      );
}
