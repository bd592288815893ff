import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Recording, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const SERVER = '127.0.0.97';
const NAMES = 97;
const CLIENT = fileURLToPath(new URL('workload/dns-client.mjs', import.meta.url));

/** Answers A questions for host-N with 127.9.0.N, others with "no such name". */
function answer(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const index = /^host-(\d+)/i.exec(query.subarray(13, end).toString('latin1'))?.[1];
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(index === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(index === undefined ? 0 : 1, 6);
  header.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 127, 9, 0, Number(index)]);
  return Buffer.concat([header, query.subarray(12, end), index === undefined ? Buffer.alloc(0) : record]);
}

test.skipIf(reason !== undefined)(
  'a real resolver: names asked for, answers, and names on the connections',
  async () => {
    using workload = new Workload();
    const server = createSocket('udp4');
    await new Promise<void>((resolve) => server.bind(53, SERVER, resolve));
    server.on('message', (query, from) => server.send(answer(query), from.port, from.address));
    const recording = new Recording((exe) => exe === process.execPath);
    const truth = (await workload.run(process.execPath, CLIENT, SERVER, NAMES, 1))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    await recording.stop();
    server.close();
    expect(truth).toHaveLength(NAMES + 1);

    const rows = recording.rows.filter((row) => String(row.args).includes('dns-client.mjs'));
    const of = (syscall: string) => rows.filter((row) => row.syscall === syscall && row.dport !== undefined);
    const asked = truth.map(({ name }) => String(name).toLowerCase());
    const queries = of('dns').filter((row) => row.bytes_out !== undefined);
    expect(queries.map((row) => row.daddr_name)).toEqual(asked);
    expect(queries.map((row) => row.flags)).toEqual([...Array(NAMES).fill('A'), 'TXT']);
    for (const row of queries) expect(row).toMatchObject({ daddr: SERVER, dport: 53, proto: 'udp', ret: 0 });
    for (const row of queries)
      expect(Number(row.bytes_out)).toBeGreaterThanOrEqual(12 + String(row.daddr_name).length + 6);

    const answers = of('dns').filter((row) => row.bytes_in !== undefined);
    expect(answers.map((row) => row.flags)).toEqual([...Array(NAMES).fill('A|ANSWER'), 'TXT|ANSWER']);
    expect(answers.map((row) => row.daddr_name)).toEqual(asked);
    expect(answers.map((row) => row.ret)).toEqual([...Array(NAMES).fill(0), -3]);
    // An answer is its query and one record of 16 bytes.
    expect(answers[0]!.bytes_in).toBe((queries[0]!.bytes_out as bigint) + 16n);

    const known = new Map(truth.slice(0, NAMES).map(({ name, address }) => [address, String(name).toLowerCase()]));
    const connects = of('connect').filter((row) => row.proto === 'tcp');
    expect(connects.map((row) => row.daddr)).toEqual([...known.keys()]);
    for (const row of [...connects, ...of('close')]) expect(row.daddr_name).toBe(known.get(String(row.daddr)));
    const counters = recording.source.sensorCounters()!;
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    expect(seen).toBe(counters.delivered);
  },
  30_000,
);
