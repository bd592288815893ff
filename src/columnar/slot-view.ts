import { COLUMNS, type ColumnName, type ColumnType, col } from '../tuple/columns.js';
import { SLOT_AREAS, SLOT_HEADER, SLOT_ROWS } from '../tuple/slot.js';

type Values = Uint32Array | Uint16Array | Int32Array | BigUint64Array | BigInt64Array | Uint8Array;

function valuesOf(slot: SharedArrayBuffer, type: ColumnType, at: number): Values {
  switch (type) {
    case 'dict':
    case 'u32':
      return new Uint32Array(slot, at, SLOT_ROWS);
    case 'u16':
      return new Uint16Array(slot, at, SLOT_ROWS);
    case 'i32':
      return new Int32Array(slot, at, SLOT_ROWS);
    case 'u64':
      return new BigUint64Array(slot, at, SLOT_ROWS);
    case 'ts':
      return new BigInt64Array(slot, at, SLOT_ROWS);
    case 'bool':
      return new Uint8Array(slot, at, SLOT_ROWS / 8);
  }
}

/** Typed arrays over a slot's columns, made once a slot; reading a value allocates nothing for all but u64 and ts. */
export class SlotView {
  readonly header: Int32Array;
  readonly values: readonly Values[];
  readonly validity: readonly Uint8Array[];

  constructor(readonly slot: SharedArrayBuffer) {
    this.header = new Int32Array(slot, 0, 16);
    this.values = COLUMNS.map((c, i) => valuesOf(slot, c.type, SLOT_AREAS[i]!.values));
    this.validity = COLUMNS.map((_, i) => new Uint8Array(slot, SLOT_AREAS[i]!.validity, SLOT_ROWS / 8));
  }

  get rows(): number {
    return this.header[SLOT_HEADER.rows]!;
  }

  /** Codes of a dictionary column; 0 is null. */
  codes(name: ColumnName): Uint32Array {
    return this.values[col(name)] as Uint32Array;
  }

  /** Low and high halves of a 64-bit column, value i at 2i and 2i + 1. */
  halves(name: ColumnName): Uint32Array {
    return new Uint32Array(this.slot, SLOT_AREAS[col(name)]!.values, SLOT_ROWS * 2);
  }

  isValid(column: number, row: number): boolean {
    return ((this.validity[column]![row >> 3]! >> (row & 7)) & 1) === 1;
  }

  /** A numeric value, or undefined when null. 64-bit values come as bigint. */
  value(column: number, row: number): number | bigint | undefined {
    if (!this.isValid(column, row)) return undefined;
    if (COLUMNS[column]!.type === 'bool') return ((this.values[column]![row >> 3] as number) >> (row & 7)) & 1;
    return this.values[column]![row];
  }
}
