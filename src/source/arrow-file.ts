import { type ArrowChunk, readArrowStream } from '../columnar/arrow-stream-reader.js';
import type { RowWriter } from '../columnar/row-writer.js';
import { columnPosition } from '../tuple/columns.js';
import { type BadReason, BadValue, type RowValues, toCell } from './cell-value.js';
import { EventCopier } from './event-copier.js';
import type { RowGroup, UnknownColumns } from './row-group.js';

class ArrowGroup implements RowGroup {
  constructor(
    private readonly chunk: ArrowChunk,
    private readonly copier: EventCopier,
  ) {}

  get rows(): number {
    return this.chunk.rows.rows;
  }

  get batchId(): string | undefined {
    return this.chunk.batchId;
  }

  fill(row: number, into: RowValues): BadReason | undefined {
    const { rows, positions } = this.chunk;
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      let value: unknown;
      try {
        value = rows.value(i, row);
      } catch {
        return 'bad_code';
      }
      if (value === undefined) return 'bad_code';
      const cell = toCell(position, value);
      if (cell instanceof BadValue) return cell.reason;
      into[position] = cell;
    }
    return undefined;
  }

  copy(writer: RowWriter, at: number, from: number): number {
    const { native } = this.chunk;
    return native === undefined ? 0 : this.copier.copy(native, this.rows, writer, at, from);
  }
}

/** Reads an Arrow stream: Quince's own at memory speed, a foreign one with the same column names value by value. */
export async function* readArrow(input: AsyncIterable<Uint8Array>, unknown: UnknownColumns): AsyncGenerator<RowGroup> {
  const copier = new EventCopier();
  const onUnknown = (name: string) => unknown.add(name);
  for await (const chunk of readArrowStream({ input, positionOf: columnPosition, onUnknown })) {
    yield new ArrowGroup(chunk, copier);
  }
}
