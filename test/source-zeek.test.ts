import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SlotPool } from '../dist/columnar/slot-pool.js';
import { describeSource } from './source-contract.js';
import { open, type PlainRow, readAll, scratchFolder } from './source-rows.js';

const at = scratchFolder();
const FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig'.split(
    ' ',
  );
const HEADER = ['#separator \\x09', '#set_separator\t,', '#empty_field\t(empty)', '#unset_field\t-', '#path\tconn'];
const fieldsLine = (fields: readonly string[]) => ['#fields', ...fields].join('\t');
const GOOD = {
  ts: '1713484795.943239',
  uid: 'CYl7H5',
  'id.orig_h': '10.0.0.7',
  'id.orig_p': '25320',
  'id.resp_h': '192.0.2.5',
  'id.resp_p': '443',
  proto: 'tcp',
  service: 'ssl',
  duration: '1.500000',
  orig_bytes: '517',
  resp_bytes: '9007199254740993',
  conn_state: 'SF',
  local_orig: 'T',
};
type Fields = Partial<Record<string, string>>;
const line = (values: Fields = {}, fields: readonly string[] = FIELDS) =>
  fields.map((name) => ({ ...GOOD, ...values })[name as keyof typeof GOOD] ?? '-').join('\t');
const ROW: PlainRow = {
  ts: 1_713_484_795_943_239n,
  host: '10.0.0.7',
  syscall: 'connect',
  saddr: '10.0.0.7',
  sport: 25_320,
  daddr: '192.0.2.5',
  dport: 443,
  proto: 'tcp',
  ret: 0,
  duration_us: 1_500_000n,
  bytes_out: 517n,
  bytes_in: 9_007_199_254_740_993n,
  flags: 'SF|ssl',
  source: 'zeek',
};

async function read(lines: readonly (string | Buffer)[], options: { format?: 'zeek'; network?: string } = {}) {
  const path = at('conn.log');
  writeFileSync(path, Buffer.concat(lines.flatMap((text) => [Buffer.from(text), Buffer.from('\n')])));
  const source = await open(path, options);
  const { rows, fault } = await readAll(source);
  expect(fault).toBeUndefined();
  return { rows, bad: source.counters.bad };
}

const one = async (values: Fields, options = {}) => {
  const { rows, bad } = await read([...HEADER, fieldsLine(FIELDS), line(values)], options);
  expect(bad).toEqual({});
  return rows[0]!;
};

describe("Zeek's conn log", () => {
  it('is known by its first line, and gives one row a connection', async () => {
    expect(await one({})).toEqual(ROW);
  });

  it('follows the fields line of each log in a file of several, in any order', async () => {
    const turned = ['_node_name', ...[...FIELDS].reverse()];
    const { rows, bad } = await read([
      ...HEADER,
      fieldsLine(FIELDS),
      line(),
      '#close\t2024-04-19-01-00-00',
      ...HEADER,
      fieldsLine(turned),
      line({ 'id.resp_p': '80' }, turned),
    ]);
    expect([rows, bad]).toEqual([[ROW, { ...ROW, dport: 80 }], {}]);
  });

  it('takes another separator and other marks, and line ends of Windows', async () => {
    const { rows } = await read([
      '#separator \\x7c\r',
      '#unset_field|?',
      '#empty_field|EMPTY',
      '#fields|ts|id.orig_h|id.resp_h|proto|conn_state|service\r',
      '1.5|10.0.0.7|::ffff:192.0.2.5|udp|?|EMPTY\r',
    ]);
    expect(rows).toEqual([
      {
        ts: 1_500_000n,
        host: '10.0.0.7',
        syscall: 'send',
        saddr: '10.0.0.7',
        daddr: '192.0.2.5',
        proto: 'udp',
        source: 'zeek',
      },
    ]);
  });

  it('reads JSON lines with either form of time', async () => {
    const object = { ...GOOD, ts: 1713484795.943239, duration: 1.5, local_orig: true, orig_bytes: 517, extra: [1] };
    const iso = { ...object, ts: '2024-04-18T23:59:55.943239Z' };
    const { rows, bad } = await read([JSON.stringify(object), JSON.stringify(iso)], { format: 'zeek' });
    expect([rows, bad]).toEqual([[ROW, ROW], {}]);
  });

  it.each([
    ['SF', 0],
    ['RSTR', 0],
    ['REJ', -111],
    ['S0', -110],
    ['RSTOS0', -110],
    ['OTH', undefined],
    ['RSTRH', undefined],
    ['__proto__', undefined],
  ])('a TCP connection in state %s ended with %s', async (conn_state, ret) => {
    expect((await one({ conn_state })).ret).toBe(ret);
  });

  it('knows of a datagram without an answer no result, and of ICMP types for ports', async () => {
    const datagram = await one({ proto: 'udp', conn_state: 'S0' });
    expect([datagram.syscall, datagram.ret, datagram.dport]).toEqual(['send', undefined, 443]);
    const echo = await one({ proto: 'icmp', 'id.orig_p': '8', 'id.resp_p': '0', conn_state: 'OTH' });
    expect([echo.syscall, echo.sport, echo.dport]).toEqual(['send', 8, 0]);
  });

  it.each([
    ['T', '203.0.113.9', '203.0.113.9'],
    ['F', '10.0.0.7', 'zeek'],
    ['-', '10.0.0.7', '10.0.0.7'],
    ['-', 'fd00::1', 'fd00::1'],
    ['-', '203.0.113.9', 'zeek'],
  ])('names the host: local_orig %s, from %s: %s', async (local_orig, from, host) => {
    expect((await one({ local_orig, 'id.orig_h': from })).host).toBe(host);
  });

  it('calls what no local address did after the network', async () => {
    expect((await one({ local_orig: 'F' }, { network: 'dmz' })).host).toBe('dmz');
  });

  it.each<[string, Fields | string, string]>([
    ['too few values', 'a\tb', 'bad_fields'],
    ['too many values', `${line()}\tx`, 'bad_fields'],
    ['no address', { 'id.orig_h': '-' }, 'not_conn'],
    ['no protocol', { proto: '-' }, 'not_conn'],
    ['no time', { ts: '-' }, 'missing_ts'],
    ['a time before 1970', { ts: '-1.0' }, 'bad_ts'],
    ['a time of no sense', { ts: 'T' }, 'bad_ts'],
    ['a time without an end', { ts: '1e400' }, 'bad_ts'],
    ['a port too high', { 'id.resp_p': '65536' }, 'bad_port'],
    ['a negative count', { orig_bytes: '-5' }, 'bad_number'],
    ['a duration of no sense', { duration: 'long' }, 'bad_number'],
    ['a name for an address', { 'id.resp_h': 'example' }, 'bad_address'],
    ['half an object', '{"ts":1', 'not_json'],
  ])('%s costs its own row only', async (_, bad, reason) => {
    const text = typeof bad === 'string' ? bad : line(bad);
    const got = await read([...HEADER, fieldsLine(FIELDS), line(), text, line()]);
    expect(got).toEqual({ rows: [ROW, ROW], bad: { [reason]: 1 } });
  });

  it('cannot read rows before a fields line, nor another log', async () => {
    expect(await read([...HEADER, line(), fieldsLine(FIELDS), line()])).toEqual({ rows: [ROW], bad: { no_fields: 1 } });
    const other = HEADER.map((text) => text.replace('conn', 'dns'));
    const dns = await read([...other, fieldsLine(FIELDS), line()]);
    expect(dns).toEqual({ rows: [], bad: { not_conn: 1 } });
  });

  it('takes escaped bytes as what they stand for', async () => {
    expect((await one({ service: 'a\\x09b\\x1b[31m' })).flags).toBe('SF|a\tb\u001b[31m');
  });
});

describeSource("Zeek's conn log", async () => {
  const rows: PlainRow[] = [];
  const lines = [...HEADER, fieldsLine(FIELDS)];
  for (let i = 0; i < 20_000; i++) {
    const port = 1024 + (i % 60_000);
    lines.push(i % 1000 === 999 ? 'torn' : line({ 'id.orig_p': String(port), uid: 'hunter2hunter2' }));
    if (i % 1000 !== 999) rows.push({ ...ROW, sport: port });
  }
  const path = at('contract.log.gz');
  writeFileSync(path, gzipSync(lines.join('\n')));
  return {
    make: (pool: SlotPool) => open(path, { pool }),
    rows,
    bad: { bad_fields: 20 },
    // Behind the header, its five lines and the fields.
    badLines: { bad_fields: 6 + 1000 },
    // Fields that are not read never reach memory that others see.
    secrets: ['hunter2hunter2'],
  };
});

const REAL = fileURLToPath(new URL('../../shared/data/rita-missing-host/', import.meta.url));

describe.skipIf(!existsSync(REAL))('three days of a real sensor', () => {
  it.each(existsSync(REAL) ? readdirSync(REAL) : [])('%s: every line is a row', { timeout: 60_000 }, async (name) => {
    const text = gunzipSync(readFileSync(REAL + name)).toString();
    const records = text.split('\n').filter((l) => l !== '' && !l.startsWith('#'));
    const source = await open(REAL + name);
    const { rows } = await readAll(source);
    expect(source.counters.bad).toEqual({});
    expect(rows.length).toBe(records.length);
    const beacons = (l: string) => l.includes('\t73.54.23.243\t') && /\t64\.225\.56\.201\t80\t/.test(l);
    const found = rows.filter((r) => r.saddr === '73.54.23.243' && r.daddr === '64.225.56.201' && r.dport === 80);
    expect(found.length).toBe(records.filter(beacons).length);
  });
});
