// Usage: complete-lock.mjs [LOCKFILE]. Adds to package-lock.json the optional platform packages that a registry mirror did not have when it was made; without
// them `npm ci` refuses the file. Versions come from what depends on them, os and cpu from their names.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const OS = ['android', 'darwin', 'linux', 'win32', 'freebsd', 'openbsd', 'netbsd', 'sunos', 'aix', 'openharmony'];
const CPU = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];
const added = [];
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const key = `node_modules/${name}`;
    if (path === '' || lock.packages[key] || lock.packages[`${path}/${key}`]) continue;
    const words = name.split(/[-/]/);
    const os = OS.filter((word) => words.includes(word));
    const cpu = CPU.filter((word) => words.includes(word) || (word === 'ppc64' && words.includes('ppc64le')));
    if (!/^\d/.test(version)) {
      console.error(`skipped ${name}@${version} of ${path}`);
      continue;
    }
    lock.packages[key] = {
      version,
      ...(cpu.length ? { cpu } : {}),
      ...(dev ? { dev } : {}),
      optional: true,
      ...(name.endsWith('-musl') ? { libc: ['musl'] } : {}),
      ...(os.length ? { os } : {}),
    };
    added.push(name);
  }
}
const entries = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(entries);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added.length} added`);
console.log(added.join(' '));
