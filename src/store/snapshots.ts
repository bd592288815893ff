import type { Duck } from '../duck/duck.js';
import type { JsonValue } from '../duck/json-value.js';
import type { Row } from '../duck/read.js';
import type { Session } from '../duck/session.js';
import { QuinceError } from '../errors/quince-error.js';

export interface NewSnapshot {
  readonly kind: string;
  /** Event time up to which it knows, microseconds since 1970 UTC. */
  readonly asOfUs: number;
  readonly run: number;
  readonly checksum: string;
  readonly bytes: Uint8Array;
  readonly card: JsonValue;
}

export interface SnapshotInfo {
  readonly snapshot: number;
  readonly kind: string;
  readonly asOfUs: number;
  readonly run: number;
  readonly checksum: string;
  readonly size: number;
  readonly card: JsonValue;
}

export interface StoredSnapshot extends SnapshotInfo {
  readonly bytes: Uint8Array;
}

const INFO =
  'snapshot, kind, epoch_us(as_of)::DOUBLE AS as_of, created_run, checksum, size::DOUBLE AS size, card::VARCHAR AS card';

/** Bytes of one part: DuckDB takes and gives a large blob in far more than linear time (256 MiB in 24 s). */
const PART_BYTES = 1 << 20;

/** Stores a snapshot in the caller's transaction; returns its number. */
export async function putSnapshot(session: Session, snapshot: NewSnapshot): Promise<number> {
  const next = await session.all('SELECT coalesce(max(snapshot), 0) + 1 AS snapshot FROM snapshot_rows');
  const number = Number(next[0]!.snapshot);
  await session.run(
    'INSERT INTO snapshot_rows VALUES ($number, $kind, make_timestamptz($asOf::BIGINT), $run, $checksum, $size, $card)',
    {
      number,
      kind: snapshot.kind,
      asOf: BigInt(snapshot.asOfUs),
      run: snapshot.run,
      checksum: snapshot.checksum,
      size: snapshot.bytes.length,
      card: JSON.stringify(snapshot.card),
    },
  );
  const parts = Math.ceil(snapshot.bytes.length / PART_BYTES);
  for (let part = 0; part < parts; part++) {
    const bytes = snapshot.bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES);
    await session.append(
      'snapshot_parts',
      [
        { type: 'INTEGER', values: Int32Array.of(number) },
        { type: 'INTEGER', values: Int32Array.of(part) },
        { type: 'BLOB', values: [bytes] },
      ],
      1,
    );
  }
  return number;
}

/** The newest snapshot of a kind, or the one of a number; undefined when there is none. */
export async function findSnapshot(
  duck: Duck,
  by: { kind: string } | { snapshot: number },
): Promise<StoredSnapshot | undefined> {
  const [where, value] = 'kind' in by ? ['kind = ?', by.kind] : ['snapshot = ?', by.snapshot];
  const rows = await duck.all(`SELECT ${INFO} FROM snapshot_rows WHERE ${where} ORDER BY snapshot DESC LIMIT 1`, [
    value as string | number,
  ]);
  if (rows[0] === undefined) return undefined;
  const info = infoOf(rows[0]);
  return { ...info, bytes: await readBytes(duck, info) };
}

async function readBytes(duck: Duck, info: SnapshotInfo): Promise<Uint8Array> {
  const bytes = new Uint8Array(info.size);
  let at = 0;
  const sql = 'SELECT bytes FROM snapshot_parts WHERE snapshot = ? ORDER BY part';
  for await (const row of duck.rows(sql, [info.snapshot])) {
    const part = row.bytes as Uint8Array;
    if (at + part.length <= bytes.length) bytes.set(part, at);
    at += part.length;
  }
  if (at !== info.size) {
    throw new QuinceError('BAD_MODEL', `snapshot ${info.snapshot} requires ${info.size} bytes, got ${at}`);
  }
  return bytes;
}

/** All snapshots without their bytes, oldest first. */
export async function listSnapshots(duck: Duck): Promise<SnapshotInfo[]> {
  const rows = await duck.all(`SELECT ${INFO} FROM snapshot_rows ORDER BY snapshot`);
  return rows.map(infoOf);
}

function infoOf(row: Row): SnapshotInfo {
  return {
    snapshot: Number(row.snapshot),
    kind: String(row.kind),
    asOfUs: Number(row.as_of),
    run: Number(row.created_run),
    checksum: String(row.checksum),
    size: Number(row.size),
    card: JSON.parse(String(row.card)) as JsonValue,
  };
}
