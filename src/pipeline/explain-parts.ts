import type { AtomVector } from '../baseline/factor/atoms.js';
import type { Factor, FactorView } from '../baseline/factor/spec.js';
import { isV6Value } from '../baseline/factor/values.js';
import type { ColumnPart, Explainer, FactorContext } from '../score/explain.js';
import type { EventValues } from './event-vector.js';
import type { Part, PartContext } from './explanation.js';

/** What one column added to the score of a row, and what was typical where it was judged. */
export interface RowPart extends Part {
  /**
   * The factors of the column, whose bits sum to `bits`: first the one that `was` and `context` are of, the dearest whose
   * context is known, then the others, largest first.
   */
  readonly factors: readonly { readonly factor: string; readonly bits: number }[];
}

/** One event whose score is explained. */
export interface ScoredEvent {
  readonly tuple: EventValues;
  readonly vector: AtomVector;
  /** Bits of each factor, as `Surprisal.bits` writes them. */
  readonly each: Float64Array;
  /** Stored bits of each column of the view. */
  readonly by: readonly number[];
}

/** The columns that added to a score, largest first. */
export function explainParts(view: FactorView, explainer: Explainer, event: ScoredEvent): RowPart[] {
  const found = explainer.parts(event.vector, event.each);
  return view.by
    .map((column, i) => partOf(column, found[i], event, event.by[i]!))
    .filter((part) => part.bits !== 0)
    .sort((a, b) => b.bits - a.bits);
}

function partOf(column: string, found: ColumnPart | undefined, event: ScoredEvent, bits: number): RowPart {
  const { tuple, vector } = event;
  const factors = found === undefined ? [] : [found.shown, ...found.others];
  const valueColumn = found === undefined ? column : (VALUE_COLUMNS[found.shown.factor.name] ?? column);
  const was = tuple[valueColumn];
  return {
    name: column,
    bits,
    factors: factors.map((f) => ({ factor: labelOf(f.factor, vector), bits: f.bits })),
    was: was === null || was === undefined ? null : String(was),
    context: found?.context === undefined ? null : contextOf(column, found.context),
  };
}

/** Columns that hold the value of a factor which is shown under another one. */
const VALUE_COLUMNS: Readonly<Record<string, string>> = { parent: 'parent_exe', lineage: 'ancestors', flags: 'flags' };

const V4_PREFIXES = [8, 16, 24, 32];
const V6_PREFIXES = [32, 48, 64, 128];

/** "lineage", of an address its prefix ("daddr/16"), of a path which of its components ("path/2" is the second). */
function labelOf(factor: Factor, v: AtomVector): string {
  if (factor.steps === 1) return factor.name;
  if (factor.base !== 'address') return `${factor.name}/${factor.step + 1}`;
  return `${factor.name}/${(isV6Value(v.lo[factor.value]!) ? V6_PREFIXES : V4_PREFIXES)[factor.step]}`;
}

function contextOf(column: string, context: FactorContext): PartContext {
  const { given, counts, seen, distinct, own } = context;
  const isAddress = column === 'saddr' || column === 'daddr';
  const typical = context.typical.map(({ text, count, share }) => {
    return { value: isAddress ? networkText(text) : text, count, share };
  });
  return { given, counts, seen, distinct, own, typical };
}

/** "127." is the network 127.0.0.0/8; other texts stay. */
function networkText(prefix: string): string {
  const bytes = /^(?:\d{1,3}\.){1,3}$/.test(prefix) ? prefix.slice(0, -1).split('.') : [];
  if (bytes.length === 0) return prefix;
  return `${[...bytes, '0', '0', '0'].slice(0, 4).join('.')}/${8 * bytes.length}`;
}
