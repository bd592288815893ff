import type { Explanation, Judged, Part, PartContext } from '../../pipeline/explanation.js';
import { pText } from '../../pipeline/p-text.js';
import { escapeControl } from '../../tuple/escape.js';
import { numberText } from './count-text.js';
import type { Terminal } from './terminal.js';

const VALUE_LENGTH = 60;
const BAR_LENGTH = 10;
const NAME_LENGTH = 8;

/** Untrusted text cut to a length that keeps lines readable. */
export function shortText(text: string | null | undefined, length = VALUE_LENGTH): string {
  return text === null || text === undefined ? 'unknown' : escapeControl(text, length);
}

/** ", extrapolated, few units": how far a p is to be trusted. */
export function marksText(extrapolated: boolean, few: boolean): string {
  return `${extrapolated ? ', extrapolated' : ''}${few ? ', few units' : ''}`;
}

/** What a kind of explanation says in its own words; the rest is the same for all. */
export interface ExplanationWords {
  readonly title: string;
  readonly place: string;
  readonly score: string;
  /** @param units among which it was ranked */
  readonly ranked: (units: string, group: string) => string;
  readonly unranked: string;
  /** Lines between the conclusion and the parts. */
  readonly details: readonly string[];
  /** What stands behind a part. */
  readonly noteOf?: (part: Part) => string;
  /** What to say of a part that has no context. */
  readonly unknown?: string | ((part: Part) => string);
  /** Parts that say little: so many are shown, the others are counted in one line. */
  readonly restOf?: {
    readonly isOne: (part: Part) => boolean;
    readonly shown: number;
    readonly text: (n: number) => string;
  };
}

/** A whole explanation, of whatever kind. */
export function explanationLines(e: Judged<Explanation>, words: ExplanationWords, terminal: Terminal): string[] {
  const most = e.parts[0]?.bits ?? 0;
  const width = Math.max(NAME_LENGTH, ...e.parts.map(({ name }) => name.length));
  const { unknown, restOf } = words;
  const rest = new Set(restOf === undefined ? [] : e.parts.filter(restOf.isOne).slice(restOf.shown));
  const unknownOf = (part: Part) => (typeof unknown === 'function' ? unknown(part) : unknown);
  return [
    terminal.style('bold', words.title),
    `${words.place}: ${words.score}, p ${pText(e.ln_p)}${marksText(e.extrapolated, e.few)}`,
    e.ranked === null ? words.unranked : words.ranked(numberText(e.ranked.units), e.ranked.group),
    escapeControl(e.conclusion.text),
    ...words.details,
    ...e.parts
      .filter((part) => !rest.has(part))
      .map((part) => `  ${partLine(part, most, terminal, width, unknownOf(part))}${words.noteOf?.(part) ?? ''}`),
    ...(rest.size === 0 ? [] : [`  ${restOf!.text(rest.size)}`]),
  ];
}

/** One part: its bits as a bar, what it was, what was typical where it was judged. */
export function partLine(
  part: Part,
  most: number,
  terminal: Terminal,
  width = NAME_LENGTH,
  unknown = 'nothing like it was learned',
): string {
  const full = most <= 0 ? 0 : Math.max(0, Math.round((BAR_LENGTH * part.bits) / most));
  const bar = terminal.style('red', '█'.repeat(full)) + terminal.style('dim', '░'.repeat(BAR_LENGTH - full));
  const bits = part.bits.toFixed(1).padStart(5);
  const was = shortText(part.was);
  const said = `${terminal.style('bold', was)}; ${part.context === null ? unknown : contextText(part.context)}`;
  return `${part.name.padEnd(width)} ${bar} ${bits}  ${said}${factorsText(part)}`;
}

/** " (lineage 28.1, parent 8.3)": which factors of a column its bits are of; what was said before is of the first one. */
function factorsText(part: Part & { readonly factors?: readonly { factor: string; bits: number }[] }): string {
  const shown = (part.factors ?? []).filter((f, i) => i === 0 || f.bits >= LEAST_FACTOR_BITS);
  const only = shown.length === 1 ? shown[0]!.factor : undefined;
  if (shown.length === 0 || only === part.name) return '';
  return ` (${only ?? shown.map((f) => `${f.factor} ${f.bits.toFixed(1)}`).join(', ')})`;
}

/** What prints as 0.0 is left out. */
const LEAST_FACTOR_BITS = 0.05;

/** Whose law judges a window, and whose minutes it is ranked among. */
export const WHOSE: Readonly<Record<string, string>> = {
  own: 'its own',
  role: 'its role',
  program: 'its program',
  all: 'everyone',
};

function contextText(context: PartContext): string {
  const { given, seen, own, counts } = context;
  const typical = context.typical.map(({ value, share }) => {
    return share === null ? shortText(value, 40) : `${shortText(value, 40)} ${(100 * share).toFixed(0)} %`;
  });
  const where = given.length === 0 ? 'of all' : `given ${given.join(', ')}`;
  if (counts === 'windows')
    return `usually ${typical.join(', ')}, by ${numberText(seen)} windows of ${WHOSE[given[0]!]}`;
  if (counts === 'pairs') return `among ${numberText(seen)} pairs ${where}${typicalText(typical)}`;
  const many = `${numberText(seen)} ${counts === 'contexts' ? 'contexts' : 'times'}`;
  const known =
    own !== null && own > 0
      ? `seen ${counts === 'contexts' ? 'in ' : ''}${numberText(own)} of ${many}`
      : `never in ${many}`;
  return `${known} ${where}; typical: ${typical.join(', ') || 'nothing'}`;
}

function typicalText(typical: readonly string[]): string {
  return typical.length === 0 ? '' : `; typical: ${typical.join(', ')}`;
}
