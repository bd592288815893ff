import { PairTable } from '../baseline/pair-table.js';
import { SlotView } from '../columnar/slot-view.js';
import type { Batch } from '../tuple/batch.js';
import { col } from '../tuple/columns.js';

/** What decides where a process tree begins. */
export interface ProcessLink {
  /** The parent's id in the process's own pid namespace, where known, else ppid. */
  readonly parentInNamespace: number | undefined;
  readonly session: number | undefined;
}

/** Whether a process is the root of its tree: a child of its namespace's init or of none, or one that logged in. */
export function isTreeRoot(process: ProcessLink, above: ProcessLink | undefined): boolean {
  return (
    above === undefined ||
    process.parentInNamespace === 1 ||
    process.parentInNamespace === 0 ||
    (process.session !== undefined && process.session !== above.session)
  );
}

/** What is known of a process instance from its rows. */
export interface ProcessFacts extends ProcessLink {
  readonly lo: number;
  readonly hi: number;
  parentLo: number;
  parentHi: number;
  pid: number | undefined;
  parentInNamespace: number | undefined;
  session: number | undefined;
  exe: string | undefined;
  args: string | undefined;
  user: string | undefined;
}

/**
 * Process instances and their parents. The tree of a process is the subtree under its nearest ancestor that is a child
 * of its namespace's pid 1, cut at each accepted login (where the audit session changes): findings count by it.
 */
export class ProcessTrees {
  private readonly keys = new PairTable();
  private readonly facts: ProcessFacts[] = [];

  /** Takes note of every process of a batch; the last program and arguments seen win (exec). O(rows). */
  observe(batch: Batch): void {
    const view = new SlotView(batch.slot);
    const procs = view.halves('proc');
    const parents = view.halves('parent_proc');
    const [exe, args, user] = [view.codes('exe'), view.codes('args'), view.codes('user')];
    const number = (name: 'pid' | 'ppid' | 'ns_ppid' | 'session', row: number) =>
      view.value(col(name), row) as number | undefined;
    for (let row = 0; row < batch.rows; row++) {
      if (!view.isValid(col('proc'), row)) continue;
      const i = this.keys.insert(procs[2 * row]!, procs[2 * row + 1]!);
      if (i === this.facts.length) {
        this.facts.push({
          lo: procs[2 * row]!,
          hi: procs[2 * row + 1]!,
          parentLo: parents[2 * row]!,
          parentHi: parents[2 * row + 1]!,
          pid: number('pid', row),
          parentInNamespace: number('ns_ppid', row) ?? number('ppid', row),
          session: number('session', row),
          exe: undefined,
          args: undefined,
          user: undefined,
        });
      }
      const facts = this.facts[i]!;
      // A session is entered once, by the process that the login made; its row may come after others of that process.
      facts.session = number('session', row) ?? facts.session;
      facts.exe = batch.strings.text(exe[row]!) ?? facts.exe;
      facts.args = batch.strings.text(args[row]!) ?? facts.args;
      facts.user = batch.strings.text(user[row]!) ?? facts.user;
    }
  }

  find(lo: number, hi: number): ProcessFacts | undefined {
    const i = this.keys.find(lo, hi);
    return i < 0 ? undefined : this.facts[i];
  }

  parent(of: ProcessFacts): ProcessFacts | undefined {
    return this.find(of.parentLo, of.parentHi);
  }

  /** The process itself, its parent, and so on up to the last one known. */
  ancestry(of: ProcessFacts): ProcessFacts[] {
    const chain = [of];
    for (let at = this.parent(of); at !== undefined && !chain.includes(at); at = this.parent(at)) chain.push(at);
    return chain;
  }

  /** Root of a process's tree; of a process never seen, itself. `cut` names further roots (labels). */
  root(lo: number, hi: number, cut: (p: ProcessFacts) => boolean = () => false): { lo: number; hi: number } {
    const self = this.find(lo, hi);
    if (self === undefined) return { lo, hi };
    const chain = this.ancestry(self);
    for (let i = 0; i < chain.length; i++) {
      const process = chain[i]!;
      if (isTreeRoot(process, chain[i + 1]) || cut(process)) return { lo: process.lo, hi: process.hi };
    }
    return { lo, hi };
  }
}
