/**
 * Checks the metadata of an Arrow message before apache-arrow decodes it: the decoder believes every length it reads,
 * and a list said to have 2³² entries takes all memory. Layout after Arrow's Message.fbs and Schema.fbs.
 */

const HEADER = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const;
const STRUCT_BYTES = 16;
const MAX_DEPTH = 32;
const MAX_FIELDS = 10_000;

/** A flatbuffer table; reads outside the bytes throw a RangeError. */
class FlatTable {
  constructor(
    readonly view: DataView,
    private readonly at: number,
  ) {}

  /** Where a field's value is, 0 when it is not there. */
  field(index: number): number {
    const vtable = this.at - this.view.getInt32(this.at, true);
    const slot = 4 + 2 * index;
    if (slot >= this.view.getUint16(vtable, true)) return 0;
    const offset = this.view.getUint16(vtable + slot, true);
    return offset === 0 ? 0 : this.at + offset;
  }

  uint8(index: number): number {
    const at = this.field(index);
    return at === 0 ? 0 : this.view.getUint8(at);
  }

  int64(index: number): bigint {
    const at = this.field(index);
    return at === 0 ? 0n : this.view.getBigInt64(at, true);
  }

  table(index: number): FlatTable | undefined {
    const at = this.field(index);
    return at === 0 ? undefined : new FlatTable(this.view, at + this.view.getUint32(at, true));
  }

  /** Start and length of a vector whose elements all lie within the bytes. */
  vector(index: number, elementBytes: number): { start: number; length: number } {
    const at = this.field(index);
    if (at === 0) return { start: 0, length: 0 };
    const head = at + this.view.getUint32(at, true);
    const length = this.view.getUint32(head, true);
    if (head + 4 + length * elementBytes > this.view.byteLength) throw new RangeError('vector beyond its message');
    return { start: head + 4, length };
  }

  tables(index: number): FlatTable[] {
    const { start, length } = this.vector(index, 4);
    return Array.from({ length }, (_, i) => {
      const at = start + 4 * i;
      return new FlatTable(this.view, at + this.view.getUint32(at, true));
    });
  }
}

/** Size of the body that follows. @throws RangeError for metadata that cannot be of an Arrow message. */
export function checkMetadata(metadata: Uint8Array): number {
  const view = new DataView(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  const message = new FlatTable(view, view.getUint32(0, true));
  const body = message.int64(3);
  message.tables(4);
  const type = message.uint8(1);
  const header = message.table(2);
  if (header === undefined) throw new RangeError('message without a header');
  if (type === HEADER.schema) checkFields(header, 1, 0, { left: MAX_FIELDS });
  if (type === HEADER.recordBatch) checkRecordBatch(header, body);
  if (type === HEADER.dictionaryBatch) {
    const data = header.table(1);
    if (data === undefined) throw new RangeError('dictionary without data');
    checkRecordBatch(data, body);
  }
  return Number(body);
}

function checkFields(parent: FlatTable, index: number, depth: number, budget: { left: number }): void {
  if (depth > MAX_DEPTH) throw new RangeError('fields too deep');
  parent.tables(depth === 0 ? 2 : 6);
  for (const field of parent.tables(index)) {
    if (--budget.left < 0) throw new RangeError('too many fields');
    checkFields(field, 5, depth + 1, budget);
  }
}

function checkRecordBatch(batch: FlatTable, body: bigint): void {
  // A column with values takes at least a bit a row.
  const rows = batch.int64(0);
  if (rows < 0n || rows > body * 8n) throw new RangeError('more rows than the body holds');
  const nodes = batch.vector(1, STRUCT_BYTES);
  for (let i = 0; i < nodes.length; i++) checkPair(batch.view, nodes.start + i * STRUCT_BYTES, body * 8n, false);
  const buffers = batch.vector(2, STRUCT_BYTES);
  for (let i = 0; i < buffers.length; i++) checkPair(batch.view, buffers.start + i * STRUCT_BYTES, body, true);
  batch.vector(4, 8);
}

/** Two int64: length and null count of a node, or offset and length of a buffer. */
function checkPair(view: DataView, at: number, limit: bigint, summed: boolean): void {
  const a = view.getBigInt64(at, true);
  const b = view.getBigInt64(at + 8, true);
  if (a < 0n || b < 0n || a > limit || b > limit || (summed && a + b > limit)) {
    throw new RangeError('lengths beyond the body');
  }
}
