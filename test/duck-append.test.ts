import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Duck } from '../dist/duck/duck.js';
import { open } from '../dist/duck/open.js';
import type { FixedType } from '../dist/duck/sql-type.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let duck: Duck;

beforeAll(async () => {
  duck = await open(':memory:');
});

afterAll(() => duck.close());

const ARRAYS = {
  UTINYINT: Uint8Array,
  USMALLINT: Uint16Array,
  UINTEGER: Uint32Array,
  UBIGINT: BigUint64Array,
  SMALLINT: Int16Array,
  INTEGER: Int32Array,
  BIGINT: BigInt64Array,
  DOUBLE: Float64Array,
} as const;

const shared = (bytes: Uint8Array) => {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
};

describe('append', () => {
  it('keeps every bit of every type, null where the bitmap says, across chunks, from plain and shared memory', async () => {
    const types = Object.keys(ARRAYS) as (keyof typeof ARRAYS)[];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...types),
        fc.integer({ min: 0, max: 5000 }),
        fc.infiniteStream(fc.nat(255)),
        fc.boolean(),
        async (type, rows, stream, isShared) => {
          const width = ARRAYS[type].BYTES_PER_ELEMENT;
          const raw = Uint8Array.from({ length: rows * width }, () => stream.next().value);
          const valid = Uint8Array.from({ length: Math.ceil(rows / 8) }, () => stream.next().value);
          const bytes = isShared ? shared(raw) : raw;
          await duck.run(`CREATE OR REPLACE TABLE t (i INTEGER, v ${type})`);
          const index = { type: 'INTEGER', values: Int32Array.from({ length: rows }, (_, i) => i) } as const;
          await duck.append('t', [index, { type, values: bytes, valid }], rows);
          const kept = Array.from({ length: rows }, (_, i) => i).filter((i) => (valid[i >> 3]! >> (i & 7)) & 1);
          const nulls = await duck.columns('SELECT i FROM t WHERE v IS NULL ORDER BY i', ['INTEGER']);
          expect(nulls.rows).toBe(rows - kept.length);
          const got = await duck.columns('SELECT v FROM t WHERE v IS NOT NULL ORDER BY i', [type as FixedType]);
          const want = kept.flatMap((i) => [...raw.subarray(i * width, (i + 1) * width)]);
          expect(Buffer.from(got.columns[0]!).equals(Buffer.from(want))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps texts and blobs, hostile ones too', async () => {
    const texts = ['', 'é', 'a\u0000b', '\u001b[31m', "'; DROP TABLE t; --", '日本'.repeat(5000), null, '\ufffd'];
    const blobs = texts.map((t) => (t === null ? null : new Uint8Array(Buffer.from(t))));
    await duck.run('CREATE OR REPLACE TABLE t (v VARCHAR, b BLOB)');
    const columns = [
      { type: 'VARCHAR', values: texts },
      { type: 'BLOB', values: blobs },
    ] as const;
    await duck.append('t', columns, texts.length);
    const rows = await duck.all('SELECT v, b FROM t');
    expect(rows.map((r) => r.v)).toEqual(texts);
    expect(rows.map((r) => r.b && Buffer.from(r.b as Uint8Array).toString())).toEqual(texts);
  });

  it('refuses short columns, and DuckDB the wrong number of them', async () => {
    await duck.run('CREATE OR REPLACE TABLE t (v INTEGER)');
    const short = { type: 'INTEGER', values: new Int32Array(9) } as const;
    await expect(duck.append('t', [short], 10)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(duck.append('t', [{ ...short, valid: new Uint8Array(1) }], 9)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    await expect(duck.append('t', [short, short], 9)).rejects.toMatchObject({ name: 'QuinceError' });
    expect(await duck.all('SELECT count(*) AS n FROM t')).toEqual([{ n: 0n }]);
  });
});

describe('transaction', () => {
  it('keeps all or nothing, and others wait for its end', async () => {
    await duck.run('CREATE OR REPLACE TABLE t (v INTEGER)');
    const failing = duck.transaction(async (session) => {
      await session.append('t', [{ type: 'INTEGER', values: Int32Array.of(1) }], 1);
      await session.run('INSERT INTO t VALUES (2)');
      throw new Error('on purpose');
    });
    const after = duck.run('INSERT INTO t VALUES (3)');
    await expect(failing).rejects.toThrow('on purpose');
    await after;
    expect(await duck.all('SELECT v FROM t')).toEqual([{ v: 3 }]);
    expect(await duck.transaction((s) => s.run('INSERT INTO t VALUES (4), (5)'))).toBe(2);
  });

  it('is not seen by a streaming reader before its end', async () => {
    await duck.run('CREATE OR REPLACE TABLE t AS SELECT 1 AS v');
    await duck.transaction(async (session) => {
      await session.run('INSERT INTO t VALUES (2)');
      const seen = [];
      for await (const row of duck.rows('SELECT v FROM t')) seen.push(row.v);
      expect(seen).toEqual([1]);
    });
  });
});
