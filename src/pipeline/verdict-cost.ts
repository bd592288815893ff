import { ContextTable } from '../baseline/contexts.js';
import { ATOM_NAMES, type AtomVector, atom } from '../baseline/factor/atoms.js';
import { readSignatures } from '../baseline/factor/presences.js';
import { learningModel } from '../baseline/learning/spec.js';
import { copyOf } from '../baseline/learning/verdicts.js';
import { baselineModel } from '../baseline/model.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { VectorScorer } from '../score/vector-scorer.js';
import type { Store } from '../store/store.js';
import { columnPosition } from '../tuple/columns.js';
import { H } from '../tuple/hash.js';
import { type ContextColumns, pairName } from '../tuple/learned.js';
import { type EventValues, EventVectors } from './event-vector.js';
import { FINDING_LN_P } from './finding-limit.js';
import { type Covers, touchedAlerts } from './touched-alerts.js';
import { treeRows } from './tree-rows.js';

/** What accepting a signature hides. */
export interface VerdictCost {
  readonly bits: Change;
  readonly ln_p: Change;
  /** Distinct signatures of the event's program that the database knows, learned or scored. */
  readonly signatures: number;
  /** Those with p at or below 0.01 without the verdict, and those of them that rise above it. */
  readonly low: number;
  readonly hidden: number;
  /** Stored findings that are findings by the baseline as it is, and those that would no longer be. */
  readonly findings: number;
  readonly findings_hidden: number;
  /** The newest run that scored rows, null for none; how many alerts it has, and the numbers of those that lose evidence. */
  readonly alerts_run: number | null;
  readonly alerts: number;
  readonly alerts_losing: readonly number[];
}

interface Change {
  readonly before: number;
  readonly after: number;
}

/** The event that a verdict is given on, and what was learned. */
export interface CostOf {
  readonly tuple: EventValues;
  readonly contexts: ContextColumns;
  /** What the verdict accepts. */
  readonly covers: Covers;
}

/** Scores by two snapshots: without a verdict and with it. */
class Both {
  private readonly scorers: readonly [VectorScorer, VectorScorer];
  private readonly by: Float64Array;

  constructor(before: Snapshot, after: Snapshot) {
    const { views, constants } = baselineModel();
    const make = (snapshot: Snapshot) => new VectorScorer(views.fifteen, constants, snapshot);
    this.scorers = [make(before), make(after)];
    this.by = new Float64Array(views.fifteen.by.length);
  }

  score(v: AtomVector): { bits: Change; lnP: Change } {
    v.signature();
    const signature = { lo: H.lo, hi: H.hi };
    const [before, after] = this.scorers.map((scorer) => {
      const lnP = scorer.lnP(copyOf(v), signature, this.by, 0);
      return { lnP, bits: scorer.bits };
    }) as [{ lnP: number; bits: number }, { lnP: number; bits: number }];
    return {
      bits: { before: before.bits, after: after.bits },
      lnP: { before: before.lnP, after: after.lnP },
    };
  }
}

/**
 * Measures on all that the database knows: each signature of the program, at the hour of the event, and the rows that carry
 * each stored finding or alert. O(signatures of the program + rows of the findings).
 */
export async function measureCost(store: Store, of: CostOf, before: Snapshot, after: Snapshot): Promise<VerdictCost> {
  const both = new Both(before, after);
  const vectors = new EventVectors(store.hashKey, baselineModel().constants.hour_zone);
  const own = vectors.read(of.tuple);
  const { bits, lnP } = both.score(own);
  const known = await signaturesOf(store, of, own, vectors);
  const line = Math.log(learningModel().constants.hold_p);
  let [low, hidden] = [0, 0];
  for (const v of known) {
    const change = both.score(v).lnP;
    if (change.before > line) continue;
    low++;
    if (change.after > line) hidden++;
  }
  const findings = await countFindings(store, both, vectors);
  const { run: alerts_run, alerts, losing: alerts_losing } = await touchedAlerts(store, vectors, of.covers);
  const counts = { signatures: known.length, low, hidden, ...findings, alerts_run, alerts, alerts_losing };
  return { bits, ln_p: lnP, ...counts };
}

const EXE = atom('exe');
const HOUR = atom('hour_of_week');
/** Columns that signatures are made of. */
const MADE_OF = ATOM_NAMES.filter((name) => columnPosition(name as never) !== undefined);

async function signaturesOf(
  store: Store,
  { tuple, contexts }: CostOf,
  own: AtomVector,
  vectors: EventVectors,
): Promise<AtomVector[]> {
  const found = new Map<string, AtomVector>();
  const add = (v: AtomVector) => {
    if (v.has[EXE] !== own.has[EXE] || v.lo[EXE] !== own.lo[EXE] || v.hi[EXE] !== own.hi[EXE]) return;
    if (own.has[HOUR] === 1) v.set(HOUR, own.lo[HOUR]!, own.hi[HOUR]!);
    v.signature();
    found.set(pairName(H), v);
  };
  const table = new ContextTable();
  table.addAll(contexts);
  const learned = readSignatures(baselineModel().views.fifteen, table);
  for (let i = 0; i < learned.size; i++) {
    const v = copyOf(own);
    learned.read(i, v);
    add(v);
  }
  const columns = MADE_OF.map((name) => `"${name}"`).join(', ');
  const sql = `SELECT DISTINCT ${columns} FROM events WHERE exe IS NOT DISTINCT FROM ?
    AND syscall NOT IN ('lost', 'clock')`;
  for await (const row of store.rows(sql, [tuple.exe == null ? null : String(tuple.exe)])) {
    if (row.host !== null) add(vectors.read(row));
  }
  return [...found.values()];
}

/** A finding stands while one of the rows that carry it does. */
async function countFindings(
  store: Store,
  both: Both,
  vectors: EventVectors,
): Promise<{ findings: number; findings_hidden: number }> {
  let [findings, hidden] = [0, 0];
  const listed: { run: number; tree: bigint; event: number; lnSignatures: number }[] = [];
  const sql = `SELECT run, tree, event, tree_ln_p - ln_p AS ln_signatures FROM finding_rows WHERE dims = 15
    ORDER BY finding`;
  for await (const { run, tree, event, ln_signatures } of store.rows(sql)) {
    const lnSignatures = Number(ln_signatures);
    listed.push({ run: Number(run), tree: tree as bigint, event: Number(event), lnSignatures });
  }
  for (const finding of listed) {
    const line = FINDING_LN_P - finding.lnSignatures;
    let [was, is] = [false, false];
    for await (const row of treeRows(store, finding, line)) {
      const { before, after } = both.score(vectors.read(row)).lnP;
      was ||= before <= line;
      is ||= after <= line;
      if (was && is) break;
    }
    if (was) findings++;
    if (was && !is) hidden++;
  }
  return { findings, findings_hidden: hidden };
}
