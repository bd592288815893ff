/** What the benchmarks share: the machine, and the marked parts of pages that they write. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

export const machine = {
  node: process.version,
  processor: cpus()[0].model.trim(),
  processors: cpus().length,
  memory_gib: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src', 'native', 'models') ? '+' : ''),
};
export const machineLine =
  `Node ${machine.node}, ${machine.processors} × ${machine.processor}, ${machine.memory_gib} GiB, ` +
  `kernel ${machine.kernel}, commit ${machine.commit}`;

export const fence = (text) => `\`\`\`\n${text}\n\`\`\``;
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Puts each part between its marks in a page. */
export function fill(file, parts) {
  let text = readFileSync(root + file, 'utf8');
  for (const [name, content] of Object.entries(parts)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(open), text.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`${file} requires the marks of ${name}, got none`);
    text = `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`;
  }
  writeFileSync(root + file, text);
}

/** The figures behind the pages. */
export function keep(name, results) {
  mkdirSync(`${root}bench/results`, { recursive: true });
  writeFileSync(`${root}bench/results/${name}.json`, `${JSON.stringify({ machine, ...results })}\n`);
}
