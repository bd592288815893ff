import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Recording, type Row, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const COUNT = 43;

/** What is compared, as text, so that sets can be. */
const line = (row: Partial<Row>) =>
  [row.syscall, row.path, row.path_to, row.flags, row.ret].map((v) => (v === undefined ? '-' : String(v))).join(' ');

test.skipIf(reason !== undefined)(
  'each change of a file is there once, with its paths, beside 20,000 other events a second',
  async () => {
    using workload = new Workload();
    const exe = join(workload.dir, 'change-files');
    execFileSync('gcc', ['-O1', '-Wall', fileURLToPath(new URL('workload/files.c', import.meta.url)), '-o', exe]);
    const folder = join(realpathSync(workload.dir), 'changed');
    mkdirSync(folder);
    execFileSync('chmod', ['755', workload.dir, folder]);
    const recording = new Recording((by) => by === exe, { background: 20_000 });
    const told = execFileSync('unshare', ['-m', exe, String(COUNT)], { cwd: folder, encoding: 'utf8' });
    await recording.stop();
    const truth = told
      .trim()
      .split('\n')
      .map((text) => line(JSON.parse(text)));
    expect(truth).toHaveLength(1 + COUNT * (19 + 5 + 4));
    const made = /^open .* (WRONLY\|CREAT|RDWR|RDONLY\|)/;
    const rows = recording.rows
      .filter((row) => !['exec', 'fork', 'exit', 'setid'].includes(String(row.syscall)))
      .map(line);
    const seen = rows.filter(
      (text) => !(made.test(text) && text.endsWith(' 0')) && !/^mount - \/ /.test(text) && !/^mount none /.test(text),
    );
    const odd = {
      missing: truth.filter((t) => !seen.includes(t)).slice(0, 12),
      more: seen.filter((t) => !truth.includes(t)).slice(0, 12),
    };
    expect(odd).toEqual({ missing: [], more: [] });
    expect(seen.sort()).toEqual(truth.sort());
    const counters = recording.source.sensorCounters()!;
    expect(Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0)).toBe(counters.delivered);
  },
  40_000,
);
