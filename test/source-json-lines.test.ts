import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrowStreamWriter } from '../dist/columnar/arrow-stream-writer.js';
import { SlotPool } from '../dist/columnar/slot-pool.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { quoteLongIntegers } from '../dist/source/exact-integers.js';
import { COLUMNS, type Column, SYSCALLS } from '../dist/tuple/columns.js';
import { STRING_MAX_BYTES } from '../dist/tuple/string-layout.js';
import { jsonLine } from './source-events.js';
import { open, type PlainRow, readAll, rowsOf, scratchFolder } from './source-rows.js';

const at = scratchFolder();

async function readLines(lines: readonly (string | Buffer)[]) {
  const path = at('lines.jsonl');
  writeFileSync(path, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])));
  const source = await open(path);
  const read = await readAll(source);
  return { ...read, bad: source.counters.bad };
}

const GOOD = '{"ts":5,"syscall":"exit"}';
const row = (extra: string) => `{"ts":5,"syscall":"exit",${extra}}`;

describe('bad rows of JSON lines cost only themselves', () => {
  it.each([
    ['{"ts":5', 'not_json'],
    ['NaN', 'not_json'],
    ['{"ts":NaN,"syscall":"exit"}', 'not_json'],
    ['[]', 'not_object'],
    ['7', 'not_object'],
    ['null', 'not_object'],
    ['{"syscall":"exit"}', 'missing_ts'],
    ['{"ts":null,"syscall":"exit"}', 'missing_ts'],
    ['{"ts":-1,"syscall":"exit"}', 'bad_ts'],
    ['{"ts":1.5,"syscall":"exit"}', 'bad_ts'],
    ['{"ts":1e300,"syscall":"exit"}', 'bad_ts'],
    ['{"ts":99999999999999999999,"syscall":"exit"}', 'bad_ts'],
    ['{"ts":"2026-02-30T00:00:00Z","syscall":"exit"}', 'bad_ts'],
    ['{"ts":{},"syscall":"exit"}', 'bad_ts'],
    ['{"ts":5}', 'missing_syscall'],
    ['{"ts":5,"syscall":"EXEC"}', 'unknown_syscall'],
    ['{"ts":5,"syscall":"__proto__"}', 'unknown_syscall'],
    [row('"dport":65536'), 'bad_port'],
    [row('"sport":-1'), 'bad_port'],
    [row('"sport":80.5'), 'bad_port'],
    [row('"pid":4294967296'), 'bad_number'],
    [row('"pid":-1'), 'bad_number'],
    [row('"ret":2147483648'), 'bad_number'],
    [row('"bytes_out":1e309'), 'bad_number'],
    [row('"bytes_out":-1'), 'bad_number'],
    [row('"bytes_out":18446744073709551616'), 'bad_number'],
    [row('"bytes_out":"18446744073709551616"'), 'bad_number'],
    [row('"truncated":2'), 'bad_number'],
    [row('"cpu":65536'), 'bad_number'],
    [row('"pid":"0x10"'), 'bad_type'],
    [row('"pid":true'), 'bad_type'],
    [row('"pid":[1]'), 'bad_type'],
    [row('"exe":{"a":1}'), 'bad_type'],
    [row('"exe":false'), 'bad_type'],
    [row('"args":["a",1]'), 'bad_type'],
    [row('"daddr":"localhost"'), 'bad_address'],
    [row('"daddr":"127.1"'), 'bad_address'],
    ['{LONG}', 'too_long'],
  ])('%s: %s', async (line, reason) => {
    const long = row(`"x":"${'y'.repeat(1024 * 1024)}"`);
    const read = await readLines([GOOD, line === '{LONG}' ? long : line, GOOD]);
    expect(read.fault).toBeUndefined();
    expect(read.bad).toEqual({ [reason]: 1 });
    expect(read.rows).toEqual([
      { ts: 5n, syscall: 'exit' },
      { ts: 5n, syscall: 'exit' },
    ]);
  });
});

describe('good rows of JSON lines', () => {
  async function one(line: string | Buffer): Promise<PlainRow> {
    const read = await readLines([line]);
    expect(read.bad).toEqual({});
    expect(read.rows).toHaveLength(1);
    return read.rows[0]!;
  }

  it('takes times as RFC 3339, microseconds or digits in quotes', async () => {
    const us = 1_790_000_000_123_456n;
    const text = '2026-09-21T14:13:20.123456Z';
    for (const ts of [`"${text}"`, String(us), `"${us}"`]) {
      expect((await one(`{"ts":${ts},"syscall":"exit"}`)).ts).toBe(us);
    }
  });

  it('keeps 64-bit integers exact, bare or in quotes', async () => {
    const big = 18_446_744_073_709_551_615n;
    expect((await one(row(`"proc":${big}`))).proc).toBe(big);
    expect((await one(row(`"proc":"${big}"`))).proc).toBe(big);
    expect((await one(row('"proc":9007199254740993,"args":"a \\"9007199254740993"'))).proc).toBe(
      9_007_199_254_740_993n,
    );
  });

  it('takes integers for texts, decimal texts for integers, a list for args, booleans', async () => {
    const got = await one(row('"user":1000,"pid":"42","proc":1,"args":["sh","-c","a b"],"truncated":true'));
    expect(got).toMatchObject({ user: '1000', pid: 42, args: "sh -c 'a b'", truncated: 1 });
  });

  it('takes null and the empty text for unknown', async () => {
    expect(await one(row('"exe":"","pid":null,"args":[]'))).toEqual({ ts: 5n, syscall: 'exit' });
  });

  it('reads what is not UTF-8 as U+FFFD, a lone surrogate too', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"ts":5,"syscall":"exit","exe":"/\\ud800'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    expect((await one(bytes)).exe).toBe('/���');
  });

  it('ignores a byte order mark, CR, blank lines and a missing last newline', async () => {
    writeFileSync(at('odd.jsonl'), `\ufeff${GOOD}\r\n\r\n   \n${GOOD}`);
    const source = await open(at('odd.jsonl'));
    expect((await readAll(source)).rows).toHaveLength(2);
    expect(source.counters.bad).toEqual({});
  });

  it('cuts 128 KiB arguments, marks the row and redacts what is left', async () => {
    const long = `tool --token abcdef0123456789 ${'x'.repeat(128 * 1024)}`;
    const got = await one(row(`"args":"${long}","path":"${'p'.repeat(40_000)}"`));
    expect(got.truncated).toBe(1);
    expect(String(got.args).length).toBe(8192);
    expect(String(got.args)).not.toContain('abcdef0123456789');
    expect(String(got.path).length).toBe(STRING_MAX_BYTES);
  });

  it('counts unknown names once each and takes no harm from __proto__', async () => {
    const line = row('"__proto__":{"exe":"/evil"},"constructor":1,"what":2');
    const read = await readLines([line, line]);
    expect(read.bad).toEqual({ unknown_column: 3 });
    expect(read.rows[0]).toEqual({ ts: 5n, syscall: 'exit' });
    const many = await readLines(Array.from({ length: 3000 }, (_, i) => row(`"k${i}":1`)));
    expect(many.bad.unknown_column).toBe(1024);
    expect(many.rows).toHaveLength(3000);
  });
});

describe('quoteLongIntegers', () => {
  it('leaves JSON with small numbers alone and keeps every value otherwise', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        const plain = JSON.parse(json, (_, v) => (Number.isInteger(v) && Math.abs(v) > 1e14 ? 0 : v));
        const text = JSON.stringify(plain);
        expect(quoteLongIntegers(text)).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 64n }), fc.string(), (big, text) => {
        const parsed = JSON.parse(quoteLongIntegers(`{"t":${JSON.stringify(text)},"n":[${big},-1.5e3]}`));
        expect(parsed.t).toBe(text);
        expect(BigInt(parsed.n[0])).toBe(big);
        expect(parsed.n[1]).toBe(-1500);
      }),
    );
  });
});

describe('files that are none', () => {
  const refusal = async (path: string) => {
    try {
      const read = await readAll(await open(path));
      return read.fault;
    } catch (error) {
      return error as Error;
    }
  };

  it('says so for a missing file, a directory, an empty file and empty compressed data', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('empty'), '');
    writeFileSync(at('empty.gz'), gzipSync(''));
    for (const [path, got] of [
      [at('missing'), 'no such file'],
      [at('folder'), 'a directory'],
      [at('empty/x'), 'a path through a file'],
      [at('empty'), 'an empty file'],
      [at('empty.gz'), 'nothing after decompression'],
    ] as const) {
      expect(await refusal(path)).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(got) });
    }
  });

  it('refuses a zstd frame that asks for a window of gigabytes', async () => {
    writeFileSync(at('window.zst'), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0]));
    expect(await refusal(at('window.zst'))).toMatchObject({ code: 'BAD_INPUT' });
  });

  it('delivers the rows before a cut or a fault in compressed data', async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `{"ts":${i},"syscall":"exit","path":"/${(i * 7919) % 10_007}"}`,
    );
    const whole = gzipSync(lines.join('\n'));
    writeFileSync(at('cut.gz'), whole.subarray(0, whole.length - 2000));
    const cut = await readAll(await open(at('cut.gz')));
    expect(cut.fault).toMatchObject({ code: 'TORN_STREAM' });
    expect(cut.rows.length).toBeGreaterThan(15_000);
    expect(cut.rows.map((r) => r.ts)).toEqual(cut.rows.map((_, i) => BigInt(i)));
    const broken = Buffer.from(whole);
    broken.fill(0xaa, 60_000, 60_100);
    writeFileSync(at('broken.gz'), broken);
    const read = await readAll(await open(at('broken.gz')));
    expect(read.fault).toBeDefined();
    expect(read.rows.length).toBeGreaterThan(100);
  });
});

describe('a pipe', () => {
  it('is read from standard input, hashed like the file', async () => {
    writeFileSync(at('piped.jsonl'), `${GOOD}\n`);
    const script = `
      import { openFile } from './dist/source/file-source.js';
      import { SlotPool } from './dist/columnar/slot-pool.js';
      import { StringTable } from './dist/columnar/string-table.js';
      const source = await openFile('-', { pool: new SlotPool(1), makeTable: (e) => new StringTable(e) });
      for await (const batch of source.batches()) { console.log(batch.id, batch.rows); batch.release(); }`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      input: `${GOOD}\n`,
      encoding: 'utf8',
    });
    const { ids } = await readAll(await open(at('piped.jsonl')));
    expect(run.stdout).toBe(`${ids[0]} 1\n`);
  });
});

describe('string table epochs', () => {
  it('begin anew when a table is full, and no row is lost', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => row(`"path":"/${i}${'x'.repeat(12_000)}","fd":${i}`));
    writeFileSync(at('wide.jsonl'), lines.join('\n'));
    const epochs: number[] = [];
    const source = await open(at('wide.jsonl'), { pool: new SlotPool(1), makeTable: (e) => new StringTable(e) });
    const read = await readAll(source, (batch) => epochs.push(batch.strings.epoch));
    expect(epochs.length).toBeGreaterThan(2);
    expect(epochs).toEqual(epochs.map((_, i) => i));
    expect(read.rows.map((r) => r.fd)).toEqual(lines.map((_, i) => i));
    expect(read.rows.every((r, i) => String(r.path).startsWith(`/${i}x`))).toBe(true);
  });
});

describe('round trip', () => {
  const cell = (column: Column): fc.Arbitrary<string | number | bigint> => {
    if (column.name === 'syscall') return fc.constantFrom(...SYSCALLS);
    if (column.strings === 'address') return fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::7'));
    // No command lines: what redaction does to them is tested where it lives.
    if (column.type === 'dict') return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((s) => `x${s}`);
    if (column.type === 'u16') return fc.nat(65_535);
    if (column.type === 'u32') return fc.nat(4_294_967_295);
    if (column.type === 'i32') return fc.integer();
    if (column.type === 'bool') return fc.nat(1);
    if (column.type === 'ts') return fc.bigInt({ min: 0n, max: 7_258_118_399_999_999n });
    return fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  };
  const shape = Object.fromEntries((COLUMNS as readonly Column[]).map((c) => [c.name, cell(c)]));
  const event = fc.record(shape, { requiredKeys: ['ts', 'syscall', 'proc'] });

  it('JSON lines, then an Arrow stream, give back every row as it was', async () => {
    const pool = new SlotPool(2);
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 30 }), fc.boolean(), async (rows, gzip) => {
        const path = at('trip.jsonl');
        const arrow = at(gzip ? 'trip.arrow.gz' : 'trip.arrow');
        const expected = rows.map((r) => ({ ...(r.args === undefined ? r : { ...r, args: expect.anything() }) }));
        writeFileSync(path, rows.map(jsonLine).join('\n'));
        const writer = await ArrowStreamWriter.create(arrow, { force: true });
        const first: PlainRow[] = [];
        for await (const batch of (await open(path, { pool })).batches()) {
          first.push(...rowsOf(batch));
          await writer.write(batch);
          batch.release();
        }
        await writer.close();
        expect(first).toEqual(expected);
        const second = await readAll(await open(arrow, { pool }));
        expect(second).toMatchObject({ rows: first, fault: undefined });
      }),
      { numRuns: 30 },
    );
  });
});
