import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Beats } from '../dist/baseline/rhythm/beats.js';

const LIMIT = 16;
const time = fc.integer({ min: 0, max: 400 });

function beatsOf(times: readonly number[], limit = LIMIT): Beats {
  const beats = new Beats(limit);
  for (const ms of times) beats.add(ms);
  return beats;
}

/** By definition: the newest distinct ones, ascending. */
const newest = (times: readonly number[], limit = LIMIT) => [...new Set(times)].sort((a, b) => a - b).slice(-limit);

describe('Beats', () => {
  it('keeps the newest distinct times, in any order of input', () => {
    fc.assert(
      fc.property(fc.array(time, { maxLength: 600 }), (times) => {
        expect([...beatsOf(times).times()]).toEqual(newest(times));
        expect(beatsOf(times).size).toBe(newest(times).length);
      }),
    );
  });

  it('gives the same bytes for any split, merged in any order', () => {
    const parts = fc.array(fc.array(time, { maxLength: 200 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, (split) => {
        const bytes = (beats: Beats) => Buffer.from(beats.times().slice().buffer).toString('hex');
        const merge = (lists: readonly number[][]) => {
          const all = new Beats(LIMIT);
          for (const list of lists) all.merge(beatsOf(list));
          return bytes(all);
        };
        const expected = bytes(beatsOf(split.flat()));
        expect(merge(split)).toBe(expected);
        expect(merge([...split].reverse())).toBe(expected);
      }),
    );
  });

  it('merging with itself changes nothing', () => {
    const beats = beatsOf([5, 1, 9, 9, 300]);
    beats.merge(beats);
    expect([...beats.times()]).toEqual([1, 5, 9, 300]);
  });

  it.each([
    ['ascending', (i: number) => i],
    ['descending', (i: number) => -i],
    ['mixed', (i: number) => (i * 7919) % 100_003],
  ])('keeps its memory for 100,000 %s times', (_, at) => {
    const beats = new Beats(1024);
    for (let i = 0; i < 100_000; i++) beats.add(at(i));
    expect(beats.size).toBe(1024);
    expect(beats.times().buffer.byteLength).toBeLessThanOrEqual(8 * (1024 + 256));
  });

  it('takes little for a few', () => {
    expect(beatsOf([1, 2, 3], 1024).times().buffer.byteLength).toBeLessThanOrEqual(64);
  });
});
