/** A text of several lines as one, for messages: what zod, YAML and DuckDB say of a fault. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
