/** Values of a parameter that are named when a recipe found nothing. */
const NAMED = 8;

/**
 * By parameter a query for values that would find something, in one column `value`, the most usual first. Parameters that
 * are limits have none.
 */
const QUERIES: Readonly<Record<string, string>> = {
  run: 'SELECT run::VARCHAR AS value FROM runs WHERE kind = \'score\' AND "rows" > 0 ORDER BY run DESC',
  dims: 'SELECT DISTINCT dims::VARCHAR AS value FROM scores ORDER BY value',
  against: 'SELECT run::VARCHAR AS value FROM runs WHERE kind = \'score\' AND "rows" > 0 ORDER BY run',
  host: 'SELECT host AS value FROM events WHERE host IS NOT NULL GROUP BY host ORDER BY count(*) DESC, host',
  state: 'SELECT DISTINCT state AS value FROM quarantine ORDER BY value',
  exe: 'SELECT exe AS value FROM events WHERE exe IS NOT NULL GROUP BY exe ORDER BY count(*) DESC, exe',
  event: "SELECT min(event) || ' to ' || max(event) AS value FROM event_rows HAVING count(*) > 0",
  folder: `SELECT regexp_extract(path, '^/[^/]+/') AS value FROM events WHERE starts_with(path, '/') AND
    syscall IN ('open', 'rename', 'link', 'symlink', 'unlink', 'truncate', 'chmod', 'chown')
    GROUP BY value HAVING value <> '' ORDER BY count(*) DESC, value`,
};

/** A query for values of a parameter, undefined where there is none. Costs one pass over the rows of one column. */
export function parameterValuesSql(name: string): string | undefined {
  const sql = QUERIES[name];
  return sql === undefined ? undefined : `SELECT value FROM (${sql}) LIMIT ${NAMED}`;
}
