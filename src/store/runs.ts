import type { Duck } from '../duck/duck.js';
import type { JsonValue } from '../duck/json-value.js';
import type { Session } from '../duck/session.js';
import { QuinceError } from '../errors/quince-error.js';

export type RunKind = 'train' | 'score' | 'record' | 'import' | 'unlearn' | 'quarantine' | 'verdict' | 'roles';

export interface RunInfo {
  readonly kind: RunKind;
  /** What makes a repeated run the same run: kind, sha256 of the files, snapshot, dims, settings that matter. */
  readonly key: string;
  /** The snapshot that scores. */
  readonly snapshot?: number;
  readonly params?: JsonValue;
  readonly input?: JsonValue;
}

export interface Run {
  readonly run: number;
  /** An unfinished run of this key was found: batches it already has are not stored again. */
  readonly resumed: boolean;
  /** A finished run of this key was found: everything is stored, nothing is left to do. */
  readonly complete: boolean;
}

export interface RunEnd {
  readonly run: number;
  /** Rows read. */
  readonly rows: number;
  /** Bad rows and files by reason. */
  readonly bad: Readonly<Record<string, number>>;
}

/**
 * The run of this kind and key, a new one when there is none. The same input on the same snapshot is the same run, so
 * nothing is ever stored or learned twice: not after a kill, and not when a person repeats a command.
 */
export function beginRun(duck: Duck, info: RunInfo, now: Date): Promise<Run> {
  return duck.transaction(async (session) => {
    const found = await session.all(
      'SELECT run, finished IS NOT NULL AS complete FROM runs WHERE kind = ? AND key = ?',
      [info.kind, info.key],
    );
    const known = found[0];
    if (known !== undefined) {
      const complete = known.complete === true;
      return { run: Number(known.run), resumed: !complete, complete };
    }
    const run = Number((await session.all('SELECT coalesce(max(run), 0) + 1 AS run FROM runs'))[0]!.run);
    await session.run(
      'INSERT INTO runs VALUES ($run, $kind, $key, $now, NULL, $snapshot, $params, $input, NULL, NULL)',
      {
        run,
        kind: info.kind,
        key: info.key,
        now,
        snapshot: info.snapshot ?? null,
        params: info.params === undefined ? null : JSON.stringify(info.params),
        input: info.input === undefined ? null : JSON.stringify(info.input),
      },
    );
    return { run, resumed: false, complete: false };
  });
}

export async function endRun(session: Session, end: RunEnd, now: Date): Promise<void> {
  const changed = await session.run(
    'UPDATE runs SET finished = $now, "rows" = $rows, bad = $bad WHERE run = $run AND finished IS NULL',
    { run: end.run, rows: end.rows, bad: JSON.stringify(end.bad), now },
  );
  if (changed !== 1) throw new QuinceError('INTERNAL', `finishing requires an unfinished run, got ${end.run}`);
}
