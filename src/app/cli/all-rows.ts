import { factorModel } from '../../baseline/factor/spec.js';
import { SlotView } from '../../columnar/slot-view.js';
import { pText } from '../../pipeline/p-text.js';
import type { Dims } from '../../pipeline/score-options.js';
import type { ScoreResult } from '../../pipeline/worker.js';
import { FLAG } from '../../score/calibrated-p.js';
import type { BatchScores } from '../../score/score-batch.js';
import type { Batch } from '../../tuple/batch.js';
import { escapeControl } from '../../tuple/escape.js';

/** One text a batch for `score --all`: a line a row, in order, also for rows that are not scored. */
export class AllRows {
  private readonly view: 'fifteen' | 'five';
  private readonly by: readonly string[];
  private readonly names: readonly string[];

  constructor(
    dims: Dims,
    private readonly json: boolean,
  ) {
    this.view = dims === 15 ? 'fifteen' : 'five';
    this.by = factorModel().views[this.view].by;
    this.names = this.by.map((name) => JSON.stringify(name));
  }

  text(batch: Batch, scores: ScoreResult, firstRow: number): string {
    const own = scores[this.view];
    const lines: string[] = [];
    const view = new SlotView(batch.slot);
    for (let row = 0; row < batch.rows; row++) {
      lines.push(this.json ? this.jsonLine(own, row, firstRow + row) : this.textLine(own, batch, view, row, firstRow));
    }
    return lines.join('');
  }

  /** Built by hand: 100,000 rows and more go through here, and no text of an event does. */
  private jsonLine(scores: BatchScores, row: number, at: number): string {
    const flags = scores.flags[row]!;
    if (flags & FLAG.unscored) return `{"row":${at},"bits":0,"ln_p":0,"by":{}}\n`;
    let by = '';
    for (let i = 0, from = row * this.names.length; i < this.names.length; i++) {
      const bits = scores.by[from + i]!;
      if (bits !== 0) by += `${by === '' ? '' : ','}${this.names[i]}:${bits}`;
    }
    const marks = `${flags & FLAG.extrapolated ? ',"extrapolated":true' : ''}${flags & FLAG.few ? ',"few":true' : ''}`;
    return `{"row":${at},"bits":${scores.bits[row]},"ln_p":${scores.lnP[row]},"by":{${by}}${marks}}\n`;
  }

  private textLine(scores: BatchScores, batch: Batch, view: SlotView, row: number, firstRow: number): string {
    const text = (name: 'syscall' | 'exe') => {
      const value = batch.strings.text(view.codes(name)[row]!);
      return value === undefined ? '-' : escapeControl(value, 60);
    };
    const what = `${text('syscall').padEnd(8)} ${text('exe')}`;
    const at = String(firstRow + row).padStart(8);
    if (scores.flags[row]! & FLAG.unscored) return `${at}        -        -  ${what}\n`;
    const parts = this.by.map((name, i) => ({ name, bits: scores.by[row * this.by.length + i]! }));
    const dearest = parts.sort((a, b) => b.bits - a.bits).slice(0, 3);
    const why = dearest.filter((p) => p.bits >= 0.05).map((p) => `${p.name} ${p.bits.toFixed(1)}`);
    const bits = scores.bits[row]!.toFixed(1).padStart(8);
    return `${at} ${bits} ${pText(scores.lnP[row]!).padStart(8)}  ${what}  ${why.join(', ')}\n`;
  }
}
