import { describe, expect, it } from 'vitest';
import { jointLines } from '../dist/app/cli/joint-text.js';
import { jointFindings } from '../dist/pipeline/joint-findings.js';

describe('vectors for people', () => {
  const row = { host: 'web\u001b1', wholeHost: false, exe: '/bin/a', user: 'app', sizeSeconds: 600, units: 900 };
  const part = (feature: string, bits: number) => ({
    feature,
    value: 1200,
    expected: 58_000.4,
    typical: 3.1234,
    bits,
  });
  const parts = [part('bytes_out', 8), part('connections', 1.5), part('reads', 0.5)];
  const at = (minute: number, lnP: number, more = {}) => ({ ...row, minute, bits: 10, lnP, parts, ...more });

  it('are one finding a subject, told by its worst window, worst subject first', () => {
    const rows = [
      at(9, -8),
      at(19, -9),
      at(29, -5),
      at(39, -12, { exe: '/bin/b' }),
      at(39, -20, { wholeHost: true, exe: null }),
    ];
    const found = jointFindings(rows, Math.log(0.001));
    expect(found.map(({ exe, minute, first, windows: n }) => [exe, minute, first, n])).toEqual([
      [null, 39, 39, 1],
      ['/bin/b', 39, 39, 1],
      ['/bin/a', 19, 9, 2],
    ]);
  });

  it('name when, and the features that carry it with what would go together; hostile names are escaped', () => {
    const vectors = [at(9, -8), at(19, -9)];
    const found = jointFindings(vectors, Math.log(0.001));
    const [head, line] = jointLines({ vectors }, found, 3);
    expect(head).toBe('\nOdd together: 3 (p at most 0.001; 2 windows of 10 min scored as a whole)');
    expect(line).toContain(
      '1970-01-01 00:10 to 00:20 UTC: bytes_out 1,200 where 58,000 goes with the rest (usually 3.1)',
    );
    expect(line).toContain('connections 1,200');
    expect(line).not.toContain('reads');
    expect(line).toContain('; so in 2 windows');
    expect(line).not.toContain('\u001b');
    expect(jointLines({ vectors: [] }, [], 0)).toEqual([]);
  });
});
