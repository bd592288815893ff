import type { Batch, Source } from '../tuple/batch.js';

/**
 * Sends the batches of a source to `work`, at most `width` at a time, and gives the results to `take` in the order of
 * the input, so that nothing depends on which worker was faster. A batch is released after `take`. When something
 * fails, what is under way is awaited and released before the fault is thrown.
 */
export async function inOrder<T>(
  source: Source,
  width: number,
  work: (batch: Batch) => Promise<T>,
  take: (batch: Batch, result: T) => Promise<void> | void,
): Promise<void> {
  const under: { batch: Batch; result: Promise<T> }[] = [];
  const settle = async () => {
    const { batch, result } = under.shift()!;
    try {
      await take(batch, await result);
    } finally {
      batch.release();
    }
  };
  let fault: { error: unknown } | undefined;
  try {
    for await (const batch of source.batches()) {
      const result = work(batch);
      result.catch(() => undefined);
      under.push({ batch, result });
      if (under.length >= width) await settle();
    }
  } catch (error) {
    fault = { error };
  }
  while (under.length > 0) {
    try {
      await settle();
    } catch (error) {
      fault ??= { error };
    }
  }
  if (fault !== undefined) throw fault.error;
}
