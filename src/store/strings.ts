import type { Duck } from '../duck/duck.js';
import type { Session } from '../duck/session.js';
import type { StringReader } from '../tuple/string-reader.js';

/** An unpaired surrogate: UTF-8 cannot hold it, so the text would come back as another. */
const UNPAIRED = /\p{Surrogate}/gu;

/**
 * The dimension table of all dictionary columns: code ↔ text, codes 1, 2, 3, … without a gap (the views look a text up
 * by its position). Held in memory whole: about 100 bytes a text beside the text itself.
 */
export class Strings {
  private readonly codes = new Map<string, number>();
  private pending: string[] = [];
  private tables = new WeakMap<StringReader, Uint32Array>();

  static async load(duck: Duck): Promise<Strings> {
    const strings = new Strings();
    for await (const row of duck.rows('SELECT text FROM strings ORDER BY code')) strings.add(String(row.text));
    strings.pending = [];
    return strings;
  }

  get size(): number {
    return this.codes.size;
  }

  /**
   * Global codes by the codes of a string table, for its first `count` entries. Texts that are new get codes in the
   * table's order and wait for `store`. Costs O(new entries).
   */
  codesOf(reader: StringReader, count: number): Uint32Array {
    const known = this.tables.get(reader) ?? new Uint32Array(1);
    if (known.length >= count) return known;
    const all = new Uint32Array(count);
    all.set(known);
    for (let code = known.length; code < count; code++) {
      const text = reader.text(code);
      all[code] = text === undefined ? 0 : this.add(text);
    }
    this.tables.set(reader, all);
    return all;
  }

  /** Writes the new texts, in the caller's transaction; `committed` or `forget` must follow. */
  async store(session: Session): Promise<void> {
    const first = this.codes.size - this.pending.length + 1;
    const codes = Uint32Array.from(this.pending, (_, i) => first + i);
    const columns = [
      { type: 'UINTEGER', values: codes },
      { type: 'VARCHAR', values: this.pending },
    ] as const;
    await session.append('strings', columns, codes.length);
  }

  committed(): void {
    this.pending = [];
  }

  /** After a rollback: the new texts are unknown again. */
  forget(): void {
    for (const text of this.pending) this.codes.delete(text);
    this.pending = [];
    this.tables = new WeakMap();
  }

  private add(raw: string): number {
    const text = raw.replace(UNPAIRED, '\ufffd');
    const known = this.codes.get(text);
    if (known !== undefined) return known;
    const code = this.codes.size + 1;
    this.codes.set(text, code);
    this.pending.push(text);
    return code;
  }
}
