import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder may import beside itself. Everything below is open to `app` and `pipeline`. */
const FOUNDATION = ['tuple', 'stats', 'errors'];
const BELOW: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  stats: ['errors'],
  tuple: ['errors'],
  columnar: FOUNDATION,
  duck: FOUNDATION,
  source: ['columnar', 'duck', ...FOUNDATION],
  baseline: ['decide', 'columnar', 'duck', ...FOUNDATION],
  score: ['baseline', 'decide', 'columnar', 'duck', ...FOUNDATION],
  store: ['columnar', 'duck', ...FOUNDATION],
  decide: FOUNDATION,
  pipeline: ['source', 'baseline', 'score', 'store', 'decide', 'columnar', 'duck', ...FOUNDATION],
  app: ['pipeline', 'source', 'baseline', 'score', 'store', 'decide', 'columnar', 'duck', ...FOUNDATION],
};

/** Packages that have one home: folders, or files of a folder. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  '@duckdb/node-api': ['duck/'],
  '@duckdb/node-bindings': ['duck/'],
  'apache-arrow': ['columnar/', 'tuple/arrow-schema.ts'],
  piscina: ['pipeline/'],
  commander: ['app/cli/'],
};

interface Import {
  readonly from: string;
  /** File below src, or the name of a package. */
  readonly to: string;
  readonly local: boolean;
}

const STATIC = /^(?:import|export)\s[^'"]*?\bfrom\s+['"](?<target>[^'"]+)['"]|^import\s+['"](?<bare>[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](?<target>[^'"]+)['"]\s*\)|new URL\(\s*['"](?<file>\.[^'"]+\.js)['"]/g;

function importsOf(file: string, text: string): Import[] {
  const make = (target: string): Import => {
    const local = target.startsWith('.');
    const to = local ? relative(SRC, join(SRC, dirname(file), target)).replace(/\.js$/, '.ts') : packageOf(target);
    return { from: file, to, local };
  };
  return [
    ...[...text.matchAll(STATIC)].map(({ groups }) => make(groups!.target ?? groups!.bare!)),
    ...[...text.matchAll(DYNAMIC)].map(({ groups }) => make(groups!.target ?? groups!.file!)),
  ];
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

const folderOf = (file: string) => file.split('/')[0]!;

/** Every broken rule of some files, as readable lines. */
function brokenRules(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, to, local }) => {
    if (!local) {
      const homes = HOMES[to];
      if (homes === undefined || homes.some((home) => from.startsWith(home))) return [];
      return [`${from} imports ${to}, which belongs to ${homes.join(' and ')}`];
    }
    const [own, other] = [folderOf(from), folderOf(to)];
    if (own === other) return [];
    const below = BELOW[own];
    if (below === undefined) return [`${from}: ${own} is no layer`];
    return below.includes(other) ? [] : [`${from} imports ${to}: ${own} may not import ${other}`];
  });
}

/** A cycle of imports, those of types too, as its files, or undefined. */
function findCycle(imports: readonly Import[]): string[] | undefined {
  const edges = groupByFile(imports);
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return undefined;
    for (const { to, local } of edges.get(file) ?? []) {
      const cycle = local ? visit(to, [...path, file]) : undefined;
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function groupByFile(imports: readonly Import[]): Map<string, Import[]> {
  const groups = new Map<string, Import[]>();
  for (const i of imports) groups.set(i.from, [...(groups.get(i.from) ?? []), i]);
  return groups;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(SRC, file), 'utf8')));

describe('layers', () => {
  test('every folder is a layer and every layer has files', () => {
    expect([...new Set(files.map(folderOf))].sort()).toEqual(Object.keys(BELOW).sort());
    expect(imports.length).toBeGreaterThan(files.length);
  });

  test('imports go downward only, and each guarded package has one home', () => {
    expect(brokenRules(imports)).toEqual([]);
  });

  test('no file imports itself by way of others, not even a type', () => {
    expect(findCycle(imports)).toBeUndefined();
  });

  test('imported files exist', () => {
    const known = new Set(files);
    expect(imports.filter((i) => i.local && i.to.endsWith('.ts') && !known.has(i.to))).toEqual([]);
  });

  test.each([
    ['upward', 'stats/x.ts', "import { y } from '../score/y.js';"],
    ['sideways', 'store/x.ts', "import type { y } from '../score/y.js';"],
    ['the decision reading a baseline', 'decide/x.ts', "import { y } from '../baseline/y.js';"],
    ['sideways at run time', 'store/x.ts', "const y = await import('../source/y.js');"],
    ['sideways by a worker', 'store/x.ts', "new Worker(new URL('../pipeline/y.js', import.meta.url))"],
    ['a bare import', 'tuple/x.ts', "import '../app/cli/main.js';"],
    ['a re-export', 'columnar/x.ts', "export * from '../duck/duck.js';"],
    ['a guarded package', 'store/x.ts', "import duckdb from '@duckdb/node-api';"],
    ['a guarded package of many lines', 'tuple/x.ts', "import {\n  A,\n  B,\n} from 'apache-arrow/builder';"],
  ])('sees %s', (_, file, text) => {
    expect(brokenRules(importsOf(file, text))).toHaveLength(1);
  });

  test.each([
    ['code', "import { a } from './a.js';"],
    ['a type', "import type { a } from './a.js';"],
    ['types', "import { type a, type c } from './a.js';"],
    ['a re-export', "export * from './a.js';"],
  ])('sees a cycle by %s', (_, text) => {
    const back = [...importsOf('score/a.ts', "import { b } from './b.js';"), ...importsOf('score/b.ts', text)];
    expect(findCycle(back)).toEqual(['score/a.ts', 'score/b.ts', 'score/a.ts']);
  });

  test('sees no cycle where two files import a third', () => {
    const both = ['score/a.ts', 'score/b.ts'].flatMap((file) => importsOf(file, "import { c } from './c.js';"));
    expect(findCycle([...importsOf('score/a.ts', "import { b } from './b.js';"), ...both])).toBeUndefined();
  });
});
