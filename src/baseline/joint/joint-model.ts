import { QuinceError } from '../../errors/quince-error.js';
import type { SectionArray } from '../snapshot.js';
import { VIEW_NAMES } from './settings.js';
import type { FittedViews } from './views.js';

/**
 * A fitted joint model: arrays by name, nothing else, so that a snapshot keeps them as sections. `shape` is version,
 * columns, rows of the sample, then the views by their number; `mean` and `scale` are of the columns; `ranks` are the
 * cross-fitted scores of the sample, ascending, one view after the other, `excess` the mean excess of each; `own` are the
 * combined scores of the sample, ascending; VIEW.NAME are the arrays of a view.
 */
export type JointModel = ReadonlyMap<string, SectionArray>;

const VERSION = 1;

/** What the model says beside its views. */
export interface JointRanks {
  readonly rows: number;
  readonly ranks: Float64Array;
  readonly excess: Float64Array;
  readonly own: Float64Array;
}

export function packModel({ scale, views }: FittedViews, { rows, ranks, excess, own }: JointRanks): JointModel {
  const numbers = views.map(({ name }) => VIEW_NAMES.indexOf(name));
  return new Map<string, SectionArray>([
    ['shape', Uint32Array.of(VERSION, scale.mean.length, rows, ...numbers)],
    ['mean', scale.mean],
    ['scale', scale.scale],
    ['ranks', ranks],
    ['excess', excess],
    ['own', own],
    ...views.flatMap(({ name, arrays }) =>
      Object.entries(arrays).map(([key, array]): [string, SectionArray] => [`${name}.${key}`, array]),
    ),
  ]);
}

/** Throws BAD_MODEL for another version, or without one of the arrays. O(arrays). */
export function unpackModel(model: JointModel): { fitted: FittedViews; ranks: JointRanks } {
  const array = <T extends SectionArray>(name: string): T => {
    const found = model.get(name);
    if (found === undefined) throw new QuinceError('BAD_MODEL', `joint model requires an array ${name}, got none`);
    return found as T;
  };
  const [version, , rows, ...numbers] = array<Uint32Array>('shape');
  if (version !== VERSION)
    throw new QuinceError('BAD_MODEL', `joint model requires version ${VERSION}, got ${version}`);
  const views = numbers.map((number) => {
    const name = VIEW_NAMES[number]!;
    const of = [...model].filter(([key]) => key.startsWith(`${name}.`));
    return { name, arrays: Object.fromEntries(of.map(([key, value]) => [key.slice(name.length + 1), value])) };
  });
  return {
    fitted: { scale: { mean: array('mean'), scale: array('scale') }, views },
    ranks: { rows: rows!, ranks: array('ranks'), excess: array('excess'), own: array('own') },
  };
}
