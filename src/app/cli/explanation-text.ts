import type { Explanation } from '../../pipeline/explain.js';
import type { Part } from '../../pipeline/explain-parts.js';
import { FINDING_LN_P } from '../../pipeline/finding-limit.js';
import type { RowFinding } from '../../pipeline/finding-of-row.js';
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

/** ", extrapolated, few units": how far a p is to be trusted. */
export function marksText(extrapolated: boolean, few: boolean): string {
  return `${extrapolated ? ', extrapolated' : ''}${few ? ', few units' : ''}`;
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

/** "10.0.0.5:443", "[2001:db8::1]:443"; an address without a port alone; undefined without an address. */
export function endpointText(address: unknown, port: unknown): string | undefined {
  if (address === undefined || address === null) return undefined;
  if (port === undefined || port === null) return String(address);
  return String(address).includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** "10.0.0.7 → 192.0.2.5:443 tcp" of an event whose program nobody knows; undefined for one that has no such ends. */
export function flowText({ exe, saddr, daddr, dport, proto }: Explanation['tuple']): string | undefined {
  if (exe !== undefined || saddr === undefined || daddr === undefined) return undefined;
  const ends = `${saddr} → ${endpointText(daddr, dport)}`;
  return shortText(proto === undefined ? ends : `${ends} ${proto}`, 100);
}

/** What an event was: when, what, by which program, on what. */
export function eventText(e: Explanation): string {
  const { syscall, path, daddr, dport, args } = e.tuple;
  const end = endpointText(daddr, dport);
  const target = flowText(e.tuple) ?? (end === undefined ? undefined : shortText(end));
  const parts = [
    `row ${e.row}`,
    e.ts === null ? undefined : e.ts.slice(0, 23).replace('T', ' '),
    shortText(String(syscall ?? 'unknown')),
    path === undefined ? target : shortText(String(path)),
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
  const said = `${terminal.style('bold', was)}; ${typicalText(part.context)}`;
  return `${part.column.padEnd(8)} ${bar} ${bits}  ${said}${factorsText(part)}`;
}

/** " (lineage 28.1, parent 8.3)": which factors of a column its bits are of; what was said before is of the first one. */
function factorsText({ column, factors }: Part): string {
  const shown = factors.filter((f, i) => i === 0 || f.bits >= LEAST_FACTOR_BITS);
  const only = shown.length === 1 ? shown[0]!.factor : undefined;
  if (shown.length === 0 || only === column) return '';
  return ` (${only ?? shown.map((f) => `${f.factor} ${f.bits.toFixed(1)}`).join(', ')})`;
}

/** What prints as 0.0 is left out. */
const LEAST_FACTOR_BITS = 0.05;

function typicalText(context: Part['context']): string {
  if (context === null) return 'nothing like it was learned';
  const { given, seen, own, counts } = context;
  const typical = context.typical.map((t) => `${shortText(t.value, 40)} ${(100 * t.share).toFixed(0)} %`).join(', ');
  const where = given.length === 0 ? 'of all' : `given ${given.join(', ')}`;
  const many = `${numberText(seen)} ${counts === 'contexts' ? 'contexts' : 'times'}`;
  const known =
    own > 0 ? `seen ${counts === 'contexts' ? 'in ' : ''}${numberText(own)} of ${many}` : `never in ${many}`;
  return `${known} ${where}; typical: ${typical || 'nothing'}`;
}

/** A whole explanation, for `quince explain`. */
export function explanationLines(e: Explanation, finding: RowFinding | null, terminal: Terminal): string[] {
  const most = e.parts[0]?.bits ?? 0;
  const calibration =
    e.calibration === null
      ? 'not calibrated'
      : `calibrated among ${numberText(e.calibration.units)} units of ${e.calibration.group}`;
  const excess = e.excess_bits === null ? '' : ` (${signed(e.excess_bits)} against the mean there)`;
  return [
    terminal.style('bold', eventText(e)),
    `run ${e.run}, event ${e.event}: ${e.bits.toFixed(1)} bits${excess}, p ${pText(e.ln_p)}${marksText(e.extrapolated, e.few)}`,
    `${calibration}; ${fiveTupleText(e.five_tuple)}`,
    membershipText(e, finding),
    `lineage: ${lineageText(e.lineage, 9)}`,
    ...e.parts.map((part) => `  ${partLine(part, most, terminal)}`),
  ];
}

/** Whether the row is in a finding, and if not, why. */
function membershipText(e: Explanation, finding: RowFinding | null): string {
  if (finding !== null) {
    const best = finding.best_row === e.row ? 'this is its best row' : `its best row is ${finding.best_row}`;
    return `in finding ${finding.rank} of run ${e.run}, whose process tree has p ${pText(finding.ln_p)}; ${best}`;
  }
  const p = pText(e.ln_p);
  return e.ln_p > FINDING_LN_P
    ? `in no finding of run ${e.run}: a finding has p at most 0.001 in its process tree, this row has ${p}`
    : `in no finding of run ${e.run}: p ${p} is below 0.001, but not times the distinct signatures of its process tree`;
}

function signed(bits: number): string {
  return `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(1)}`;
}
