/** A name as a quoted identifier: any text is safe in it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a quoted literal, for statements that take no parameters (COMMENT ON, SET). */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
