/** Key of the metadata that the last, empty record batch of a whole stream carries. */
export const END_MARK_KEY = 'quince_end';

/** Key of the metadata that names the batch a record batch holds, in streams made for it. */
export const BATCH_KEY = 'quince_batch';

/** What a whole stream holds. */
export interface EndMark {
  rows: number;
  batches: number;
  /** Sum of `count` over the rows that tell of losses; such a row may claim any 64-bit number. */
  lost: bigint;
}

/** "rows batches lost" in decimal. */
export function encodeEndMark({ rows, batches, lost }: EndMark): string {
  return `${rows} ${batches} ${lost}`;
}

/** The mark, or undefined when the text is none. */
export function decodeEndMark(text: string): EndMark | undefined {
  const match = /^(\d{1,15}) (\d{1,15}) (\d{1,40})$/.exec(text);
  if (match === null) return undefined;
  return { rows: Number(match[1]), batches: Number(match[2]), lost: BigInt(match[3]!) };
}
