import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { StringTable } from '../dist/columnar/string-table.js';
import { ADDON_PATH, type SensorHandle } from '../dist/source/perf-addon.js';
import { probeSensor } from '../dist/source/perf-probe.js';
import { PerfSource } from '../dist/source/perf-source.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';
import { STRING_TABLE_BYTES } from '../dist/tuple/string-layout.js';
import { addon, built, loose, OPTIONS, slot, table, thrown } from './addon-rig.js';

const reason = built ? probeSensor().reason : 'not built';

/** A running sensor, and what it delivered. */
function run(slots = [slot(), slot(), slot()]) {
  const delivered: number[] = [];
  let end: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const handle = addon.start({ ...OPTIONS, slots, tables: [table(), table()] }, (index) => {
    if (index < 0) end();
    else delivered.push(index);
  });
  return { handle, delivered, ended, slots };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    spawnSync('true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function finish(sensor: { handle: SensorHandle; ended: Promise<void> }): Promise<void> {
  addon.stop(sensor.handle);
  await sensor.ended;
}

const NOT_OUT = (got: unknown) =>
  `BAD_ARGUMENT release requires a slot that was delivered and not released since, got ${got}`;

describe.skipIf(reason !== undefined)(`a running sensor, called wrongly${reason ? ` (${reason})` : ''}`, () => {
  test('release of what is not out', { timeout: 30_000 }, async () => {
    const sensor = run(Array.from({ length: 16 }, slot));
    const release = (index: unknown) => thrown(() => loose.release!(sensor.handle, index));
    expect(release(15)).toBe(NOT_OUT(15));
    await until(() => sensor.delivered.length > 0);
    const out = sensor.delivered[0]!;
    expect(release(out)).toBe('nothing');
    expect(release(out)).toBe(NOT_OUT(out));
    for (const index of [16, 2 ** 32 - 1]) expect(release(index)).toBe(NOT_OUT(index));
    for (const index of [-1, 0.5, Number.NaN, undefined, '0']) {
      expect(release(index)).toMatch(/^BAD_ARGUMENT release requires a whole number/);
    }
    await finish(sensor);
    // A slot comes again only after its release, and one was released, once.
    const times = (index: number) => sensor.delivered.filter((delivered) => delivered === index).length;
    for (const index of sensor.slots.keys()) expect(times(index)).toBeLessThanOrEqual(index === out ? 2 : 1);
    const held = new Set(sensor.delivered.slice(1));
    for (const index of held) expect(release(index)).toBe('nothing');
    for (const index of held) expect(release(index)).toBe(NOT_OUT(index));
  });

  test('stop twice, and calls after the end', { timeout: 30_000 }, async () => {
    const sensor = run();
    addon.stop(sensor.handle);
    addon.stop(sensor.handle);
    await sensor.ended;
    addon.stop(sensor.handle);
    const counters = addon.counters(sensor.handle);
    const sum = (numbers: Readonly<Record<string, number>>) => Object.values(numbers).reduce((a, b) => a + b, 0);
    expect(sum(counters.seen_by_kind)).toBe(counters.delivered + sum(counters.lost));
    expect(addon.host(sensor.handle)).not.toBe('');
    addon.addTable(sensor.handle, table());
    addon.stall(sensor.handle, 1);
  });

  test('start twice on the same memory, and again after the end', { timeout: 30_000 }, async () => {
    const first = run();
    expect(thrown(() => run(first.slots))).toMatch(
      /^BAD_ARGUMENT a slot of the sensor requires memory that no running/,
    );
    expect(thrown(() => loose.addTable!(first.handle, first.slots[0]))).toMatch(
      /^BAD_ARGUMENT a string table .* bytes/,
    );
    const buffers = first.slots.map((array) => array.buffer as SharedArrayBuffer);
    const source = new PerfSource({ slots: buffers, makeTable: (epoch) => new StringTable(epoch), ringPages: 8 });
    expect(thrown(() => source.start())).toMatch(/^BAD_ARGUMENT a slot of the sensor/);
    await finish(first);
    await finish(run(first.slots));
  });

  test('a second sensor runs beside the first on memory of its own', { timeout: 30_000 }, async () => {
    const sensors = [run(), run()];
    await until(() => sensors.every((sensor) => sensor.delivered.length > 0));
    await Promise.all(sensors.map(finish));
  });

  test('a table that is being filled cannot be added', { timeout: 30_000 }, async () => {
    const mine = table();
    const sensor = run();
    addon.addTable(sensor.handle, mine);
    expect(thrown(() => addon.addTable(sensor.handle, mine))).toMatch(
      /^BAD_ARGUMENT a string table of the sensor requires memory that no running sensor fills/,
    );
    expect(thrown(() => loose.addTable!(sensor.handle, {}))).toBe(
      'BAD_ARGUMENT a string table of the sensor requires Uint8Arrays, got an object',
    );
    await finish(sensor);
  });

  test('start that the kernel refuses leaves the memory free', { timeout: 30_000 }, async () => {
    const slots = [slot(), slot()];
    const options = { ...OPTIONS, ringPages: 3, slots, tables: [table()] };
    for (let i = 0; i < 2; i++)
      expect(thrown(() => addon.start(options, () => {}))).toMatch(/ring buffers cannot be allocated/);
    await finish(run(slots));
  });

  const fixture = (body: string, ...flags: string[]) => {
    const script = `
      import { createRequire } from 'node:module';
      import { spawnSync } from 'node:child_process';
      import { isMainThread, Worker } from 'node:worker_threads';
      const addon = createRequire('/')(${JSON.stringify(ADDON_PATH)});
      const memory = (bytes) => new Uint8Array(new SharedArrayBuffer(bytes));
      const start = (callback) => addon.start({ ...${JSON.stringify(OPTIONS)},
        slots: [memory(${SLOT_BYTES}), memory(${SLOT_BYTES})], tables: [memory(${STRING_TABLE_BYTES})] }, callback);
      ${body}`;
    const ended = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    return [ended.status, ended.signal, ended.stdout, ended.stderr];
  };

  test('a callback that throws is an uncaught error, and the run goes on', { timeout: 30_000 }, () => {
    const body = `
      let errors = 0;
      process.on('uncaughtException', (error) => {
        if (error.message !== 'mine') throw error;
        if (++errors === 2) addon.stop(handle);
      });
      const handle = start((slot) => {
        if (slot < 0) return console.log(errors >= 2 ? 'ended' : errors);
        addon.release(handle, slot);
        throw new Error('mine');
      });
      const busy = setInterval(() => { spawnSync('true'); if (errors >= 2) clearInterval(busy); }, 20);`;
    expect(fixture(body)).toEqual([0, null, 'ended\n', '']);
  });

  test('a handle that is dropped ends its sensor', { timeout: 30_000 }, () => {
    const body = `
      start((slot) => { if (slot < 0) console.log('ended'); });
      const collect = setInterval(() => gc(), 20);
      setTimeout(() => clearInterval(collect), 1000);`;
    expect(fixture(body, '--expose-gc')).toEqual([0, null, 'ended\n', '']);
  });

  test('a worker that is terminated takes its sensor with it', { timeout: 30_000 }, () => {
    const body = `
      const inWorker = \`
        const addon = require(${JSON.stringify(ADDON_PATH)});
        const memory = (bytes) => new Uint8Array(new SharedArrayBuffer(bytes));
        globalThis.kept = addon.start({ ...${JSON.stringify(OPTIONS)},
          slots: [memory(${SLOT_BYTES}), memory(${SLOT_BYTES})], tables: [memory(${STRING_TABLE_BYTES})] }, () => {});
        require('node:worker_threads').parentPort.postMessage('runs');\`;
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(inWorker, { eval: true, execArgv: [] });
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
        await worker.terminate();
      }
      console.log('done');`;
    expect(fixture(body)).toEqual([0, null, 'done\n', '']);
  });
});
