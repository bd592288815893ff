import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyBits, setBits } from '../dist/columnar/copy-bits.js';
import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { ARGS_MAX_BYTES, cutText } from '../dist/columnar/text-coder.js';
import { COLUMNS, type Column, col } from '../dist/tuple/columns.js';
import { SLOT_BYTES, SLOT_HEADER, SLOT_ROWS, SLOT_STATE } from '../dist/tuple/slot.js';
import { STRING_MAX_BYTES } from '../dist/tuple/string-layout.js';

const columns: readonly Column[] = COLUMNS;
const bytes = (text: string) => Buffer.byteLength(text, 'utf8');

function writer(fill = 0): RowWriter {
  const slot = new SharedArrayBuffer(SLOT_BYTES);
  new Uint8Array(slot).fill(fill);
  return new RowWriter(slot, new StringTable(7));
}

const textOf = (w: RowWriter, name: Parameters<typeof col>[0], row = 0) => w.table.text(w.view.codes(name)[row]!);

describe('RowWriter', () => {
  it('writes each type at its extremes and reads it back', () => {
    const extremes = {
      u16: [0, 65_535],
      u32: [0, 4_294_967_295],
      i32: [-2_147_483_648, 2_147_483_647],
      u64: [0n, 18_446_744_073_709_551_615n],
      ts: [0n, 7_289_654_399_999_999n],
      bool: [0, 1],
    };
    const w = writer(0xff);
    for (const [c, column] of columns.entries()) {
      if (column.type === 'dict') continue;
      for (const [row, value] of extremes[column.type].entries()) w.setNumber(c, row, value);
      w.setNumber(c, 2, undefined);
      expect([0, 1, 2].map((row) => w.view.value(c, row))).toEqual([...extremes[column.type], undefined]);
    }
  });

  it('leaves a used slot byte for byte like a fresh one', () => {
    const slots = [writer(0), writer(0xff)].map((w) => {
      w.setText(col('exe'), 0, '/bin/sh');
      w.setNumber(col('pid'), 1, 9);
      w.setText(col('path'), 1, undefined);
      w.finish(2);
      return Buffer.from(w.slot);
    });
    expect(slots[0]!.equals(slots[1]!)).toBe(true);
  });

  it('publishes rows, strings and epoch when it finishes, and refuses more rows than a slot has', () => {
    const w = writer();
    expect(w.view.header[SLOT_HEADER.state]).toBe(SLOT_STATE.filling);
    w.setText(col('comm'), 0, 'sh');
    w.finish(1);
    const words = [SLOT_HEADER.state, SLOT_HEADER.rows, SLOT_HEADER.strings, SLOT_HEADER.epoch];
    expect(words.map((word) => w.view.header[word])).toEqual([SLOT_STATE.full, 1, 2, 7]);
    expect(() => w.finish(SLOT_ROWS + 1)).toThrow('at most 8192 rows');
  });

  it('takes the empty text for null and makes addresses canonical', () => {
    const w = writer();
    w.setText(col('comm'), 0, '');
    expect(w.view.isValid(col('comm'), 0)).toBe(false);
    expect(w.setText(col('daddr'), 0, '::ffff:192.0.2.7')).toBe(true);
    expect(w.setText(col('saddr'), 0, '2001:DB8:0:0::1')).toBe(true);
    expect([textOf(w, 'daddr'), textOf(w, 'saddr')]).toEqual(['192.0.2.7', '2001:db8::1']);
    expect(w.setText(col('daddr'), 1, 'not.an.address')).toBe(false);
    expect(w.view.isValid(col('daddr'), 1)).toBe(false);
  });

  it('cuts long texts at whole characters and says so', () => {
    const w = writer();
    w.setText(col('path'), 0, 'é'.repeat(40_000));
    w.setText(col('args'), 1, `x ${'👩'.repeat(5000)}`);
    w.setText(col('args'), 2, 'short');
    expect(bytes(textOf(w, 'path', 0)!)).toBe(STRING_MAX_BYTES);
    expect(bytes(textOf(w, 'args', 1)!)).toBeLessThanOrEqual(ARGS_MAX_BYTES);
    expect(bytes(textOf(w, 'args', 1)!)).toBeGreaterThan(ARGS_MAX_BYTES - 4);
    expect([0, 1, 2].map((row) => w.view.value(col('truncated'), row))).toEqual([1, 1, undefined]);
  });

  it('redacts before it cuts, so that a secret on the cut does not stay in half', () => {
    const secret = 's3cr3t-token-value-0123456789';
    for (let at = ARGS_MAX_BYTES - 60; at < ARGS_MAX_BYTES + 5; at += 3) {
      const w = writer();
      w.setText(col('args'), 0, `${'x'.repeat(at - 12)} --password ${secret}`);
      expect(textOf(w, 'args')).not.toContain('s3cr');
      expect(Buffer.from(w.table.buffer).includes('s3cr')).toBe(false);
    }
  });

  it('gives hostile texts back as they came, lone surrogates as U+FFFD', () => {
    const w = writer();
    const texts = ['\ud800x', '__proto__', '\u0000', '\u001b[2J', 'constructor', '￿'];
    for (const [row, text] of texts.entries()) w.setText(col('comm'), row, text);
    expect(texts.map((_, row) => textOf(w, 'comm', row))).toEqual(['�x', ...texts.slice(1)]);
  });
});

describe('cutText', () => {
  it('keeps the longest prefix of whole code points within the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 0, max: 100 }), (text, limit) => {
        const cut = cutText(text, limit);
        expect(text.startsWith(cut)).toBe(true);
        expect(bytes(cut)).toBeLessThanOrEqual(limit);
        expect(cut.isWellFormed()).toBe(true);
        const next = [...text.slice(cut.length)][0];
        if (next !== undefined) expect(bytes(cut + next)).toBeGreaterThan(limit);
      }),
    );
  });
});

describe('copyBits and setBits', () => {
  const bit = (array: Uint8Array, i: number) => (array[i >> 3]! >> (i & 7)) & 1;

  it('equal a loop over single bits', () => {
    const span = fc.record({ from: fc.nat(40), to: fc.nat(40), count: fc.nat(90) });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 17, maxLength: 17 }), span, (source, { from, to, count }) => {
        const target = new Uint8Array(17);
        copyBits(source, from, target, to, count);
        const set = new Uint8Array(17);
        setBits(set, to, count);
        for (let i = 0; i < 17 * 8; i++) {
          const inside = i >= to && i < to + count;
          expect(bit(target, i)).toBe(inside ? bit(source, from + i - to) : 0);
          expect(bit(set, i)).toBe(inside ? 1 : 0);
        }
      }),
    );
  });
});
