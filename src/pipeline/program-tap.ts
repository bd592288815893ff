import { SlotView } from '../columnar/slot-view.js';
import type { Batch, Source, SourceCounters } from '../tuple/batch.js';

/** A source that notes the programs (`exe`) which pass, for the plain rule "never-seen exe". */
export class ProgramTap implements Source {
  constructor(
    private readonly source: Source & { readonly sha256: string },
    private readonly exes: Set<string>,
  ) {}

  get name(): string {
    return this.source.name;
  }

  get sha256(): string {
    return this.source.sha256;
  }

  get counters(): SourceCounters {
    return this.source.counters;
  }

  async *batches(): AsyncGenerator<Batch> {
    for await (const batch of this.source.batches()) {
      const codes = new Set(new SlotView(batch.slot).codes('exe').subarray(0, batch.rows));
      for (const code of codes) {
        const exe = batch.strings.text(code);
        if (exe !== undefined) this.exes.add(exe);
      }
      yield batch;
    }
  }

  stop(): void {
    this.source.stop();
  }
}
