import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrowStreamWriter } from '../dist/columnar/arrow-stream-writer.js';
import { SlotPool } from '../dist/columnar/slot-pool.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { events, jsonLine } from './source-events.js';
import { open, type PlainRow, type Read, readAll, scratchFolder } from './source-rows.js';

const at = scratchFolder();
const pool = new SlotPool(2);
// One table for all: these tests look at rows, and a table costs 20 MB.
const table = new StringTable(0);
const rows = events(24);

/** A small stream of four chunks, as it is on the disk. */
async function recorded(name: string): Promise<Buffer> {
  writeFileSync(at('events.jsonl'), rows.map(jsonLine).join('\n'));
  const writer = await ArrowStreamWriter.create(at(name), { force: true, maxDelayMs: 0 });
  for (let from = 0; from < rows.length; from += 6) {
    writeFileSync(
      at('part.jsonl'),
      rows
        .slice(from, from + 6)
        .map(jsonLine)
        .join('\n'),
    );
    for await (const batch of (await open(at('part.jsonl'), { pool })).batches()) {
      await writer.write(batch);
      batch.release();
    }
  }
  await writer.close();
  return readFile(at(name));
}

async function read(bytes: Uint8Array): Promise<Read> {
  writeFileSync(at('damaged'), bytes);
  try {
    return await readAll(await open(at('damaged'), { pool, makeTable: () => table }));
  } catch (fault) {
    return { rows: [], ids: [], fault: fault as Error };
  }
}

const isPrefix = (got: readonly PlainRow[]) => expect(got).toEqual(rows.slice(0, got.length));

describe('a torn Arrow stream', () => {
  it.each(['plain.arrow', 'zipped.arrow.gz'])(
    '%s, cut anywhere, gives the rows before the cut and says so',
    async (name) => {
      const whole = await recorded(name);
      expect((await read(whole)).fault).toBeUndefined();
      const step = Math.max(1, Math.floor(whole.length / 60));
      let best = 0;
      for (let cut = 0; cut < whole.length; cut += step) {
        const got = await read(whole.subarray(0, cut));
        isPrefix(got.rows);
        // Only what follows the end mark may be missing: gzip's checksum.
        if (got.fault === undefined) expect(got.rows.length, `cut at ${cut}`).toBe(rows.length);
        else expect(got.fault.code).toMatch(/^(TORN_STREAM|BAD_INPUT)$/);
        if (cut < whole.length - 64) expect(got.fault, `cut at ${cut}`).toBeDefined();
        expect(got.rows.length).toBeGreaterThanOrEqual(best);
        best = got.rows.length;
      }
      expect(best).toBe(rows.length);
      expect(pool.available).toBe(2);
    },
    60_000,
  );

  it('cut in the last 40 bytes, at every one of them, is torn or whole', async () => {
    const whole = await recorded('tail.arrow');
    for (let cut = whole.length - 40; cut < whole.length; cut++) {
      const got = await read(whole.subarray(0, cut));
      isPrefix(got.rows);
      expect(got.rows.length).toBe(rows.length);
      // Behind the end mark only the end-of-stream marker follows, 8 bytes; all rows and counts are there.
      if (cut < whole.length - 8) expect(got.fault).toMatchObject({ code: 'TORN_STREAM' });
      else if (got.fault !== undefined) expect(got.fault).toMatchObject({ code: 'TORN_STREAM' });
    }
  });

  it('cut between two chunks, where apache-arrow alone sees a whole stream, is torn', async () => {
    const whole = await recorded('between.arrow');
    const starts: number[] = [];
    for (let i = 0; i + 8 < whole.length; i += 8) if (whole.readUInt32LE(i) === 0xffffffff) starts.push(i);
    expect(starts.length).toBeGreaterThan(8);
    for (const cut of starts.slice(1, -1)) expect((await read(whole.subarray(0, cut))).fault?.code).toBe('TORN_STREAM');
  });
});

describe('damaged bytes', () => {
  it.each(['flip.arrow', 'flip.arrow.gz'])(
    '%s: never a crash, a hang or a lost slot',
    async (name) => {
      const whole = await recorded(name);
      const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(flips, async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [where, value] of changes) bytes[where] = value;
          const got = await read(bytes);
          if (got.fault !== undefined) expect(got.fault.code).toMatch(/^(TORN_STREAM|BAD_INPUT)$/);
          expect(got.rows.length).toBeLessThanOrEqual(rows.length);
          expect(pool.available).toBe(2);
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );

  it('of any kind behind each magic number are refused', async () => {
    const magics = [
      [0xff, 0xff, 0xff, 0xff],
      [0x1f, 0x8b],
      [0x28, 0xb5, 0x2f, 0xfd],
      [...Buffer.from('PAR1')],
      [...Buffer.from('ARROW1')],
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 200 }), async (magic, rest) => {
        const got = await read(Buffer.from([...magic, ...rest]));
        expect(got.fault?.code).toMatch(/^(TORN_STREAM|BAD_INPUT)$/);
        expect(got.rows).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
