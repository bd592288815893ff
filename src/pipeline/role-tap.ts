import { SlotView } from '../columnar/slot-view.js';
import type { StringTable } from '../columnar/string-table.js';
import type { Batch } from '../tuple/batch.js';
import { col } from '../tuple/columns.js';
import { SLOT_ROWS } from '../tuple/slot.js';
import { type RoleRules, RULE_COLUMNS } from './role-rules.js';

const ROLE = col('role');

/**
 * Gives rows without a role the one that the rules say, in the batch itself, so that whoever takes it sees the same. One
 * look-up by rule for each combination of labels of a string table, then O(rows).
 */
export class RoleTap {
  private readonly codes = new WeakMap<object, Map<string, number>>();

  constructor(private readonly rules: RoleRules) {}

  /** Tables hold the roles from their beginning: later there may be no room. */
  prepare(table: StringTable): StringTable {
    for (const role of this.rules.roles) table.intern('word', role);
    return table;
  }

  /** @returns the batch, and which rows the rules gave a role */
  take(batch: Batch): Batch {
    const view = new SlotView(batch.slot);
    const roles = view.codes('role');
    const labels = RULE_COLUMNS.map((name) => view.codes(name));
    const valid = view.validity[ROLE]!;
    const configuredRoles = new Uint8Array(SLOT_ROWS / 8);
    let given = 0;
    for (let row = 0; row < batch.rows; row++) {
      if (roles[row] !== 0) continue;
      const code = this.codeOf(
        batch,
        labels.map((codes) => codes[row]!),
      );
      if (code === 0) continue;
      roles[row] = code;
      valid[row >> 3]! |= 1 << (row & 7);
      configuredRoles[row >> 3]! |= 1 << (row & 7);
      given++;
    }
    if (given === 0) return batch;
    const { id, slot, rows, strings } = batch;
    return { id, slot, rows, strings, configuredRoles, release: () => batch.release() };
  }

  /** Code of the role of labels; 0 where no rule matches. */
  private codeOf({ strings }: Batch, labels: readonly number[]): number {
    let codes = this.codes.get(strings);
    if (codes === undefined) {
      codes = new Map();
      this.codes.set(strings, codes);
    }
    const key = labels.join();
    const known = codes.get(key);
    if (known !== undefined) return known;
    const texts = Object.fromEntries(RULE_COLUMNS.map((name, i) => [name, strings.text(labels[i]!)]));
    const role = this.rules.roleOf(texts);
    const code = role === undefined ? 0 : (strings as StringTable).intern('word', role);
    codes.set(key, code);
    return code;
  }
}
