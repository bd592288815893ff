import { CellTable } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { VectorSample } from '../dist/baseline/joint/vector-sample.js';
import { Roles } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import { type Entity, entityKey } from '../dist/baseline/window/entities.js';
import type { HostHour } from '../dist/baseline/window/host-hour.js';
import { MODEL } from './engine-world.js';

const { windows } = MODEL;
export const FEW = { ...MODEL, vectors: { ...MODEL.vectors, dayRows: 4 } };
export const HOST = { lo: 11, hi: 12 };
export const id = (name: string) => windows.features.findIndex((f) => f.name === name);
export const subject = (n: number, host = HOST): Entity => ({
  kind: 'subject',
  host,
  exe: { lo: n, hi: 7 },
  user: { lo: 1, hi: 2 },
});
type Did = Readonly<Record<string, number>>;

/** An hour in which each subject did so much of each feature in the first minute of each of its ten-minute windows. */
export function hourOf(hour: number, subjects: readonly (readonly Did[])[], host = HOST): HostHour {
  const entities = subjects.map((did, n) => {
    const entity = subject(n, host);
    const names = [...new Set(did.flatMap((one) => Object.keys(one)))].sort((a, b) => id(a) - id(b));
    const series = names.map((name) => {
      const added = new Float64Array(60);
      did.forEach((one, w) => {
        added[10 * w] = one[name] ?? 0;
      });
      return { feature: id(name), added: windows.sizes.map(() => added) };
    });
    return { key: entityKey(entity), entity, series };
  });
  const lost = windows.sizes.map(() => new Float64Array(60));
  return { host, hour, whole: [0, 60], lost, lostEvents: undefined, entities };
}

export class World {
  readonly cells = new CellTable();
  readonly contexts = new ContextTable();
  readonly segments = new Segments();
  readonly roles = new Roles();
  readonly into = { cells: this.cells, contexts: this.contexts, segment: this.segments.add.bind(this.segments) };

  learn(hours: readonly HostHour[], models = FEW): this {
    const sample = new VectorSample(models, this.into);
    for (const hour of hours) sample.close(hour);
    return this;
  }

  get state() {
    const { contexts, segments, roles } = this;
    return { cells: this.cells.sorted(), contexts, segments, roles, leftOut: [] };
  }
}
