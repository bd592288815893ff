import { parameterValuesSql } from '../../store/parameter-values.js';
import { loadRecipe, recipeValues } from '../../store/recipes.js';
import type { Store } from '../../store/store.js';
import { numberText } from './count-text.js';
import { shortText } from './explanation-text.js';

/**
 * What to say of a recipe that found nothing: that what it asks for is not there yet, else with which parameters, and which
 * values the database knows.
 */
export async function emptyRecipeText(
  store: Store,
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<string> {
  const recipe = loadRecipe(name);
  const statement = recipe.sql.replace(/^--.*$/gm, '');
  // Events are there at once.
  const open = /\bevents\b/.test(statement) ? undefined : await openCellsText(store, statement);
  if (open !== undefined && !(await hasCells(store))) return open;
  const values = recipeValues(recipe, given);
  const asked = recipe.parameters.map((p) => `${p.name}=${shortText(values[p.name], 80)}`);
  const known: string[] = [];
  for (const { name: parameter } of recipe.parameters) {
    const sql = parameterValuesSql(parameter);
    if (sql === undefined) continue;
    const texts: string[] = [];
    for await (const { value } of store.rows(sql)) texts.push(shortText(String(value), 80));
    known.push(texts.length === 0 ? `no ${parameter} to choose` : `${parameter} may be ${texts.join(', ')}`);
  }
  const matched = asked.length === 0 ? 'nothing matched' : `nothing matched ${asked.join(', ')}`;
  return known.length === 0 ? matched : `${matched}; ${known.join('; ')}`;
}

/** Whether any hour of what was learned has closed. */
async function hasCells(store: Store): Promise<boolean> {
  const sql = "SELECT 1 FROM cells JOIN kinds USING (kind) WHERE name IN ('factor15', 'factor5') LIMIT 1";
  for await (const _ of store.rows(sql)) return true;
  return false;
}

/** Why the cells that a statement asks for are not all there; undefined when they are, or it asks for none. */
export async function openCellsText(store: Store, statement: string): Promise<string | undefined> {
  if (!/\b(?:cells(?:_named)?|maturity|learned_windows|calibration)\b/i.test(statement)) return undefined;
  for await (const { hours, n } of store.rows(
    'SELECT count(DISTINCT hour)::DOUBLE AS hours, count(*)::DOUBLE AS n FROM open_presence',
  )) {
    if (Number(n) === 0) return undefined;
    const many = `${numberText(Number(n))} presences of ${numberText(Number(hours))} open ${hours === 1 ? 'hour' : 'hours'}`;
    return (
      `cells hold closed hours: ${many} stand in open_presence, count in every baseline, ` +
      'and become cells when training comes to newer hours'
    );
  }
  return undefined;
}
