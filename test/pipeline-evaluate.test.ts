import { describe, expect, it } from 'vitest';
import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { Evaluator } from '../dist/pipeline/evaluate.js';
import { parseLabels } from '../dist/pipeline/labels.js';
import type { BatchScores } from '../dist/score/score-batch.js';
import { col } from '../dist/tuple/columns.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';

const NOON = Date.parse('2026-03-02T12:00:00Z');
const LISTENER = 77n;

/** Rows of one listener: an address each, at a second each, with ln p and a signature. */
function evaluate(rows: readonly { daddr: string; lnP: number }[]) {
  const table = new StringTable(0);
  const slot = new SharedArrayBuffer(SLOT_BYTES);
  const writer = new RowWriter(slot, table);
  rows.forEach(({ daddr }, i) => {
    writer.setNumber(col('ts'), i, BigInt(NOON + 1000 * i) * 1000n);
    writer.setText(col('host'), i, 'web1');
    writer.setText(col('syscall'), i, 'accept');
    writer.setText(col('exe'), i, '/usr/sbin/sshd');
    writer.setText(col('daddr'), i, daddr);
    writer.setNumber(col('proc'), i, LISTENER);
    writer.setNumber(col('pid'), i, 77);
  });
  writer.finish(rows.length);
  const n = rows.length;
  const scores: BatchScores = {
    bits: Float64Array.from(rows, ({ lnP }) => -lnP),
    lnP: Float64Array.from(rows, ({ lnP }) => lnP),
    by: new Float64Array(n),
    flags: new Uint8Array(n),
    group: new Int32Array(n),
    instance: Uint32Array.from(rows.flatMap(() => [Number(LISTENER), 0])),
    signature: Uint32Array.from(rows.flatMap((_, i) => [i + 1, 0])),
  };
  const labels = parseLabels(
    JSON.stringify({
      labels: [
        {
          id: 'thief',
          kind: 'attack',
          title: 'a login from an address that never logs in',
          started: '2026-03-02T11:59:00Z',
          ended: '2026-03-02T12:01:00Z',
          roots: [],
          rows: [{ remote: '203.0.113.77' }],
        },
      ],
    }),
    'labels',
  );
  const evaluator = new Evaluator(labels, new Set(['/usr/sbin/sshd']));
  const batch = { id: 'b', slot, rows: n, strings: table, release: () => {} };
  evaluator.take(batch, { fifteen: scores, five: scores }, 0);
  return evaluator.evaluation().verdicts[0]!;
}

describe('a label whose rows a daemon made', () => {
  it('is found where its row is the best of a finding, also beside others of the same p', () => {
    expect(evaluate([{ daddr: '203.0.113.77', lnP: -12 }]).found).toBe(true);
    const twice = [
      { daddr: '203.0.113.88', lnP: -12 },
      { daddr: '203.0.113.77', lnP: -12 },
    ];
    expect(evaluate(twice)).toMatchObject({ found: true, finding: 1 });
  });

  it('is not found where another row is what makes the finding, or there is none', () => {
    const behind = [
      { daddr: '203.0.113.88', lnP: -12 },
      { daddr: '203.0.113.77', lnP: -11 },
    ];
    expect(evaluate(behind).found).toBe(false);
    expect(evaluate([{ daddr: '203.0.113.77', lnP: -6 }]).found).toBe(false);
  });
});
