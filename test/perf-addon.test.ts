import { describe, expect, test } from 'vitest';
import { SLOT_BYTES } from '../dist/tuple/slot.js';
import { STRING_TABLE_BYTES } from '../dist/tuple/string-layout.js';
import { addon, built, loose, OPTIONS, slot, table, thrown } from './addon-rig.js';

const ignore = () => {};

describe.skipIf(!built)(`the addon, called wrongly${built ? '' : ' (not built)'}`, () => {
  const slots = [slot()];
  const tables = [table()];
  const start = (options: unknown, callback: unknown = ignore) => thrown(() => loose.start!(options, callback));

  test.each([
    ['no callback', {}, undefined, "the sensor's callback requires a function, got undefined"],
    ['a callback that is none', {}, 'f', "the sensor's callback requires a function, got a string"],
    ['a host that is no string', { host: 7 }, ignore, 'host requires a string, got 7'],
    ['NaN', { flushMs: Number.NaN }, ignore, 'flushMs requires a whole number from 0 to 4294967295, got NaN'],
    ['a negative', { ringPages: -8 }, ignore, 'ringPages requires a whole number from 0 to 4294967295, got -8'],
    ['half a page', { ringPages: 0.5 }, ignore, 'ringPages requires a whole number from 0 to 4294967295, got 0.5'],
    ['a bigint', { connections: 1n }, ignore, 'connections requires a whole number from 0 to 4294967295, got a bigint'],
    [
      'too many',
      { connections: 2 ** 32 },
      ignore,
      'connections requires a whole number from 0 to 4294967295, got 4294967296',
    ],
    [
      'no slots',
      { slots: undefined },
      ignore,
      'a slot of the sensor requires an array that is not empty, got undefined',
    ],
    ['no slot', { slots: [] }, ignore, 'a slot of the sensor requires an array that is not empty, got an array of 0'],
    ['a slot that is none', { slots: [null] }, ignore, 'a slot of the sensor requires Uint8Arrays, got null'],
    ['a hole', { slots: new Array(2 ** 31) }, ignore, 'a slot of the sensor requires Uint8Arrays, got undefined'],
    [
      'memory that could be detached',
      { slots: [new Uint8Array(SLOT_BYTES)] },
      ignore,
      'a slot of the sensor requires a Uint8Array over a SharedArrayBuffer, got one over an ArrayBuffer',
    ],
    [
      'another array type',
      { slots: [new Uint32Array(new SharedArrayBuffer(SLOT_BYTES))] },
      ignore,
      'a slot of the sensor requires a Uint8Array over a SharedArrayBuffer, got another typed array',
    ],
    [
      'a small slot',
      { slots: [slot(), new Uint8Array(new SharedArrayBuffer(SLOT_BYTES), 8)] },
      ignore,
      `a slot of the sensor requires at least ${SLOT_BYTES} bytes, got ${SLOT_BYTES - 8}`,
    ],
    [
      'a small table',
      { tables: [new Uint8Array(new SharedArrayBuffer(STRING_TABLE_BYTES - 1))] },
      ignore,
      `a string table of the sensor requires at least ${STRING_TABLE_BYTES} bytes, got ${STRING_TABLE_BYTES - 1}`,
    ],
    [
      'a crooked slot',
      { slots: [new Uint8Array(new SharedArrayBuffer(SLOT_BYTES + 64), 4)] },
      ignore,
      'a slot of the sensor requires memory at a multiple of 8, got another address',
    ],
  ])('start with %s', (_name, wrong, callback, message) => {
    const options = { ...OPTIONS, slots, tables, ...wrong };
    expect(thrown(() => loose.start!(options, callback))).toBe(`BAD_ARGUMENT ${message}`);
  });

  test('start with memory given twice, or that overlaps', () => {
    const refused =
      'BAD_ARGUMENT a slot of the sensor requires memory that no running sensor fills, got some that is being filled';
    const one = slot();
    const wide = new SharedArrayBuffer(2 * SLOT_BYTES);
    expect(start({ ...OPTIONS, slots: [one, one], tables })).toBe(refused);
    for (const at of [8, SLOT_BYTES - 8]) {
      const overlapping = [new Uint8Array(wide), new Uint8Array(wide, at)];
      expect(start({ ...OPTIONS, slots: overlapping, tables })).toBe(refused);
      expect(start({ ...OPTIONS, slots: overlapping.reverse(), tables })).toBe(refused);
    }
  });

  test('start with options that are none, or that throw', () => {
    for (const options of [undefined, null, 1, 'x', Symbol('x'), 5n])
      expect(start(options)).toMatch(/^BAD_ARGUMENT host /);
    const trap = new Proxy({}, { get: () => { throw new RangeError('the getter'); } }); // biome-ignore format: one line
    expect(start(trap)).toBe('undefined the getter');
  });

  test.each(['stop', 'release', 'addTable', 'stall', 'counters', 'host'])('%s with a handle that is none', (name) => {
    for (const handle of [undefined, null, 0, 'x', {}, [], ignore, 1n, Symbol('x'), new Proxy({}, {})]) {
      expect(thrown(() => loose[name]!(handle, 0))).toMatch(
        /^BAD_ARGUMENT the sensor requires the handle that start returned, got /,
      );
    }
    expect(thrown(() => loose[name]!())).toMatch(/^BAD_ARGUMENT /);
  });

  test('procOf with numbers that are none', () => {
    expect(thrown(() => loose.procOf!(-1, 5))).toMatch(/^BAD_ARGUMENT tgid requires a whole number/);
    for (const ticks of [undefined, Number.NaN, -1, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, '7']) {
      expect(thrown(() => loose.procOf!(1, ticks))).toMatch(/^BAD_ARGUMENT startTicks requires a whole number/);
    }
    expect(addon.procOf(1, 2 ** 53 - 1)).not.toBe(addon.procOf(1, 2 ** 53 - 2));
  });
});
