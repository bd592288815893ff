import type { Explanation, Part } from '../../pipeline/explain.js';
import { escapeControl } from '../../tuple/escape.js';
import { numberText } from './count-text.js';
import { pText } from './p-text.js';
import type { Terminal } from './terminal.js';

const VALUE_LENGTH = 60;
const BAR_LENGTH = 10;

/** Untrusted text cut to a length that keeps lines readable. */
export function shortText(text: string | null | undefined, length = VALUE_LENGTH): string {
  return text === null || text === undefined ? 'unknown' : escapeControl(text, length);
}

/** "1.2e-6, extrapolated, few units" */
export function markedP(lnP: number, extrapolated: boolean, few: boolean): string {
  return `${pText(lnP)}${extrapolated ? ', extrapolated' : ''}${few ? ', few units' : ''}`;
}

export function fiveTupleText(five: Explanation['five_tuple']): string {
  return five === null
    ? 'the five-tuple alone: nothing to judge, no network columns'
    : `the five-tuple alone: p ${pText(five.ln_p)}, ${five.bits.toFixed(1)} bits`;
}

/** The process and who started it, one line. */
export function lineageText(lineage: Explanation['lineage'], length = 3): string {
  const shown = lineage.slice(0, length).map(({ exe, user }) => {
    return user === null ? shortText(exe) : `${shortText(exe)} (${shortText(user, 30)})`;
  });
  return shown.join(' ← ') + (lineage.length > length ? ' ← …' : '');
}

/** What an event was: when, what, by which program, on what. */
export function eventText(e: Explanation): string {
  const { syscall, path, daddr, dport, args } = e.tuple;
  const target = path ?? (daddr === undefined ? undefined : `${daddr}${dport === undefined ? '' : `:${dport}`}`);
  const parts = [
    `row ${e.row}`,
    e.ts === null ? undefined : e.ts.slice(0, 23).replace('T', ' '),
    shortText(String(syscall ?? 'unknown')),
    target === undefined ? undefined : shortText(String(target)),
    args === undefined ? undefined : `“${shortText(String(args))}”`,
  ];
  return parts.filter((part) => part !== undefined).join('  ');
}

/** One dimension: its bits as a bar, what it was, what was typical where it was judged. */
export function partLine(part: Part, most: number, terminal: Terminal): string {
  const full = most <= 0 ? 0 : Math.max(0, Math.round((BAR_LENGTH * part.bits) / most));
  const bar = terminal.style('red', '█'.repeat(full)) + terminal.style('dim', '░'.repeat(BAR_LENGTH - full));
  const bits = part.bits.toFixed(1).padStart(5);
  const was = shortText(part.was);
  return `${part.column.padEnd(8)} ${bar} ${bits}  ${terminal.style('bold', was)}; ${typicalText(part.context)}`;
}

function typicalText(context: Part['context']): string {
  if (context === null) return 'nothing like it was learned';
  const { given, seen, own } = context;
  const typical = context.typical.map((t) => `${shortText(t.value, 40)} ${(100 * t.share).toFixed(0)} %`).join(', ');
  const where = given.length === 0 ? 'of all' : `given ${given.join(', ')}`;
  const known = own > 0 ? `seen ${numberText(own)} of ${numberText(seen)} times` : `never in ${numberText(seen)}`;
  return `${known} ${where}; typical: ${typical || 'nothing'}`;
}

/** A whole explanation, for `quince explain`. */
export function explanationLines(e: Explanation, terminal: Terminal): string[] {
  const most = e.parts[0]?.bits ?? 0;
  const calibration =
    e.calibration === null
      ? 'not calibrated'
      : `calibrated among ${numberText(e.calibration.units)} units of ${e.calibration.group}`;
  const excess = e.excess_bits === null ? '' : ` (${signed(e.excess_bits)} against the mean there)`;
  return [
    terminal.style('bold', eventText(e)),
    `run ${e.run}, event ${e.event}: ${e.bits.toFixed(1)} bits${excess}, p ${markedP(e.ln_p, e.extrapolated, e.few)}`,
    `${calibration}; ${fiveTupleText(e.five_tuple)}`,
    `lineage: ${lineageText(e.lineage, 9)}`,
    ...e.parts.map((part) => `  ${partLine(part, most, terminal)}`),
  ];
}

function signed(bits: number): string {
  return `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(1)}`;
}
