import { type ParquetChunk, readParquet } from '../duck/parquet.js';
import { columnPosition } from '../tuple/columns.js';
import { type BadReason, BadValue, type RowValues, toCell } from './cell-value.js';
import type { RowGroup, UnknownColumns } from './row-group.js';

class ParquetGroup implements RowGroup {
  private readonly columns: readonly { readonly position: number; readonly values: readonly unknown[] }[];

  constructor(private readonly chunk: ParquetChunk) {
    this.columns = [...chunk.columns].map(([name, values]) => ({ position: columnPosition(name)!, values }));
  }

  get rows(): number {
    return this.chunk.rows;
  }

  fill(row: number, into: RowValues): BadReason | undefined {
    for (const { position, values } of this.columns) {
      const cell = toCell(position, values[row]);
      if (cell instanceof BadValue) return cell.reason;
      into[position] = cell;
    }
    return undefined;
  }
}

/** Reads a Parquet file with the names of the columns; timestamps of any unit, integers of any width. */
export async function* readParquetRows(path: string, unknown: UnknownColumns): AsyncGenerator<RowGroup> {
  const wanted = (name: string) => {
    const known = columnPosition(name) !== undefined;
    if (!known) unknown.add(name);
    return known;
  };
  for await (const chunk of readParquet(path, wanted)) yield new ParquetGroup(chunk);
}
