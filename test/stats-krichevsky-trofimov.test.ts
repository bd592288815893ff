import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { krichevskyTrofimov } from '../dist/stats/krichevsky-trofimov.js';

const count = fc.integer({ min: 0, max: 1_000_000 });

describe('krichevskyTrofimov', () => {
  it('is the posterior mean under Jeffreys’ prior: scipy.stats.beta.mean(yes + ½, no + ½)', () => {
    expect(krichevskyTrofimov(3, 7)).toBeCloseTo(0.3181818181818182, 15);
    expect(krichevskyTrofimov(0, 20)).toBeCloseTo(0.023809523809523808, 15);
    expect(krichevskyTrofimov(0, 0)).toBe(0.5);
  });

  it('gives yes and no together 1, lies inside (0, 1), and rises with each yes', () => {
    fc.assert(
      fc.property(count, count, (yes, no) => {
        const p = krichevskyTrofimov(yes, no);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThan(1);
        expect(p + krichevskyTrofimov(no, yes)).toBeCloseTo(1, 12);
        expect(krichevskyTrofimov(yes + 1, no)).toBeGreaterThan(p);
      }),
    );
  });

  it('gives a sequence the same probability in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (bits) => {
        const code = (sequence: readonly boolean[]) => {
          let ln = 0;
          const seen = { yes: 0, no: 0 };
          for (const b of sequence) {
            ln += Math.log(b ? krichevskyTrofimov(seen.yes, seen.no) : krichevskyTrofimov(seen.no, seen.yes));
            seen[b ? 'yes' : 'no']++;
          }
          return ln;
        };
        expect(code(bits)).toBeCloseTo(code([...bits].sort()), 9);
      }),
    );
  });
});
