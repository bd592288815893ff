const BEYOND_ASCII = /[\u007f-\uffff]/g;

/**
 * JSON in ASCII: what is beyond it is escaped as \uXXXX, without loss. Strings of events may hold C1 controls and marks
 * that reorder text, which JSON.stringify leaves as they are and a terminal obeys. 64-bit integers become strings.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v));
  return text.replace(BEYOND_ASCII, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
