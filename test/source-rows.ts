import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { SlotPool } from '../dist/columnar/slot-pool.js';
import { SlotView } from '../dist/columnar/slot-view.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { type FileOptions, type FileSource, openFile } from '../dist/source/file-source.js';
import type { Batch, Source } from '../dist/tuple/batch.js';
import { COLUMNS, type Column } from '../dist/tuple/columns.js';

/** A row as a person reads it: null columns left out, 64-bit values as bigint. */
export type PlainRow = Record<string, string | number | bigint>;

const columns: readonly Column[] = COLUMNS;

export function rowsOf(batch: Batch): PlainRow[] {
  const view = new SlotView(batch.slot);
  const rows: PlainRow[] = [];
  for (let r = 0; r < batch.rows; r++) {
    const row: PlainRow = {};
    for (const [c, column] of columns.entries()) {
      const value = view.value(c, r);
      if (value === undefined) continue;
      row[column.name] = column.type === 'dict' ? batch.strings.text(value as number)! : value;
    }
    rows.push(row);
  }
  return rows;
}

export interface Read {
  readonly rows: PlainRow[];
  readonly ids: string[];
  /** What ended the iteration, if not its end. */
  readonly fault: (Error & { code?: string }) | undefined;
}

/** Reads a source to its end or fault and gives every slot back. */
export async function readAll(source: Source, each?: (batch: Batch) => void): Promise<Read> {
  const rows: PlainRow[] = [];
  const ids: string[] = [];
  try {
    for await (const batch of source.batches()) {
      each?.(batch);
      rows.push(...rowsOf(batch));
      ids.push(batch.id);
      batch.release();
    }
  } catch (error) {
    return { rows, ids, fault: error as Error };
  }
  return { rows, ids, fault: undefined };
}

export function open(path: string, options: Partial<FileOptions> = {}): Promise<FileSource> {
  return openFile(path, { pool: new SlotPool(3), makeTable: (epoch) => new StringTable(epoch), ...options });
}

/** A folder for the files of one test file, removed at its end. */
export function scratchFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'quince-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}
