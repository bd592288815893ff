import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const compiler = spawnSync('g++', ['--version']).status === 0;
const libbpf = existsSync('/usr/include/bpf/libbpf.h');
const FLAGS = ['-std=c++20', '-O0', '-g1', '-Wall', '-Wextra', '-fsanitize=address,undefined'];

/** Compiles native/test/NAME_test.cc with the sources it tests, and runs it. */
function run(name: string, ...sources: string[]): void {
  const dir = mkdtempSync(join(tmpdir(), 'quince-unit-'));
  try {
    const native = fileURLToPath(new URL('../native/', import.meta.url));
    const files = [`test/${name}_test.cc`, ...sources].map((file) => join(native, file));
    const program = join(dir, name);
    execFileSync('g++', [...FLAGS, '-fno-sanitize-recover=all', ...files, '-o', program]);
    const ended = spawnSync(program, { encoding: 'utf8' });
    expect(`${ended.stdout}${ended.stderr}`).toBe('ok\n');
    expect(ended.status).toBe(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe.skipIf(!compiler)(`parts of the reader, in C++ under the sanitizers${compiler ? '' : ' (no g++)'}`, () => {
  test('the ring walker', { timeout: 120_000 }, () => run('ring_walk'));

  test.skipIf(!libbpf)('the drain holds back what a slower CPU may still precede', { timeout: 120_000 }, () =>
    run('drain', 'drain.cc'),
  );

  test('the DNS reader', { timeout: 120_000 }, () => run('dns', 'dns_message.cc', 'dns_names.cc'));

  test('names with dots are found while files are renamed', { timeout: 120_000 }, () =>
    run('file_paths', 'file_paths.cc'),
  );

  test('a CPU share: a flood is thinned to it, and let go again', { timeout: 120_000 }, () =>
    run('cpu_share', 'cpu_share.cc'),
  );

  test('the process table forgets whom no exit ends', { timeout: 120_000 }, () =>
    run('process_table', 'process_table.cc', 'process_look.cc', 'proc_fs.cc', 'image.cc', 'text.cc'),
  );

  test.skipIf(!libbpf)(
    'malformed records are rows or counted, and nothing is written beside its place',
    {
      timeout: 300_000,
    },
    () =>
      run(
        'malformed',
        'drain.cc',
        'row_builder.cc',
        'row_file.cc',
        'row_net.cc',
        'row_process.cc',
        'file_paths.cc',
        'dns_message.cc',
        'dns_names.cc',
        'slot_writer.cc',
        'string_store.cc',
        'text.cc',
        'image.cc',
        'process_table.cc',
        'process_look.cc',
        'proc_fs.cc',
        'account_names.cc',
      ),
  );
});
