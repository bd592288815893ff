import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QuinceError } from '../errors/quince-error.js';

/** The folder of the package, from dist/store. */
const FOLDER = new URL('../../models/recipes/', import.meta.url);
const NAME = /^[a-z][a-z0-9-]*$/;
const PARAMETER = /^-- param ([a-z_]+) = (.*?) : (.+)$/;

export interface RecipeParameter {
  readonly name: string;
  readonly fallback: string;
  readonly doc: string;
}

/** A query kept in models/recipes/NAME.sql. Its header: `-- title`, `-- what it answers`, `-- param NAME = DEFAULT : what`. */
export interface Recipe {
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly parameters: readonly RecipeParameter[];
  readonly sql: string;
}

/** All recipes, by name. */
export function listRecipes(): Recipe[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => loadRecipe(file.slice(0, -'.sql'.length)));
}

/** @throws QuinceError BAD_ARGUMENT for a name that is none */
export function loadRecipe(name: string): Recipe {
  let sql: string;
  try {
    if (!NAME.test(name)) throw new Error('not a name');
    sql = readFileSync(fileURLToPath(new URL(`${name}.sql`, FOLDER)), 'utf8');
  } catch (cause) {
    const names = readdirSync(FOLDER)
      .map((f) => f.replace('.sql', ''))
      .sort();
    throw new QuinceError('BAD_ARGUMENT', `recipe requires one of ${names.join(', ')}, got ${JSON.stringify(name)}`, {
      cause,
    });
  }
  return parse(name, sql);
}

/** What a parameter takes, by the form of its default; any text where none of these fits. */
const NUMERIC = [
  { defaults: /^\d+$/, takes: /^\d{1,15}$/, rule: 'a whole number' },
  { defaults: /^last$/, takes: /^(last|\d{1,15})$/, rule: 'a whole number or last' },
];

/** The values of all parameters: those given, else the defaults. @throws QuinceError BAD_ARGUMENT for an unknown one, or none of its form */
export function recipeValues(recipe: Recipe, given: Readonly<Record<string, string>>): Record<string, string> {
  const names = recipe.parameters.map((p) => p.name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const rule = names.length === 0 ? 'no parameters' : `parameters ${names.join(', ')}`;
    throw new QuinceError('BAD_ARGUMENT', `recipe ${recipe.name} requires ${rule}, got ${JSON.stringify(unknown)}`);
  }
  for (const { name, fallback } of recipe.parameters) {
    const value = given[name];
    const form = NUMERIC.find(({ defaults }) => defaults.test(fallback));
    if (value === undefined || form === undefined || form.takes.test(value)) continue;
    throw new QuinceError('BAD_ARGUMENT', `--param ${name} requires ${form.rule}, got ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(recipe.parameters.map((p) => [p.name, given[p.name] ?? p.fallback]));
}

function parse(name: string, sql: string): Recipe {
  const header = sql.split('\n').filter((line) => line.startsWith('-- '));
  const parameters = header.flatMap((line) => {
    const match = PARAMETER.exec(line);
    return match === null ? [] : [{ name: match[1]!, fallback: match[2]!, doc: match[3]! }];
  });
  const words = header.filter((line) => !line.startsWith('-- param ')).map((line) => line.slice(3));
  if (words.length < 2) {
    throw new QuinceError(
      'INTERNAL',
      `recipe ${name} requires a title and a line of what it answers, got ${words.length}`,
    );
  }
  return { name, title: words[0]!, doc: words.slice(1).join(' '), parameters, sql };
}
