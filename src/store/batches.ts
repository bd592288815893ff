import type { Duck } from '../duck/duck.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Batch } from '../tuple/batch.js';
import { SLOT_HEADER } from '../tuple/slot.js';
import { EventColumns } from './event-columns.js';
import type { ScoreBlock, Scores } from './scores.js';
import type { Strings } from './strings.js';

export interface Appended {
  /** False when this run had the batch already, and nothing was written. */
  readonly appended: boolean;
  readonly batch: number;
  /** Global id of the batch's first event; the others follow. */
  readonly firstEvent: number;
  /** Position of the first row in its run. */
  readonly firstRow: number;
}

/** Stores batches: their events, their scores and the note that they are stored, in one transaction each. */
export class Batches {
  private readonly columns = new EventColumns();
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly duck: Duck,
    private readonly strings: Strings,
    private readonly scores: Scores,
    private lastBatch: number,
    private nextEvent: number,
  ) {}

  static async load(duck: Duck, strings: Strings, scores: Scores): Promise<Batches> {
    const rows = await duck.all(
      'SELECT coalesce(max(batch), 0) AS batch, coalesce(max(first_event + "rows"), 0)::DOUBLE AS next FROM batches',
    );
    return new Batches(duck, strings, scores, Number(rows[0]!.batch), Number(rows[0]!.next));
  }

  /** Batches of one run are given in the order of its input: rows are numbered by it. */
  append(run: number, batch: Batch, blocks: readonly ScoreBlock[] = []): Promise<Appended> {
    const next = this.turn.then(() => this.store(run, batch, blocks));
    this.turn = next.catch(() => undefined);
    return next;
  }

  /** Scores of events that are stored already, in a run that stores none. */
  async appendScores(run: number, events: readonly number[], blocks: readonly ScoreBlock[]): Promise<void> {
    await this.scores.widen(this.duck, [...new Set(blocks.flatMap((b) => b.names))]);
    await this.duck.transaction(async (session) => {
      for (const block of blocks) {
        const { columns, length } = this.scores.columns(block, run, events, events.length);
        await session.append('scores', columns, length);
      }
    });
  }

  private async store(run: number, batch: Batch, blocks: readonly ScoreBlock[]): Promise<Appended> {
    const known = await this.find(run, batch);
    if (known !== undefined) return known;
    await this.scores.widen(this.duck, [...new Set(blocks.flatMap((b) => b.names))]);
    const place = { batch: this.lastBatch + 1, run, firstEvent: this.nextEvent, firstRow: await this.rowsOf(run) };
    try {
      await this.write(run, batch, blocks, place);
    } catch (cause) {
      this.strings.forget();
      throw cause;
    }
    this.strings.committed();
    this.lastBatch = place.batch;
    this.nextEvent += batch.rows;
    return { appended: true, batch: place.batch, firstEvent: place.firstEvent, firstRow: place.firstRow };
  }

  private write(
    run: number,
    batch: Batch,
    blocks: readonly ScoreBlock[],
    place: { batch: number; run: number; firstEvent: number; firstRow: number },
  ): Promise<void> {
    const globals = this.strings.codesOf(batch.strings, stringsOf(batch));
    const events = this.columns.of(batch, place, globals);
    const scores = blocks.map((block) => this.scores.columns(block, run, place.firstEvent, batch.rows));
    return this.duck.transaction(async (session) => {
      await this.strings.store(session);
      await session.append('event_rows', events, batch.rows);
      for (const { columns, length } of scores) await session.append('scores', columns, length);
      await session.run('INSERT INTO batches VALUES ($batch, $id, $run, $rows, $firstEvent, $firstRow)', {
        batch: place.batch,
        id: batch.id,
        run,
        rows: batch.rows,
        firstEvent: BigInt(place.firstEvent),
        firstRow: BigInt(place.firstRow),
      });
    });
  }

  private async find(run: number, batch: Batch): Promise<Appended | undefined> {
    const rows = await this.duck.all(
      `SELECT batch, "rows", first_event::DOUBLE AS first_event, first_row::DOUBLE AS first_row
       FROM batches WHERE run = ? AND id = ?`,
      [run, batch.id],
    );
    const known = rows[0];
    if (known === undefined) return undefined;
    if (known.rows !== batch.rows) {
      const what = `batch ${JSON.stringify(batch.id)} of run ${run}`;
      throw new QuinceError('INTERNAL', `${what} requires its ${known.rows} rows again, got ${batch.rows}`);
    }
    const [firstEvent, firstRow] = [Number(known.first_event), Number(known.first_row)];
    return { appended: false, batch: Number(known.batch), firstEvent, firstRow };
  }

  private async rowsOf(run: number): Promise<number> {
    const rows = await this.duck.all('SELECT coalesce(sum("rows"), 0)::DOUBLE AS n FROM batches WHERE run = ?', [run]);
    return Number(rows[0]!.n);
  }
}

/** Entries of the string table that the batch may use: those of its own time, so that a re-run gives the same codes. */
function stringsOf(batch: Batch): number {
  const own = new Uint32Array(batch.slot, 0, 16)[SLOT_HEADER.strings]!;
  return own > 0 ? own : batch.strings.count;
}
