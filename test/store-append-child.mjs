/**
 * Appends batches 0 to count − 1 to a database as one run and says `stored N` after each: a process to be killed.
 * Arguments: database, count. The same arguments always give the same events and scores.
 */
import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { Store } from '../dist/store/store.js';
import { col } from '../dist/tuple/columns.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';

const ROWS = 500;
const KEY = '000102030405060708090a0b0c0d0e0f';

/** Pseudo-random integers below n (Lehmer), so that a re-run makes the same rows. */
let seed = 1;
const draw = (n) => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % n;
};

function fill(slot, table, batch) {
  const writer = new RowWriter(slot, table);
  for (let r = 0; r < ROWS; r++) {
    writer.setNumber(col('ts'), r, 1_772_442_000_000_000n + BigInt(batch * ROWS + r));
    writer.setText(col('exe'), r, `/usr/bin/program-${draw(40 + batch)}`);
    writer.setText(col('args'), r, `program --number ${draw(900)}`);
    writer.setText(col('syscall'), r, draw(2) ? 'connect' : 'exec');
    writer.setNumber(col('proc'), r, (BigInt(draw(2 ** 31 - 2)) << 33n) | BigInt(r));
    if (draw(3)) writer.setNumber(col('dport'), r, draw(65_536));
  }
  writer.finish(ROWS);
}

function scores(batch) {
  const by = Float64Array.from({ length: 2 * ROWS }, () => draw(1000) / 50);
  const bits = Float64Array.from({ length: ROWS }, (_, i) => by[2 * i] + by[2 * i + 1]);
  const group = new Int32Array(ROWS).fill(batch);
  return {
    dims: 15,
    snapshot: 1,
    bits,
    lnP: bits.map((b) => -b),
    flags: new Uint8Array(ROWS),
    group,
    names: ['exe', 'dport'],
    by,
  };
}

const [path, count] = [process.argv[2], Number(process.argv[3])];
const store = await Store.open(path, { key: KEY });
const { run, complete } = await store.beginRun({ kind: 'score', key: 'child' });
const slot = new SharedArrayBuffer(SLOT_BYTES);
let table = new StringTable(0);
for (let batch = 0; batch < count; batch++) {
  if (batch === 6) table = new StringTable(1);
  fill(slot, table, batch);
  await store.appendBatch(run, { id: `child/${batch}`, slot, rows: ROWS, strings: table, release() {} }, [
    scores(batch),
  ]);
  console.log(`stored ${batch}`);
}
const cells = {
  length: 2,
  kind: Uint8Array.of(1, 1),
  segment: Uint32Array.of(1, 0, 1, 0),
  context: Uint32Array.of(2, 0, 3, 0),
  value: Uint32Array.of(4, 0, 4, 0),
  n: Float64Array.of(count, 1),
  s: new Float64Array(2),
};
if (!complete) await store.commit({ learned: { cells }, end: { run, rows: count * ROWS, bad: {} } });
await store.close();
