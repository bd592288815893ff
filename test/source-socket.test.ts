import { existsSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { ArrowStreamWriter } from '../dist/columnar/arrow-stream-writer.js';
import { SlotPool } from '../dist/columnar/slot-pool.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { openSocket, type SocketSource } from '../dist/source/socket-source.js';
import type { Batch, Source } from '../dist/tuple/batch.js';
import { SLOT_ROWS } from '../dist/tuple/slot.js';
import { type Served, serve } from './socket-rig.js';
import { describeSource } from './source-contract.js';
import { events, jsonLine, rawEvent, SECRET } from './source-events.js';
import { open, readAll, rowsOf, scratchFolder } from './source-rows.js';

const COUNT = 2 * SLOT_ROWS + 777;
const at = scratchFolder();
const rows = events(COUNT);
const file = at('events.jsonl');
writeFileSync(file, `${events(COUNT, rawEvent).map(jsonLine).join('\n')}\n`);

let sockets = 0;
const freePath = () => at(`s${sockets++}`);
const served: Served[] = [];
afterAll(async () => {
  for (const { source } of served) source.stop();
  await Promise.all(served.map(({ report }) => report));
});

/** Lets a text out that the string table would not have. */
function unredacted(source: Source): Source {
  const raw = (batch: Batch): Batch => {
    const { strings } = batch;
    const text = (code: number) => strings.text(code)?.replace('<redacted>', SECRET);
    return { ...batch, strings: { ...strings, text } as Batch['strings'] };
  };
  return {
    name: source.name,
    counters: source.counters,
    stop: () => source.stop(),
    async *batches() {
      for await (const batch of source.batches()) yield raw(batch);
    },
  };
}

async function serveEvents(options: Parameters<typeof serve>[2] & { change?: (s: Source) => Source } = {}) {
  const { change = (source: Source) => source, ...rest } = options;
  const one = await serve(freePath(), change(await open(file, { pool: new SlotPool(8) })), rest);
  served.push(one);
  return one;
}

const consumer = (path: string, pool = new SlotPool(2)): Promise<SocketSource> =>
  openSocket(path, { pool, makeTable: (epoch) => new StringTable(epoch) });

describeSource('a sensor behind a socket', async () => ({
  make: async (pool) => consumer((await serveEvents({ change: unredacted })).path, pool),
  rows,
  bad: {},
  secrets: [SECRET],
}));

describe('what a consumer did not acknowledge', () => {
  test('goes to the next one under the same ids, and nothing twice', async () => {
    const { path, told, source, report } = await serveEvents({ held: true });
    source.begin();
    const first = await consumer(path, new SlotPool(3));
    const kept: Batch[] = [];
    for await (const batch of first.batches()) {
      kept.push(batch);
      if (kept.length === 2) break;
    }
    kept[0]!.release();
    const next = consumer(path);
    // The first consumer still holds its second batch: it may yet acknowledge it.
    kept[1]!.release();
    const second = await next;
    source.end();
    const read = await readAll(second);
    expect(read.fault).toBeUndefined();
    expect(read.ids).toHaveLength(1);
    expect(read.rows).toEqual(rows.slice(2 * SLOT_ROWS));
    expect(await report).toEqual({ unread: 0 });
    expect(told.filter((what) => what !== 'busy')).toEqual(['connected', 'gone', 'connected', 'gone']);
  });

  test('is the whole of it when a consumer dies', async () => {
    const { path, source, report } = await serveEvents({ held: true });
    source.begin();
    const dying = connect(path);
    await new Promise((resolve) => dying.once('data', resolve));
    dying.destroy();
    const next = await consumer(path);
    source.end();
    const read = await readAll(next);
    expect(read.rows).toEqual(rows);
    expect(await report).toEqual({ unread: 0 });
  });

  test('is waited for at the end', async () => {
    const { path, report } = await serveEvents();
    const held: Batch[] = [];
    for await (const batch of (await consumer(path, new SlotPool(3))).batches()) held.push(batch);
    const state = await Promise.race([report, new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))]);
    expect(state).toBe('waiting');
    for (const batch of held.reverse()) batch.release();
    expect(await report).toEqual({ unread: 0 });
  });

  test('is counted when the sensor ends', async () => {
    const one = await serveEvents({ held: true });
    one.source.begin();
    one.source.end();
    expect(await one.report).toEqual({ unread: COUNT });
    expect(existsSync(one.path)).toBe(false);
  });

  test('is counted when the consumer stops reading and the sensor ends', async () => {
    const one = await serveEvents({ graceMs: 200 });
    const stuck = connect(one.path);
    stuck.pause();
    expect(await one.report).toEqual({ unread: COUNT });
    stuck.destroy();
  });
});

describe('one consumer at a time', () => {
  test('a second one is told so, and the first goes on', async () => {
    const { path, told, source } = await serveEvents({ held: true });
    const first = await consumer(path);
    await expect(consumer(path)).rejects.toMatchObject({ code: 'SENSOR_BUSY', hint: expect.any(String) });
    source.begin();
    source.end();
    expect((await readAll(first)).rows).toEqual(rows);
    expect(told).toContain('busy');
  });

  test.each([
    ['other bytes', Buffer.of(7)],
    ['more acknowledgements than batches', Buffer.of(6, 6, 6, 6, 6, 6, 6, 6)],
  ])('%s end the connection, not the sensor', async (_, bytes) => {
    const { path, source, report } = await serveEvents({ held: true });
    const odd = connect(path);
    odd.write(bytes);
    odd.resume();
    await new Promise((resolve) => odd.once('close', resolve));
    const next = await consumer(path);
    source.begin();
    source.end();
    const read = await readAll(next);
    expect(read.rows).toEqual(rows);
    expect(await report).toEqual({ unread: 0 });
  });
});

describe('the socket', () => {
  test('is its owner’s alone, or of a group, whatever the mask', async () => {
    const before = process.umask(0);
    try {
      const own = await serveEvents({ held: true });
      expect(statSync(own.path).mode & 0o777).toBe(0o600);
      const shared = await serveEvents({ held: true, gid: process.getgid!() });
      const { mode, gid } = statSync(shared.path);
      expect([mode & 0o777, gid]).toEqual([0o660, process.getgid!()]);
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(before);
    }
  });

  test('is refused where another sensor listens, which goes on', async () => {
    const { path, source, report } = await serveEvents({ held: true });
    await expect(serve(path, await open(file))).rejects.toMatchObject({ code: 'SOCKET_TAKEN' });
    const next = await consumer(path);
    source.begin();
    source.end();
    expect((await readAll(next)).rows).toEqual(rows);
    await report;
  });

  test.each([
    ['a file', () => file, /a file that is no socket/],
    ['a folder that is not there', () => at('no/such/s'), /a folder and rights/],
    ['a path too long', () => at('x'.repeat(120)), /1 to 107 bytes/],
  ])('cannot be %s', async (_, path, message) => {
    const attempt = serve(path(), await open(file));
    await expect(attempt).rejects.toMatchObject({ code: 'BAD_ARGUMENT', message: expect.stringMatching(message) });
    expect(existsSync(file)).toBe(true);
  });
});

describe('what is no sensor', () => {
  const fakes: Server[] = [];
  afterAll(() => {
    for (const server of fakes) server.close();
  });

  async function fake(speak: (socket: Socket) => void): Promise<string> {
    const path = freePath();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      speak(socket);
    });
    fakes.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return path;
  }

  test('nobody there', async () => {
    await expect(consumer(at('nobody'))).rejects.toMatchObject({
      code: 'NO_SENSOR',
      message: expect.stringContaining('got ENOENT'),
      hint: expect.stringContaining('quince sensor --socket'),
    });
  });

  test('another program', async () => {
    await expect(consumer(await fake((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n')))).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  test('an Arrow stream without ids of batches', async () => {
    const path = await fake(async (socket) => {
      const write = (bytes: Uint8Array) => new Promise<void>((done) => socket.write(bytes, () => done()));
      const writer = await ArrowStreamWriter.open({ write, close: async () => void socket.end() });
      for await (const batch of (await open(file)).batches()) {
        await writer.write(batch);
        batch.release();
      }
      await writer.close();
    });
    const read = await readAll(await consumer(path));
    expect([read.fault?.code, read.rows.length]).toEqual(['BAD_INPUT', 0]);
  });

  test('a sensor that goes away in the middle: what came is delivered, then the stream is torn', async () => {
    const path = await fake(async (socket) => {
      const write = (bytes: Uint8Array) => new Promise<void>((done) => socket.write(bytes, () => done()));
      const close = async () => undefined;
      const writer = await ArrowStreamWriter.open({ write, close }, { batchIds: true });
      for await (const batch of (await open(file, { pool: new SlotPool(8) })).batches()) {
        await writer.write(batch);
        batch.release();
        break;
      }
      socket.end(Buffer.of(0xff, 0xff, 0xff));
    });
    const read = await readAll(await consumer(path));
    expect(read.fault?.code).toBe('TORN_STREAM');
    expect(read.rows).toEqual(rows.slice(0, SLOT_ROWS));
  });

  test('a batch that does not fit the string table comes in parts, and is acknowledged once', async () => {
    const { path, report } = await serveEvents();
    const small = await openSocket(path, { pool: new SlotPool(2), makeTable: (epoch) => new SmallTable(epoch) });
    const ids: string[] = [];
    const all = [];
    for await (const batch of small.batches()) {
      ids.push(batch.id.replace(/^[0-9a-f]+:/, ''));
      all.push(...rowsOf(batch));
      batch.release();
    }
    expect(all).toEqual(rows);
    expect(ids.length).toBeGreaterThan(3);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[012]\+\d+$/.test(id))).toBe(true);
    expect(await report).toEqual({ unread: 0 });
  });
});

/** A string table that is full early. */
class SmallTable extends StringTable {
  override hasRoom(strings: number): boolean {
    return this.count < 2000 && super.hasRoom(strings);
  }
}
