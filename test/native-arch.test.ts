import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const native = fileURLToPath(new URL('../native/', import.meta.url));
const nodeHeaders = fileURLToPath(new URL('../node_modules/node-api-headers/include', import.meta.url));

const runs = (program: string) => spawnSync(program, ['--version']).status === 0;
const clang = ['clang-14', 'clang'].find(runs);
const own = arch() === 'arm64' ? 'aarch64' : 'x86_64';
const noBpf =
  clang === undefined ? 'no clang' : existsSync('/usr/include/bpf/bpf_helpers.h') ? undefined : 'no libbpf-dev';

interface Processor {
  /** As libbpf calls it. */
  readonly arch: string;
  readonly machine: string;
  /** Kernel names that its registers, and no other's, have. */
  readonly registers: readonly string[];
}
const PROCESSORS: readonly Processor[] = [
  { arch: 'x86', machine: 'x86_64', registers: ['orig_ax'] },
  { arch: 'arm64', machine: 'aarch64', registers: ['syscallno', 'orig_x0'] },
];

describe.each(PROCESSORS)('the native part for $arch', ({ arch, machine, registers }) => {
  const triple = `${machine}-linux-gnu`;
  const cross = machine === own ? '' : `${triple}-`;
  const noCompiler = runs(`${cross}g++`) ? undefined : `no ${cross}g++`;
  const noReader =
    cross === ''
      ? 'build.sh compiles it'
      : (noCompiler ?? (existsSync('/usr/include/bpf/libbpf.h') ? undefined : 'no libbpf-dev'));

  test.skipIf(noBpf)(
    `the BPF program compiles and takes this processor's registers${noBpf ? ` (${noBpf})` : ''}`,
    {
      timeout: 60_000,
    },
    () => {
      const dir = mkdtempSync(join(tmpdir(), 'quince-arch-'));
      try {
        const object = join(dir, 'sensor.bpf.o');
        const flags = ['-O2', '-g', '-target', 'bpf', `-D__TARGET_ARCH_${arch}`, '-Wall', '-Werror'];
        // Of the headers of a processor the program takes only the sizes of integers.
        const headers = `/usr/include/${own}-linux-gnu`;
        execFileSync(clang!, [...flags, `-I${headers}`, '-c', join(native, 'sensor.bpf.c'), '-o', object]);
        const names = readFileSync(object, 'latin1');
        for (const processor of PROCESSORS) {
          for (const name of processor.registers) {
            expect([name, names.includes(`\0${name}\0`)]).toEqual([name, registers.includes(name)]);
          }
        }
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  );

  test.skipIf(noCompiler)(`numbers of system calls are the kernel's${noCompiler ? ` (${noCompiler})` : ''}`, () => {
    const numbers = new Set(readFileSync(join(native, 'arch.h'), 'utf8').match(/\bQ_NR_[A-Z0-9_]+/g));
    const asserts = [...numbers].map((name) => {
      const kernel = `__NR_${name.slice('Q_NR_'.length).toLowerCase()}`;
      return `#if defined(${name}) && defined(${kernel})
        static_assert(${name} == ${kernel}, "${name}");
        #elif defined(${kernel})
        #error "${name} has no number"
        #elif !defined(__aarch64__) && ${name} <= 450 // those after are younger than the headers of Linux 6.1
        #error "${kernel} is no system call"
        #endif`;
    });
    const source = ['#include <asm/unistd.h>', `#include "${join(native, 'arch.h')}"`, ...asserts].join('\n');
    const flags = ['-x', 'c++', '-fsyntax-only', '-w', `-D__TARGET_ARCH_${arch}`, '-'];
    const ended = spawnSync(`${cross}g++`, flags, { input: source, encoding: 'utf8' });
    expect(ended.stderr).toBe('');
    expect(ended.status).toBe(0);
    expect(numbers.size).toBeGreaterThan(5);
  });

  test.skipIf(noReader)(
    `the reader compiles${noReader ? ` (${noReader})` : ''}`,
    {
      timeout: 180_000,
    },
    () => {
      const flags = ['-std=c++20', '-fPIC', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', `-I${nodeHeaders}`];
      for (const file of readdirSync(native).filter((name) => name.endsWith('.cc'))) {
        // libbpf's headers are the same for all; whatever else is of this machine must come last.
        const run = spawnSync(`${cross}g++`, [...flags, join(native, file), '-idirafter', '/usr/include'], {
          encoding: 'utf8',
        });
        expect([file, run.status, run.stderr]).toEqual([file, 0, '']);
      }
    },
  );
});
