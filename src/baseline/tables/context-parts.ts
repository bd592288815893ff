import { QuinceError } from '../../errors/quince-error.js';
import { type ContextColumns, type Pair, pairName } from '../../tuple/learned.js';
import { CALIBRATION_FACTOR, ContextTable, factorCode, RHYTHM_FACTOR, SIGNATURE_FACTOR } from '../contexts.js';
import { ROLE_ATOM } from '../factor/atoms.js';
import type { FactorView } from '../factor/spec.js';

/** What contexts are made of, to be asked by context: the factor, the rungs, the parts. Throws BAD_MODEL where it has none. */
export class ContextParts {
  readonly table = new ContextTable();
  private readonly parts = new Map<string, Map<number, Pair>>();
  private last = { dims: 0, lo: 0, hi: 0, id: 0 };

  constructor(contexts: ContextColumns) {
    this.table.addAll(contexts);
    for (let i = 0; i < this.table.size; i++) this.collectPart(i);
  }

  /** Cells of one context follow each other. */
  factorOf(view: FactorView, context: Pair): number {
    const { last } = this;
    if (last.dims === view.dims && last.lo === context.lo && last.hi === context.hi) return last.id;
    for (const { id, rungs } of view.factors) {
      if (this.table.find(context.lo, context.hi, factorCode(view.dims, id), rungs.length - 1) < 0) continue;
      this.last = { dims: view.dims, ...context, id };
      return id;
    }
    throw unsound('cell', 'a context of a factor');
  }

  /** Rows of a context's rungs, coarse to fine; the role's has none. */
  ladder(view: FactorView, id: number, finest: Pair): number[] {
    const { rungs } = view.factors[id]!;
    const chain: number[] = [];
    for (let k = rungs.length - 1, at = finest; k >= 0; k--) {
      if (rungs[k] === ROLE_ATOM) continue;
      const row = this.table.find(at.lo, at.hi, factorCode(view.dims, id), k);
      if (row < 0) throw unsound('context', 'all rungs of its ladder');
      chain.unshift(row);
      at = this.table.parent(row);
    }
    return chain;
  }

  /** Values of a signature, calibration context or pair by rung. */
  partsOf(code: number, context: Pair): Map<number, Pair> {
    const parts = this.parts.get(`${code}:${pairName(context)}`);
    if (parts === undefined) throw unsound('cell', 'a context with its parts');
    return parts;
  }

  private collectPart(i: number): void {
    const id = this.table.factor(i) % 100;
    if (![SIGNATURE_FACTOR, CALIBRATION_FACTOR, RHYTHM_FACTOR].includes(id)) return;
    const key = `${this.table.factor(i)}:${pairName(this.table.context(i))}`;
    const parts = this.parts.get(key) ?? new Map<number, Pair>();
    parts.set(this.table.rung(i), this.table.value(i));
    this.parts.set(key, parts);
  }
}

export function unsound(what: string, rule: string): QuinceError {
  return new QuinceError('BAD_MODEL', `${what} of a model requires ${rule}, got one that does not fit`);
}
