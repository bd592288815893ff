/** Simulated rows through the code that ships: slots, string table, generalisation, workers. */
import { Baseline } from '../dist/baseline/baseline.js';
import { baselineModel } from '../dist/baseline/model.js';
import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run, { workerWords } from '../dist/pipeline/worker.js';
import { COLUMNS, col } from '../dist/tuple/columns.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';

export const KEY = new Uint8Array(32).fill(11);
const BATCH_ROWS = 4096;
const isText = new Map(COLUMNS.map((c) => [c.name, c.type === 'dict']));

/** Rows to slots, through the string table, redaction and generalisation. */
export class Feeder {
  table = new StringTable(0, KEY);
  slot = new SharedArrayBuffer(SLOT_BYTES);
  words = workerWords(KEY);

  *batches(rows) {
    for (let from = 0; from < rows.length; from += BATCH_ROWS) {
      const part = rows.slice(from, from + BATCH_ROWS);
      const writer = new RowWriter(this.slot, this.table);
      part.forEach((row, i) => {
        for (const [name, value] of Object.entries(row)) {
          if (isText.get(name)) writer.setText(col(name), i, value);
          else writer.setNumber(col(name), i, value);
        }
      });
      writer.finish(part.length);
      yield { part, task: { slot: this.slot, rows: part.length, hashes: this.table.hashes, ...this.words } };
    }
  }
}

/** A baseline that learns rows as `train` does, and scores rows by its snapshots. */
export class Learner {
  feeder = new Feeder();
  baseline = new Baseline(baselineModel(), KEY);
  trainer = new Trainer(this.baseline);

  learn(rows) {
    for (const { task } of this.feeder.batches(rows)) {
      this.trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => this.feeder.table.value(code));
    }
  }

  /** Calls `each(row, i, scores of the fifteen)` row by row, and `windows` with the windows of each batch. */
  score(rows, snapshot, each, windows = () => {}) {
    for (const { part, task } of this.feeder.batches(rows)) {
      const scores = run({ task: 'score', ...task, snapshot: snapshot.block, checksum: snapshot.checksum });
      part.forEach((row, i) => {
        each(row, i, scores.fifteen);
      });
      windows(scores.windows);
    }
  }
}

/** Name of a row's signature. */
export const signatureOf = (scores, i) => `${scores.signature[2 * i + 1]}:${scores.signature[2 * i]}`;
