import { type InputSource, openSources } from '../../pipeline/open-sources.js';
import { workersFor } from '../../pipeline/train.js';
import { Workers } from '../../pipeline/workers.js';
import type { Store } from '../../store/store.js';
import { type Access, withStore } from './database.js';
import { Interrupt } from './interrupt.js';
import type { Progress } from './progress.js';
import type { Terminal } from './terminal.js';

export interface InputWork {
  readonly store: Store;
  readonly sources: readonly InputSource[];
  readonly workers: Workers;
  readonly progress: Progress;
}

export interface InputOptions {
  readonly db: string;
  readonly access: Access;
  readonly files: readonly string[];
  readonly workers?: number | undefined;
  /** What the progress line says. */
  readonly what: string;
}

/**
 * Opens the database, the files and the workers for one piece of work, ends it in order at a signal, and closes all of
 * them. A file that could be read only in part is an error at the end, after its rows were used.
 */
export async function withInput(
  terminal: Terminal,
  options: InputOptions,
  work: (input: InputWork) => Promise<void>,
): Promise<void> {
  const interrupt = new Interrupt();
  let torn: InputSource | undefined;
  try {
    await withStore(options.db, options.access, async (store) => {
      const size = options.workers ?? Workers.defaultSize();
      const { signal } = interrupt;
      const sources = await openSources(options.files, { hashKey: store.hashKey, workers: size, signal });
      const workers = workersFor(store, size);
      const progress = terminal.progress(options.what, 'rows');
      try {
        await work({ store, sources, workers, progress });
      } finally {
        progress.stop();
        await workers.close();
        for (const source of sources) source.stop();
      }
      torn = sources.find((source) => source.fault !== undefined);
    });
  } finally {
    interrupt.release();
  }
  if (torn !== undefined) throw torn.fault;
}
