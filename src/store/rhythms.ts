import type { FixedColumn } from '../duck/append.js';
import type { Session } from '../duck/session.js';

/** A rhythm of a run. Texts are generalised. */
export interface RhythmRow {
  readonly host: string;
  readonly exe: string | null;
  readonly user: string | null;
  readonly saddr: string | null;
  readonly daddr: string;
  readonly dport: string | null;
  readonly beats: number;
  readonly periodMs: number;
  /** Shares. */
  readonly jitter: number;
  readonly missed: number;
  readonly nextMs: number;
  readonly lnP: number;
  readonly lnRank: number;
  readonly bits: number;
  /** Nats. */
  readonly score: number;
  readonly known: boolean;
  readonly finding: boolean;
}

/** Rhythms of a run, the oddest first; they replace those it had. */
export interface RhythmSet {
  readonly run: number;
  readonly rhythms: readonly RhythmRow[];
}

/** Writes rhythms in the caller's transaction. */
export async function putRhythms(session: Session, { run, rhythms }: RhythmSet): Promise<void> {
  await session.run('DELETE FROM rhythm_rows WHERE run = ?', [run]);
  const rows = rhythms.length;
  const texts = (of: (row: RhythmRow) => string | null) => ({ type: 'VARCHAR', values: rhythms.map(of) }) as const;
  const doubles = (of: (row: RhythmRow) => number): FixedColumn => ({
    type: 'DOUBLE',
    values: Float64Array.from(rhythms, of),
  });
  const flags = (of: (row: RhythmRow) => boolean): FixedColumn => ({
    type: 'BOOLEAN',
    values: Uint8Array.from(rhythms, (row) => Number(of(row))),
  });
  await session.append(
    'rhythm_rows',
    [
      { type: 'INTEGER', values: new Int32Array(rows).fill(run) },
      { type: 'INTEGER', values: Int32Array.from(rhythms, (_, i) => i + 1) },
      texts((row) => row.host),
      texts((row) => row.exe),
      texts((row) => row.user),
      texts((row) => row.saddr),
      texts((row) => row.daddr),
      texts((row) => row.dport),
      { type: 'INTEGER', values: Int32Array.from(rhythms, (row) => row.beats) },
      doubles((row) => row.periodMs / 1000),
      doubles((row) => row.jitter),
      doubles((row) => row.missed),
      { type: 'TIMESTAMPTZ', values: BigInt64Array.from(rhythms, (row) => BigInt(Math.round(row.nextMs * 1000))) },
      doubles((row) => row.lnP),
      doubles((row) => row.lnRank),
      doubles((row) => row.bits),
      doubles((row) => row.score),
      flags((row) => row.known),
      flags((row) => row.finding),
    ],
    rows,
  );
}
