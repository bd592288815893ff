import { SlotView } from '../columnar/slot-view.js';
import { StringHashes } from '../columnar/string-hashes.js';
import type { Store } from '../store/store.js';
import type { Batch } from '../tuple/batch.js';
import { toBigInt } from '../tuple/hash.js';

/** Names kept; a fleet scored against the baseline of another would have thousands. */
const KEPT = 100;

/** Hosts that appear in what is scored and in nothing that was learned: their rows are judged by other hosts' counts. */
export class UnlearnedHosts {
  private readonly found = new Set<string>();

  private constructor(private readonly learned: ReadonlySet<bigint>) {}

  static async load(store: Store): Promise<UnlearnedHosts> {
    const learned = new Set<bigint>();
    for await (const { host } of store.rows('SELECT DISTINCT host FROM segments')) learned.add(host as bigint);
    return new UnlearnedHosts(learned);
  }

  /** O(rows), a lookup a distinct host. */
  observe(batch: Batch): void {
    if (this.found.size >= KEPT) return;
    const { whole } = new StringHashes(batch.strings.hashes);
    for (const code of new Set(new SlotView(batch.slot).codes('host').subarray(0, batch.rows))) {
      if (code === 0 || this.learned.has(toBigInt(whole[2 * code]!, whole[2 * code + 1]!))) continue;
      const name = batch.strings.text(code);
      if (name !== undefined && this.found.size < KEPT) this.found.add(name);
    }
  }

  /** In the order of their first rows, at most 100. */
  get names(): readonly string[] {
    return [...this.found];
  }
}
