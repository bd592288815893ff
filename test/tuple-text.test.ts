import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress } from '../dist/tuple/address.js';
import { escapeControl } from '../dist/tuple/escape.js';
import {
  EPHEMERAL_SHARE,
  EPHEMERAL_VALUE,
  isEphemeral,
  PORT_COUNT,
  PORT_SHARE,
  portValue,
} from '../dist/tuple/ports.js';
import { lexWords, quoteArgs, quoteMarked, splitArgs } from '../dist/tuple/quote.js';
import { dayOf, END_TIME_US, formatDay, formatTime, hourOf, hourOfDay, parseTime } from '../dist/tuple/time.js';

const argument = fc
  .oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab\'"\\ \t\n$`|;<>-=') }))
  .map((text) => text.replaceAll('\0', ''));

describe('quoting', () => {
  it.each([
    [['ls', '-l', '/tmp'], 'ls -l /tmp'],
    [['echo', 'a b', ''], "echo 'a b' ''"],
    [['echo', "it's"], "echo 'it'\\''s'"],
    [['x', '--a=b,c:d@e%f+g'], 'x --a=b,c:d@e%f+g'],
    [['x', '$HOME', '~', '*', 'a\nb'], "x '$HOME' '~' '*' 'a\nb'"],
    [[], ''],
  ])('writes %j as %j', (args, text) => {
    expect(quoteArgs(args)).toBe(text);
    expect(splitArgs(text)).toEqual(args);
  });

  it.each([
    ['echo "a b" c\\ d', ['echo', 'a b', 'c d']],
    ['x "a\\"b\\\\c\\d" \'e\\\'', ['x', 'a"b\\c\\d', 'e\\']],
    ["  a\tb\nc'd'e  ", ['a', 'b', 'cde']],
    ["x 'open end", ['x', 'open end']],
    ['x "open', ['x', 'open']],
    ['x \\', ['x', '']],
    ['', []],
  ])('reads %j as %j', (text, args) => {
    expect(splitArgs(text)).toEqual(args);
  });

  it('is reversible, marked or not, and free of NUL', () => {
    fc.assert(
      fc.property(fc.array(argument), (args) => {
        expect(splitArgs(quoteArgs(args))).toEqual(args);
        expect(splitArgs(quoteMarked(args))).toEqual(args);
      }),
      { numRuns: 500 },
    );
    expect(quoteArgs(['a\0b'])).toBe('ab');
    expect(quoteMarked(['-p<redacted>', 'a b'])).toBe("-p<redacted> 'a b'");
  });

  it('gives the place of every word, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab\'"\\ \n') }), (text) => {
        let last = 0;
        for (const word of lexWords(text)) {
          expect(word.start).toBeGreaterThanOrEqual(last);
          expect(text.slice(last, word.start).trim()).toBe('');
          expect(splitArgs(text.slice(word.start, word.end))).toEqual([word.value]);
          last = word.end;
        }
        expect(text.slice(last).trim()).toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

describe('canonicalAddress', () => {
  it.each([
    ['10.0.0.5', '10.0.0.5'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:10.0.0.5', '10.0.0.5'],
    ['::FFFF:0a00:0005', '10.0.0.5'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001:0000', '2001:db8::1:0'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1::', '1::'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    '127.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '::ffff:010.0.0.5',
    '::ffff:1.2.3',
    '1:2:3',
    ':::',
    '1::2::3',
    '12345::',
    'g::1',
    '[::1]',
    '::1%',
    'localhost',
    '1.2.3.4%eth0',
    '/run/x.sock',
    '1:2:3:4:5:6:7:8:9',
    `${'1'.repeat(500)}::`,
    '::1/64',
    'fe80::1%eth0%x y\u0000'.repeat(9),
  ])('%j is no address', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  it('is stable and reads what it writes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const canonical = canonicalAddress(text);
        if (canonical !== undefined) expect(canonicalAddress(canonical)).toBe(canonical);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xffff, 0xdb8), { minLength: 8, maxLength: 8 }), (groups) => {
        const long = groups.map((g) => g.toString(16).padStart(4, '0')).join(':');
        const canonical = canonicalAddress(long);
        if (canonical?.includes(':')) expect(canonical).toBe(new URL(`http://[${long}]/`).hostname.slice(1, -1));
      }),
      { numRuns: 500 },
    );
  });
});

describe('escapeControl', () => {
  it.each([
    ['plain Ünïcode 漢字 😀 \\n', 'plain Ünïcode 漢字 😀 \\n'],
    ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a\r\nb\tc\0\u007f', 'a\\x0d\\x0ab\\x09c\\x00\\x7f'],
    ['\u009b31m', '\\x9b31m'],
    ['user\u202egpj.exe', 'user\\u{202e}gpj.exe'],
    ['\u2066\u2069\u200e\u200f\u061c', '\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{061c}'],
    ['a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
    ['a\u200bb\ufeffc\u00add', 'a\\u{200b}b\\u{feff}c\\xadd'],
    ['\ud83d', '\\u{d83d}'],
    ['\udc00x', '\\u{dc00}x'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('%j shows as %j', (text, shown) => {
    expect(escapeControl(text)).toBe(shown);
  });

  it('cuts by code points and never within an escape', () => {
    expect(escapeControl('abcdef', 6)).toBe('abcdef');
    expect(escapeControl('abcdefg', 6)).toBe('abcde…');
    expect(escapeControl('😀😀😀', 3)).toBe('😀😀😀');
    expect(escapeControl('😀😀😀😀', 3)).toBe('😀😀…');
    expect(escapeControl('abc\u001bdef', 6)).toBe('abc…');
    expect(escapeControl('abc', 0)).toBe('');
    expect(escapeControl('', 0)).toBe('');
  });

  it('lets nothing through that acts, and keeps to the length', () => {
    const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom('\u001b', '\u202e', '\ud83d', 'a') }),
        fc.nat(20),
        (a, b, n) => {
          const text = a + b;
          expect(
            escapeControl(text).replace(
              /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]/gu,
              '',
            ),
          ).not.toMatch(unsafe);
          expect([...escapeControl(text, n)].length).toBeLessThanOrEqual(n);
          expect(escapeControl(text, 1000)).toBe(escapeControl(text));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('ports', () => {
  it('counts all ephemeral ports as one value with their summed mass', () => {
    let mass = 0;
    const values = new Set<number>();
    for (let port = 0; port < PORT_COUNT; port++) {
      const value = portValue(port);
      if (isEphemeral(port) !== (value === EPHEMERAL_VALUE)) expect.fail(`port ${port}`);
      if (!values.has(value)) mass += value === EPHEMERAL_VALUE ? EPHEMERAL_SHARE : PORT_SHARE;
      values.add(value);
    }
    expect(mass).toBe(1);
    expect(values.size).toBe(32_769);
    expect([portValue(22), portValue(32_767), portValue(65_535)]).toEqual([22, 32_767, 32_768]);
  });
});

describe('time', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['2026-11-24T06:55:39.123456Z', 1_795_503_339_123_456n],
    ['2026-11-24t06:55:39.1z', 1_795_503_339_100_000n],
    ['2026-11-24T08:55:39.123456789+02:00', 1_795_503_339_123_456n],
    ['2024-02-29T12:00:00-00:30', 1_709_209_800_000_000n],
    ['2016-12-31T23:59:60Z', 1_483_228_799_999_999n],
    ['2200-12-31T23:59:59.999999Z', 7_289_654_399_999_999n],
  ])('%s is %d µs', (text, us) => {
    expect(parseTime(text)).toBe(us);
  });

  it.each([
    '',
    '2026-11-24',
    '2026-11-24T06:55:39',
    '2026-11-24 06:55:39Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00.1234567890Z',
    '1969-12-31T23:59:59Z',
    '2201-01-01T00:00:00Z',
    '0099-01-01T00:00:00Z',
    '1970-01-01T00:00:00+00:01',
    '2026-1-1T00:00:00Z',
    '1795503339',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
  ])('%j is no time', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: END_TIME_US - 1n }), (us) => {
        expect(parseTime(formatTime(us))).toBe(us);
        expect(hourOf(us)).toBe(dayOf(us) * 24 + hourOfDay(us));
        expect(formatTime(us).startsWith(`${formatDay(dayOf(us))}T${String(hourOfDay(us)).padStart(2, '0')}:`)).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });
});
