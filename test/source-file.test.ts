import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { ArrowStreamWriter } from '../dist/columnar/arrow-stream-writer.js';
import { COLUMNS } from '../dist/tuple/columns.js';
import { SLOT_ROWS } from '../dist/tuple/slot.js';
import { describeSource, type SourceUnderTest } from './source-contract.js';
import { events, jsonLine, rawEvent, SECRET } from './source-events.js';
import { open, scratchFolder } from './source-rows.js';

const COUNT = SLOT_ROWS + 777;
const at = scratchFolder();
const rows = events(COUNT);

/** The events as JSON lines, with bad rows between the good ones. */
function writeJson(path: string, withBad: boolean): void {
  const lines = events(COUNT, rawEvent).map(jsonLine);
  if (withBad) {
    lines.splice(5, 0, '{"half": ', '[1, 2]', '{"syscall":"exec"}', '{"ts":1,"syscall":"exec","sport":65536}');
    lines.push('{"ts":"yesterday","syscall":"exec"}', '{"ts":1,"syscall":"reboot","what":1,"else":2}');
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}

const BAD = {
  not_json: 1,
  not_object: 1,
  missing_ts: 1,
  bad_port: 1,
  bad_ts: 1,
  unknown_syscall: 1,
  unknown_column: 2,
};

/** Where the bad lines of `writeJson` stand; of an unknown column the row is good. */
const BAD_LINES = {
  not_json: 6,
  not_object: 7,
  missing_ts: 8,
  bad_port: 9,
  bad_ts: COUNT + 5,
  unknown_syscall: COUNT + 6,
};

function subject(path: string, bad: Record<string, number> = {}): SourceUnderTest {
  return { make: (pool) => open(path, { pool }), rows, bad, secrets: [SECRET] };
}

async function copyBy(sql: (from: string) => string): Promise<void> {
  const plain = at('plain.jsonl');
  writeJson(plain, false);
  const types = COLUMNS.map((c) => {
    const type = {
      dict: 'VARCHAR',
      u16: 'USMALLINT',
      u32: 'UINTEGER',
      u64: 'UBIGINT',
      i32: 'INTEGER',
      ts: 'BIGINT',
      bool: 'UTINYINT',
    };
    return `"${c.name}": '${type[c.type]}'`;
  });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(sql(`read_json('${plain}', format = 'newline_delimited', columns = {${types.join(', ')}})`));
  connection.closeSync();
  instance.closeSync();
}

async function writeArrow(path: string): Promise<void> {
  writeJson(at('for-arrow.jsonl'), false);
  const writer = await ArrowStreamWriter.create(path, { force: true });
  for await (const batch of (await open(at('for-arrow.jsonl'))).batches()) {
    await writer.write(batch);
    batch.release();
  }
  await writer.close();
}

describeSource('JSON lines with bad rows', async () => {
  writeJson(at('bad.jsonl'), true);
  return { ...subject(at('bad.jsonl'), BAD), badLines: BAD_LINES };
});

describeSource('JSON lines under gzip', async () => {
  writeJson(at('zip.jsonl'), true);
  writeFileSync(at('zip'), gzipSync(readFileSync(at('zip.jsonl'))));
  return { ...subject(at('zip'), BAD), badLines: BAD_LINES };
});

describeSource('JSON lines under zstd, written by DuckDB', async () => {
  const path = at('events.json.zst');
  await copyBy((from) => `COPY (SELECT * FROM ${from}) TO '${path}' (FORMAT json, COMPRESSION zstd)`);
  return subject(path);
});

describeSource('Parquet, written by DuckDB', async () => {
  const path = at('events.parquet');
  await copyBy(
    (from) => `COPY (SELECT * REPLACE (make_timestamp(ts) AS ts, truncated = 1 AS truncated), 1 AS other FROM ${from})
      TO '${path}' (FORMAT parquet)`,
  );
  return subject(path, { unknown_column: 1 });
});

describeSource('Arrow stream', async () => {
  await writeArrow(at('events.arrow'));
  return subject(at('events.arrow'));
});

describeSource('Arrow stream under gzip', async () => {
  await writeArrow(at('events.arrow.gz'));
  return subject(at('events.arrow.gz'));
});
