import type { Session } from '../duck/session.js';

export interface Finding {
  /** Global id of the event. */
  readonly event: number;
  /** Process tree, 64 bits. */
  readonly tree: bigint;
  /** Rank of the tree in its run; 1 is the most anomalous. */
  readonly rank: number;
  readonly lnP: number;
  readonly treeLnP: number;
  /** Hosts that showed the same: one finding, whose trees have one rank. 1 unless given. */
  readonly hosts?: number;
  /** Number of the announced change that covers it. */
  readonly announced?: number | undefined;
}

/** Findings of a run in one view; they replace those it had. */
export interface FindingSet {
  readonly run: number;
  /** 15 unless given. */
  readonly dims?: number;
  readonly findings: readonly Finding[];
}

/** Writes findings in the caller's transaction. */
export async function putFindings(session: Session, set: FindingSet): Promise<void> {
  const { run, findings } = set;
  const dims = set.dims ?? 15;
  await session.run('DELETE FROM finding_rows WHERE run = ? AND dims = ?', [run, dims]);
  const next = await session.all('SELECT coalesce(max(finding), 0) + 1 AS finding FROM finding_rows');
  const first = Number(next[0]!.finding);
  const rows = findings.length;
  await session.append(
    'finding_rows',
    [
      { type: 'INTEGER', values: Int32Array.from(findings, (_, i) => first + i) },
      { type: 'INTEGER', values: new Int32Array(rows).fill(run) },
      { type: 'BIGINT', values: BigInt64Array.from(findings, (f) => BigInt(f.event)) },
      { type: 'UBIGINT', values: BigUint64Array.from(findings, (f) => f.tree) },
      { type: 'UTINYINT', values: new Uint8Array(rows).fill(dims) },
      { type: 'INTEGER', values: Int32Array.from(findings, (f) => f.rank) },
      { type: 'DOUBLE', values: Float64Array.from(findings, (f) => f.lnP) },
      { type: 'DOUBLE', values: Float64Array.from(findings, (f) => f.treeLnP) },
      { type: 'INTEGER', values: Int32Array.from(findings, (f) => f.hosts ?? 1) },
      { type: 'INTEGER', values: Int32Array.from(findings, (f) => f.announced ?? 0) },
    ],
    rows,
  );
}
