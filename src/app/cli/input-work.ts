import { QuinceError } from '../../errors/quince-error.js';
import { openSources } from '../../pipeline/open-sources.js';
import { readRoleRules } from '../../pipeline/role-rules.js';
import { workersFor } from '../../pipeline/train.js';
import { Workers } from '../../pipeline/workers.js';
import type { FileFormat } from '../../source/file-format.js';
import type { Store } from '../../store/store.js';
import type { Source } from '../../tuple/batch.js';
import { numberText } from './count-text.js';
import { type Access, withStore } from './database.js';
import { Interrupt } from './interrupt.js';
import type { Progress } from './progress.js';
import type { Terminal } from './terminal.js';

/** A source as commands take it: `sha256` names it, and `fault` says why it could not be read to its end. */
export type CommandSource = Source & { readonly sha256: string; readonly fault?: QuinceError | undefined };

export interface InputWork {
  readonly store: Store;
  readonly sources: readonly CommandSource[];
  readonly workers: Workers;
  readonly progress: Progress;
}

export interface InputOptions {
  readonly db: string;
  readonly access: Access;
  readonly files: readonly string[];
  readonly workers?: number | undefined;
  readonly format?: FileFormat | undefined;
  readonly network?: string | undefined;
  /** Opens what is read in place of files. */
  readonly open?: (store: Store, workers: number, signal: AbortSignal) => Promise<readonly CommandSource[]>;
  /** What the progress line says. */
  readonly what: 'learning' | 'scoring';
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
  let torn: CommandSource | undefined;
  let stored = 0;
  try {
    await withStore(options.db, options.access, async (store) => {
      const size = options.workers ?? Workers.defaultSize();
      const { signal } = interrupt;
      const { format, network } = options;
      const rules = options.open === undefined ? await readRoleRules(store) : undefined;
      const asked = { hashKey: store.hashKey, workers: size, signal, format, network, roles: rules };
      const sources =
        options.open === undefined ? await openSources(options.files, asked) : await options.open(store, size, signal);
      const workers = workersFor(store, size);
      const progress = terminal.progress(options.what, 'rows');
      const update = (rows: number) => {
        stored = rows;
        progress.update(rows);
      };
      try {
        await work({ store, sources, workers, progress: { update, stop: () => progress.stop() } });
      } finally {
        progress.stop();
        await workers.close();
        for (const source of sources) source.stop();
      }
      torn = sources.find((source) => source.fault !== undefined);
      for (const { name, counters } of sources) {
        if (counters.hint !== undefined)
          terminal.warn(`${name}: ${counters.hint}`, { file: name, hint: counters.hint });
      }
    });
  } catch (error) {
    throw isInterrupted(error) ? interrupted(stored, error) : error;
  } finally {
    interrupt.release();
  }
  if (torn?.fault !== undefined) throw partlyRead(torn.fault, stored, options.what);
}

/** A file that ends too early: its rows up to there count. */
function partlyRead(fault: QuinceError, rows: number, what: InputOptions['what']): QuinceError {
  const done = what === 'learning' ? 'learned' : 'scored and stored';
  const hint = `what can be read before that was ${done}, ${numberText(rows)} rows in all`;
  return new QuinceError(fault.code, fault.message, { cause: fault, hint });
}

function isInterrupted(error: unknown): boolean {
  return error instanceof QuinceError && error.code === 'INTERRUPTED';
}

function interrupted(stored: number, cause: unknown): QuinceError {
  const kept =
    stored === 0
      ? 'before a row was stored; the same command begins again'
      : `when ${numberText(stored)} rows were stored; the same command goes on from there`;
  return new QuinceError('INTERRUPTED', `input requires reading to its end, got a signal ${kept}`, { cause });
}
