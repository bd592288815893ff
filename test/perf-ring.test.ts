import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const compiler = spawnSync('g++', ['--version']).status === 0;

test.skipIf(!compiler)('the ring walker, in C++ under the sanitizers', { timeout: 60_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'quince-ring-'));
  try {
    const source = fileURLToPath(new URL('../native/test/ring_walk_test.cc', import.meta.url));
    const program = join(dir, 'ring_walk_test');
    const flags = ['-std=c++20', '-O1', '-g', '-Wall', '-Wextra', '-fsanitize=address,undefined'];
    execFileSync('g++', [...flags, '-fno-sanitize-recover=all', source, '-o', program]);
    const run = spawnSync(program, { encoding: 'utf8' });
    expect(`${run.stdout}${run.stderr}`).toBe('ok\n');
    expect(run.status).toBe(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
