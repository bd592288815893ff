import { factorCode } from '../baseline/contexts.js';
import { ATOM_NAMES, END_LO, NULL_LO } from '../baseline/factor/atoms.js';
import { VIEWS } from '../baseline/learned-state.js';
import { baselineModel } from '../baseline/model.js';
import type { TermRow } from '../store/learned.js';

/** Rungs that a code of one leaves room for. */
const MOST_RUNGS = 16;

/**
 * What the numbers in cells and contexts stand for, by the model in force:
 *   factor  dims × 100 + id       its name, the column its bits are shown under
 *   rung    factor × 16 + rung    what the rung adds to the key
 *   known   dims × 100 + bit      the factor that the bit of a mask says is known
 *   feature position, size position, value that is no text, and bins a bit of scores
 */
export function modelTerms(): TermRow[] {
  const { views, windows, constants } = baselineModel();
  const rows: TermRow[] = [];
  for (const name of VIEWS) {
    const { dims, factors, by } = views[name];
    for (const factor of factors) {
      const code = factorCode(dims, factor.id);
      const part = factor.steps === 1 ? factor.name : `${factor.name}/${factor.step + 1}`;
      rows.push({ what: 'factor', code, name: part, detail: by[factor.by]! });
      factor.rungs.forEach((atom, rung) => {
        rows.push({
          what: 'rung',
          code: code * MOST_RUNGS + rung,
          name: atom < 0 ? 'all' : ATOM_NAMES[atom]!,
          detail: null,
        });
      });
      if (factor.step === 0) {
        rows.push({ what: 'known', code: factorCode(dims, factor.bit), name: factor.name, detail: null });
      }
    }
  }
  for (const [code, { name, unit }] of windows.features.entries())
    rows.push({ what: 'feature', code, name, detail: unit });
  for (const [code, size] of windows.sizes.entries())
    rows.push({ what: 'size', code, name: String(size), detail: null });
  rows.push({ what: 'value', code: NULL_LO, name: 'unknown', detail: null });
  rows.push({ what: 'value', code: END_LO, name: '(nothing behind)', detail: null });
  rows.push({ what: 'bins_per_bit', code: constants.bins_per_bit, name: 'factors', detail: null });
  return rows;
}
