import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postStratify } from '../dist/stats/post-stratify.js';

const stratified = (weights: readonly number[], sample: readonly number[], least: number) =>
  Array.from(postStratify(Float64Array.from(weights), Float64Array.from(sample), least));
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('postStratify', () => {
  it('keeps the shape within a stratum and takes its mass from the sample', () => {
    // From the top: bins 3 and 2 hold 2 of 10, bin 1 holds 3, bin 0 holds 5. Total 100.
    const out = stratified([40, 30, 20, 10], [5, 3, 1, 1], 2);
    expect(out.map((n) => Math.round(n * 1e9) / 1e9)).toEqual(
      [50, 30, 40 / 3, 20 / 3].map((n) => Math.round(n * 1e9) / 1e9),
    );
  });

  it('leaves what would not fill a stratum to the last one', () => {
    const out = stratified([50, 30, 20], [1, 4, 5], 5);
    expect(out[2]).toBeCloseTo(50, 12);
    expect(out[0]! / out[1]!).toBeCloseTo(5 / 3, 12);
  });

  it('changes nothing when the sample is too small, or all there is', () => {
    const weights = Float64Array.of(4, 3, 2, 1);
    expect(postStratify(weights, Float64Array.of(1, 1, 1, 0), 2)).toBe(weights);
    expect(postStratify(weights, weights.slice(), 1)).toBe(weights);
  });

  it('keeps the sum, and every rank that ends a stratum is the rank in the sample', () => {
    const bins = fc.array(fc.record({ old: fc.nat(50), like: fc.nat(20) }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(bins, fc.integer({ min: 1, max: 40 }), (list, least) => {
        const sample = list.map(({ like }) => like);
        const weights = list.map(({ old, like }) => old + like);
        const out = stratified(weights, sample, least);
        expect(sum(out)).toBeCloseTo(sum(weights), 6);
        if (sum(sample) < 2 * least) return;
        let held = 0;
        let since = 0;
        for (let bin = list.length - 1; bin >= 0; bin--) {
          held += sample[bin]!;
          since += sample[bin]!;
          if (since < least || sum(sample) - held < least) continue;
          since = 0;
          expect(sum(out.slice(bin)) / sum(out)).toBeCloseTo(held / sum(sample), 9);
        }
      }),
    );
  });
});
