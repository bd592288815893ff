import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Row, Workload, whyNotLive } from './perf-rig.js';
import { Command, type Recorded, readRecording } from './socket-rig.js';

const reason = whyNotLive();
const COLUMNS = ['exe', 'syscall', 'daddr', 'count', 'reason'];

const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);
const isMeta = (row: Row) => row.syscall === 'lost' || row.syscall === 'clock';
const eventsIn = (batches: Iterable<Row[]>) =>
  sum([...batches].map((rows) => rows.filter((row) => !isMeta(row)).length));
const told = (batches: Iterable<Row[]>) =>
  sum([...batches].flat().map((row) => (row.syscall === 'lost' ? Number(row.count) : 0)));

/** Batches of several recordings, each once: a batch not acknowledged may be in two. */
function union(...recordings: Recorded[]): Map<string, Row[]> {
  return new Map(recordings.flatMap(({ batches }) => [...batches]));
}

interface Report {
  readonly seen_by_kind: Record<string, number>;
  readonly delivered: number;
  readonly lost: Record<string, number>;
  readonly batches: number;
}

/** What the sensor's report promises, against what the recordings hold. */
function expectAccounted(report: Report, batches: ReadonlyMap<string, Row[]>): void {
  expect(sum(Object.values(report.seen_by_kind))).toBe(report.delivered + sum(Object.values(report.lost)));
  expect(report.delivered).toBe(eventsIn(batches.values()));
  expect(batches.size).toBe(report.batches);
}

const title = `a sensor of its own process${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(title, () => {
  let workload: Workload;
  const commands: Command[] = [];
  beforeAll(() => {
    workload = new Workload();
  });
  afterAll(() => {
    for (const command of commands) command[Symbol.dispose]();
    workload[Symbol.dispose]();
  });

  const at = (name: string) => join(workload.dir, name);
  const start = (...args: (string | number)[]) => {
    const command = new Command([...args, '--json', '--log-level', 'info']);
    commands.push(command);
    return command;
  };
  const sensor = async (socket: string, ...args: (string | number)[]) => {
    const command = start('sensor', '--socket', socket, ...args);
    await command.says('sensor on');
    return command;
  };
  const recorder = async (socket: string, file: string, ...args: (string | number)[]) => {
    const command = start('record', '--socket', socket, '-o', file, ...args);
    await command.says('recording into');
    return command;
  };
  /** Numbers of the sends of `spread`, in the order of the rows. */
  const sends = (batches: Iterable<Row[]>) =>
    [...batches]
      .flat()
      .filter((row) => row.exe === workload.exe && row.syscall === 'send')
      .map((row) => {
        const [, b, c, d] = String(row.daddr).split('.').map(Number);
        return b! * 65_536 + c! * 256 + d! - 256;
      });
  /** Waits until a recording that is being written holds the send of that number: what came before is out. */
  const holds = async (file: string, number: number) => {
    while (!sends((await readRecording(file, COLUMNS)).batches.values()).includes(number)) await settle(500);
  };
  /** Waits until what happens now gets into a recording: then slots are free, and all losses so far were told. */
  const caughtUp = async (file: string) => {
    for (;;) {
      await workload.run(workload.exe, 'spread', 97);
      await settle(1000);
      if (sends((await readRecording(file, COLUMNS)).batches.values()).includes(96)) return;
    }
  };
  const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  test('SIGTERM in the middle: the rest, the end mark, no socket, status 0', { timeout: 120_000 }, async () => {
    const socket = at('term');
    const one = await sensor(socket);
    const consumer = await recorder(socket, at('term.arrow'));
    const work = workload.run(workload.exe, 'spread', 40_000);
    await settle(1000);
    one.child.kill('SIGTERM');
    expect([await one.ended, await consumer.ended]).toEqual([0, 0]);
    await work;
    expect(existsSync(socket)).toBe(false);
    const recorded = await readRecording(at('term.arrow'), COLUMNS);
    expect(recorded.fault).toBeUndefined();
    expectAccounted(one.json, recorded.batches);
    expect(one.json.lost.unread).toBe(0);
    expect(consumer.json).toMatchObject({ rows: sum([...recorded.batches.values()].map((rows) => rows.length)) });
    // In order from the first on, as far as the sensor lived.
    const numbers = sends(recorded.batches.values());
    expect(numbers.length).toBeGreaterThan(1000);
    expect(numbers.length).toBeLessThan(40_000);
    if (sum(Object.values(one.json.lost as Record<string, number>)) === 0) {
      expect(numbers).toEqual(numbers.map((_, i) => i));
    }
  });

  test('kill -9 of the consumer: the next one gets what was not acknowledged; nothing is missing', {
    timeout: 120_000,
  }, async () => {
    const socket = at('kill');
    const one = await sensor(socket, '--slots', 64);
    const first = await recorder(socket, at('kill-1.arrow'));
    const work = workload.run(workload.exe, 'spread', 60_000);
    await settle(1200);
    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    const second = await recorder(socket, at('kill-2.arrow'));
    await work;
    await holds(at('kill-2.arrow'), 59_999);
    one.child.kill('SIGTERM');
    expect([await one.ended, await second.ended]).toEqual([0, 0]);
    const torn = await readRecording(at('kill-1.arrow'), COLUMNS);
    const rest = await readRecording(at('kill-2.arrow'), COLUMNS);
    expect([torn.fault, rest.fault]).toEqual(['TORN_STREAM', undefined]);
    expect(torn.batches.size).toBeGreaterThan(0);
    const all = union(torn, rest);
    expectAccounted(one.json, all);
    const numbers = sends(all.values()).sort((a, b) => a - b);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(60_000 - numbers.length).toBeLessThanOrEqual(told(all.values()));
  });

  test('a time that is over: the next consumer goes on where the first ended', { timeout: 120_000 }, async () => {
    const socket = at('next');
    const one = await sensor(socket, '--slots', 64);
    const first = await recorder(socket, at('next-1.arrow'), '--seconds', 1);
    const work = workload.run(workload.exe, 'spread', 40_000);
    expect(await first.ended).toBe(0);
    const second = await recorder(socket, at('next-2.arrow'));
    await work;
    await holds(at('next-2.arrow'), 39_999);
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
    one.child.kill('SIGTERM');
    expect(await one.ended).toBe(0);
    const parts = [await readRecording(at('next-1.arrow'), COLUMNS), await readRecording(at('next-2.arrow'), COLUMNS)];
    expect(parts.map(({ fault }) => fault)).toEqual([undefined, undefined]);
    const all = union(...parts);
    // Acknowledged, so in one of them alone.
    expect(all.size).toBe(sum(parts.map(({ batches }) => batches.size)));
    const numbers = sends(all.values());
    expect(40_000 - numbers.length).toBeLessThanOrEqual(told(all.values()));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const { delivered } = one.json as Report;
    expect(eventsIn(all.values())).toBe(delivered);
  });

  test('a consumer that stands still: no_slot, told in rows, to the event', { timeout: 120_000 }, async () => {
    const socket = at('slow');
    const one = await sensor(socket, '--slots', 8);
    const consumer = await recorder(socket, at('slow.arrow'));
    consumer.child.kill('SIGSTOP');
    await workload.run(workload.noiseExe, 'noise', 40_000, 4);
    consumer.child.kill('SIGCONT');
    await caughtUp(at('slow.arrow'));
    one.child.kill('SIGTERM');
    expect([await one.ended, await consumer.ended]).toEqual([0, 0]);
    const { batches, fault } = await readRecording(at('slow.arrow'), COLUMNS);
    expect(fault).toBeUndefined();
    expectAccounted(one.json, batches);
    const { lost } = one.json as Report;
    expect(lost.no_slot).toBeGreaterThan(10_000);
    const rows = [...batches.values()].flat().filter((row) => row.syscall === 'lost');
    for (const name of ['no_slot', 'ring_full']) {
      const ofReason = rows.filter((row) => row.reason === name);
      expect(sum(ofReason.map((row) => Number(row.count)))).toBe(lost[name]);
    }
    expect(consumer.json.lost).toBe(String(told(batches.values())));
  });

  test('nobody there for long: the next consumer is told how many were lost', { timeout: 120_000 }, async () => {
    const socket = at('nobody');
    const one = await sensor(socket, '--slots', 8);
    await workload.run(workload.noiseExe, 'noise', 40_000, 4);
    const consumer = await recorder(socket, at('nobody.arrow'));
    await caughtUp(at('nobody.arrow'));
    one.child.kill('SIGTERM');
    expect([await one.ended, await consumer.ended]).toEqual([0, 0]);
    const { batches } = await readRecording(at('nobody.arrow'), COLUMNS);
    expectAccounted(one.json, batches);
    const { lost } = one.json as Report;
    expect(lost.no_slot).toBeGreaterThan(1000);
    expect(told(batches.values())).toBe(sum(Object.values(lost)));
  });

  test('a second consumer is refused, a second sensor too; a killed sensor leaves a torn stream and a stale socket', {
    timeout: 120_000,
  }, async () => {
    const socket = at('one');
    const one = await sensor(socket);
    const first = await recorder(socket, at('one.arrow'));
    const second = start('record', '--socket', socket, '-o', at('two.arrow'));
    expect(await second.ended).toBe(6);
    expect(second.stderr).toContain('"code":"SENSOR_BUSY"');
    expect(existsSync(at('two.arrow'))).toBe(false);
    const rival = start('sensor', '--socket', socket);
    expect(await rival.ended).toBe(6);
    expect(rival.stderr).toContain('"code":"SOCKET_TAKEN"');
    await settle(500);
    one.child.kill('SIGKILL');
    expect(await one.ended).toBe('SIGKILL');
    expect(await first.ended).toBe(3);
    expect(first.stderr).toContain('"code":"TORN_STREAM"');
    const { batches, fault } = await readRecording(at('one.arrow'), COLUMNS);
    expect(fault).toBeUndefined();
    expect(batches.size).toBeGreaterThan(0);
    expect(existsSync(socket)).toBe(true);
    const again = await sensor(socket);
    const third = await recorder(socket, at('three.arrow'), '--seconds', 1);
    expect(await third.ended).toBe(0);
    again.child.kill('SIGINT');
    expect(await again.ended).toBe(0);
    const ids = [...batches.keys(), ...(await readRecording(at('three.arrow'), COLUMNS)).batches.keys()];
    // Boot id, start of the sensor, sequence.
    expect(ids.every((id) => /^[0-9a-f-]{36}:\d+:\d+$/.test(id))).toBe(true);
    expect(new Set(ids.map((id) => id.split(':')[0])).size).toBe(1);
    expect(new Set(ids.map((id) => id.split(':')[1])).size).toBe(2);
  });
});
