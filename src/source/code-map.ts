import type { DictionaryTexts } from '../columnar/dictionary-texts.js';
import { NOT_AN_ADDRESS, type TextCoder } from '../columnar/text-coder.js';
import { COLUMNS, type Column, type StringClass, SYSCALLS } from '../tuple/columns.js';

/** The text needs the checked path: too long, no address, no syscall, or outside the dictionary. */
export const ODD = 0xffffffff;

/** Marks a code of the file that no row had so far. */
const UNSEEN = 0xfffffffe;

const dictColumns: readonly Column[] = (COLUMNS as readonly Column[]).filter((c) => c.type === 'dict');
const syscalls: ReadonlySet<string> = new Set(SYSCALLS);

/** Columns of one class share a map; `syscall` has its own, because its texts are a closed list. */
const mapNames = dictColumns.map((c) => (c.name === 'syscall' ? 'syscall' : c.strings!));

/** Codes of a stream's dictionary to codes of a string table, worked out once an entry. */
export class CodeMap {
  /** True when a new text went into the table since `follow`. */
  grew = false;
  private generation = -1;
  private dictionary: DictionaryTexts | undefined;
  private coder: TextCoder | undefined;
  private maps = new Map<string, Uint32Array>();
  private byColumn: Uint32Array[] = [];

  /** Takes up a dictionary as it stands and the table in use; forgets what no longer holds. */
  follow(dictionary: DictionaryTexts, coder: TextCoder): void {
    this.grew = false;
    const keep = this.generation === dictionary.generation && this.coder === coder && this.dictionary === dictionary;
    this.generation = dictionary.generation;
    this.coder = coder;
    this.dictionary = dictionary;
    const length = dictionary.texts.length;
    if (keep && this.byColumn[0]!.length === length) return;
    for (const name of new Set(mapNames)) {
      const map = new Uint32Array(length).fill(UNSEEN);
      const before = keep ? this.maps.get(name) : undefined;
      if (before !== undefined) map.set(before);
      this.maps.set(name, map);
    }
    this.byColumn = mapNames.map((name) => this.maps.get(name)!);
  }

  /** Code in the table of a code of the file, for the dictionary column of that rank; or ODD. */
  code(rank: number, fileCode: number): number {
    const map = this.byColumn[rank]!;
    if (!(fileCode < map.length)) return ODD;
    const known = map[fileCode]!;
    if (known !== UNSEEN) return known;
    const code = this.encode(mapNames[rank]!, dictColumns[rank]!.strings!, this.dictionary!.texts[fileCode]!);
    map[fileCode] = code;
    return code;
  }

  private encode(name: string, cls: StringClass, text: string): number {
    if (name === 'syscall' && !syscalls.has(text)) return ODD;
    const code = this.coder!.code(cls, text);
    this.grew = true;
    return code === NOT_AN_ADDRESS || this.coder!.cut ? ODD : code;
  }
}
