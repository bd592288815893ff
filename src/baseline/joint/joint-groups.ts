import type { Matrix } from '../../stats/matrix.js';
import type { Pair } from '../../tuple/learned.js';
import { FlatTable } from '../flat-table.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import type { JointModel } from './joint-model.js';
import { type JointScores, scoreJoint } from './score-joint.js';
import { type TypicalColumns, typicalColumns } from './typical-columns.js';

/** Joint models of groups, found by the keys of levels. */
export class JointGroups {
  private constructor(
    private readonly table: FlatTable,
    private readonly models: readonly JointModel[],
  ) {}

  static of(keys: readonly Pair[], models: readonly JointModel[]): JointGroups {
    const table = FlatTable.build(
      keys.length,
      (i) => keys[i]!,
      (i) => i,
    );
    return new JointGroups(table, models);
  }

  /** Position of the model of the finest level that has one, −1 without. */
  find(levels: readonly (Pair | undefined)[]): number {
    for (const level of levels) {
      const slot = level === undefined ? -1 : this.table.find(level.lo, level.hi);
      if (slot >= 0) return this.table.values[slot]!;
    }
    return -1;
  }

  score(group: number, vectors: Matrix): JointScores {
    return scoreJoint(this.models[group]!, vectors);
  }

  /** What is typical of a group's columns, and what goes with each vector. */
  typical(group: number, vectors: Matrix): TypicalColumns {
    return typicalColumns(this.models[group]!, vectors);
  }

  /** A model's arrays are sections joint.NUMBER.NAME. */
  freeze(sections: Map<string, SectionArray>): void {
    sections.set('joint.keys', this.table.keys);
    sections.set('joint.row', this.table.values);
    sections.set('joint.models', Uint32Array.of(this.models.length));
    this.models.forEach((model, i) => {
      for (const [name, array] of model) sections.set(`joint.${i}.${name}`, array);
    });
  }

  static read(snapshot: Snapshot): JointGroups {
    const table = new FlatTable(snapshot.array('joint.keys', 'u32'), snapshot.array('joint.row', 'f64'));
    const count = snapshot.array('joint.models', 'u32')[0]!;
    const models = Array.from({ length: count }, (): Map<string, SectionArray> => new Map());
    for (const [name, array] of snapshot.arraysUnder('joint.')) {
      const [, number, rest] = /^(\d+)\.(.+)$/.exec(name) ?? [];
      if (number !== undefined) models[Number(number)]?.set(rest!, array);
    }
    return new JointGroups(table, models);
  }
}
