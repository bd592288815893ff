import { writeFileSync } from 'node:fs';
import {
  Bool,
  Field,
  Float64,
  Int64,
  List,
  makeVector,
  RecordBatch,
  RecordBatchStreamWriter,
  Table,
  TimestampMillisecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowBatch } from '../dist/columnar/arrow-batch.js';
import { col } from '../dist/tuple/columns.js';
import { event, jsonLine } from './source-events.js';
import { open, readAll, scratchFolder } from './source-rows.js';

const at = scratchFolder();

const MS = 1_790_000_000_123n;

/** A table as another program would make it: other types, another order, extra columns. */
function foreign(): Table {
  return new Table({
    extra: vectorFromArray([1, 2, 3], new Float64()),
    pid: vectorFromArray([7n, 8n, 1n << 33n], new Int64()),
    exe: vectorFromArray(['/bin/sh', null, '/bin/ls'], new Utf8()),
    syscall: vectorFromArray(['exec', 'exit', 'exec']),
    ts: makeVector({
      type: new TimestampMillisecond(),
      data: BigInt64Array.of(MS, MS + 1n, MS + 2n),
      length: 3,
      nullCount: 0,
    } as never),
    proc: vectorFromArray(['18446744073709551615', '2', '3'], new Utf8()),
    truncated: vectorFromArray([true, false, null], new Bool()),
    args: vectorFromArray([['sh', '-c', 'a b'], [], ['ls']], new List(new Field('item', new Utf8()))),
  });
}

async function readBytes(bytes: Uint8Array) {
  writeFileSync(at('foreign.arrow'), bytes);
  const source = await open(at('foreign.arrow'));
  return { ...(await readAll(source)), bad: source.counters.bad };
}

describe('a foreign Arrow stream', () => {
  const wanted = [
    {
      ts: MS * 1000n,
      syscall: 'exec',
      exe: '/bin/sh',
      pid: 7,
      proc: 18_446_744_073_709_551_615n,
      truncated: 1,
      args: "sh -c 'a b'",
    },
    { ts: (MS + 1n) * 1000n, syscall: 'exit', pid: 8, proc: 2n, truncated: 0 },
  ];

  it('is read by name whatever the types, without an end mark; a bad row costs only itself', async () => {
    const read = await readBytes(RecordBatchStreamWriter.writeAll(foreign()).toUint8Array(true));
    expect(read.fault).toBeUndefined();
    expect(read.rows).toEqual(wanted);
    expect(read.bad).toEqual({ bad_number: 1, unknown_column: 1 });
  });

  it('may be in the file form, which is a magic and the stream', async () => {
    const stream = RecordBatchStreamWriter.writeAll(foreign()).toUint8Array(true);
    const read = await readBytes(Buffer.concat([Buffer.from('ARROW1\0\0'), stream, Buffer.from('footer, not read')]));
    expect(read.fault).toBeUndefined();
    expect(read.rows).toEqual(wanted);
  });

  it('needs a time and a syscall', async () => {
    const table = new Table({ pid: vectorFromArray([1]) });
    const read = await readBytes(RecordBatchStreamWriter.writeAll(table).toUint8Array(true));
    expect(read.fault).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('column ts') });
  });

  it('takes nanoseconds', async () => {
    const ts = makeVector({
      type: new TimestampNanosecond(),
      data: BigInt64Array.of(5_999n),
      length: 1,
      nullCount: 0,
    } as never);
    const table = new Table({ ts, syscall: vectorFromArray(['exit']) });
    const read = await readBytes(RecordBatchStreamWriter.writeAll(table).toUint8Array(true));
    expect(read.rows).toEqual([{ ts: 5n, syscall: 'exit' }]);
  });
});

describe('a stream with our schema and rows that are not ours', () => {
  it('is checked row by row: odd rows are counted, the others go on', async () => {
    writeFileSync(at('rows.jsonl'), [1, 2, 3, 4, 5, 6].map((i) => jsonLine(event(i))).join('\n'));
    let bytes: Uint8Array | undefined;
    await readAll(await open(at('rows.jsonl')), (batch) => {
      const { schema, data } = arrowBatch(batch);
      const values = (name: Parameters<typeof col>[0]) => data.children[col(name)]!.values;
      values('ts')[0] = -1n;
      values('syscall')[2] = 60_000;
      values('syscall')[3] = values('exe')[3];
      values('daddr')[4] = values('exe')[4];
      const marked = new RecordBatch(schema, data, new Map([['quince_end', '6 1 0']]));
      bytes = RecordBatchStreamWriter.writeAll([marked]).toUint8Array(true);
    });
    const read = await readBytes(bytes!);
    expect(read.fault).toBeUndefined();
    expect(read.rows).toEqual([event(2), event(6)]);
    expect(read.bad).toEqual({ bad_ts: 1, bad_code: 1, unknown_syscall: 1, bad_address: 1 });
  });
});
