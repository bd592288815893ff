import type { Batch } from '../tuple/batch.js';

interface Receipt {
  /** Parts given out and not released. */
  held: number;
  /** All parts were given out. */
  whole: boolean;
}

/** Which of the batches received, in order, may be acknowledged: those whose parts have all been released. */
export class Receipts {
  private readonly open: Receipt[] = [];

  /** @param acknowledge called once for each batch, in the order received */
  constructor(private readonly acknowledge: () => void) {}

  get isEmpty(): boolean {
    return this.open.length === 0;
  }

  /** A batch arrives. */
  begin(): void {
    this.open.push({ held: 0, whole: false });
  }

  /** Part of the newest batch, which is to be released through what this returns. */
  cover(part: Batch): Batch {
    const receipt = this.open.at(-1)!;
    receipt.held++;
    return {
      ...part,
      release: () => {
        part.release();
        receipt.held--;
        this.settle();
      },
    };
  }

  /** The newest batch has no more parts. */
  complete(): void {
    this.open.at(-1)!.whole = true;
    this.settle();
  }

  /** The newest batch will not be given out to its end: it is never acknowledged. */
  abandon(): void {
    if (this.open.at(-1)?.whole === false) this.open.pop();
  }

  private settle(): void {
    while (this.open[0]?.whole && this.open[0].held === 0) {
      this.open.shift();
      this.acknowledge();
    }
  }
}
