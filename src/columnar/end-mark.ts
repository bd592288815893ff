/** Key of the metadata that the last, empty record batch of a whole stream carries. */
export const END_MARK_KEY = 'quince_end';

/** What a whole stream holds. */
export interface EndMark {
  rows: number;
  batches: number;
  /** Sum of `count` over the rows that tell of losses. */
  lost: number;
}

export function encodeEndMark(mark: EndMark): string {
  return JSON.stringify(mark);
}

/** The mark, or undefined when the text is none. */
export function decodeEndMark(text: string): EndMark | undefined {
  try {
    const mark = JSON.parse(text) as Partial<EndMark> | null;
    const { rows, batches, lost } = mark ?? {};
    const whole = [rows, batches, lost].every((n) => Number.isSafeInteger(n));
    return whole ? { rows: rows!, batches: batches!, lost: lost! } : undefined;
  } catch {
    return undefined;
  }
}
