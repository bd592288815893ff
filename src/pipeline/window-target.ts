import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import { formatTime } from '../tuple/time.js';
import { FINDING_LN_P } from './finding-limit.js';
import { isAsked } from './stored-codes.js';
import { windowFindings } from './window-findings.js';

/** Whose minute is asked for; without program and user the whole host's. */
export interface MinuteAsked {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly host: string;
  readonly exe?: string | undefined;
  readonly user?: string | undefined;
}

/** Names told of what there is. */
const NAMED = 8;

/** A window of a run by the number that scoring gave it. @throws BAD_ARGUMENT when there is none */
export async function windowByNumber(store: Store, run: number, number: number): Promise<WindowRow> {
  const found = windowFindings(await store.readWindows(run, 'ln_p <= ?', [FINDING_LN_P]), FINDING_LN_P);
  const row = found[number - 1];
  if (row !== undefined) return row;
  const rule = found.length === 0 ? `a run with windows beyond usual` : `1 to ${found.length} in run ${run}`;
  const advice = 'any minute can be explained: --at TIME --host HOST';
  throw new QuinceError('BAD_ARGUMENT', `--window requires ${rule}, got ${number}; ${advice}`);
}

/** A scored minute of a run. @throws BAD_ARGUMENT when there is none, or more than one; it names what there is */
export async function windowAt(store: Store, run: number, asked: MinuteAsked): Promise<WindowRow> {
  const at = await store.readWindows(run, 'minute = make_timestamptz(?::BIGINT)', [asked.minute * 60_000_000]);
  const ofHost = at.filter((row) => isAsked('host', row.host, asked.host));
  if (ofHost.length === 0) throw await noMinute(store, run, asked);
  const whole = asked.exe === undefined && asked.user === undefined;
  const found = ofHost.filter((row) => row.wholeHost === whole && isSubject(row, asked));
  if (found.length === 1) return found[0]!;
  const known = (found.length === 0 ? ofHost : found).map(subjectText);
  const rule = found.length === 0 ? 'a subject that was scored in this minute' : 'one subject of this minute';
  throw new QuinceError(
    'BAD_ARGUMENT',
    `explain requires ${rule}, got ${whoText(asked)}: there are ${listText(known)}`,
  );
}

function isSubject({ exe, user }: WindowRow, asked: MinuteAsked): boolean {
  return (
    (asked.exe === undefined || isAsked('exe', exe, asked.exe)) &&
    (asked.user === undefined || isAsked('user', user, asked.user))
  );
}

async function noMinute(store: Store, run: number, { host, minute }: MinuteAsked): Promise<QuinceError> {
  const hosts = await textsOf(store, 'SELECT DISTINCT host AS text FROM window_rows WHERE run = ? ORDER BY text', [
    run,
  ]);
  if (!hosts.some((one) => isAsked('host', one, host))) {
    const known = hosts.length === 0 ? `run ${run} scored no windows` : `run ${run} has ${listText(hosts.map(quoted))}`;
    return new QuinceError('BAD_ARGUMENT', `--host requires a host with windows, got ${quoted(host)}: ${known}`);
  }
  const sql = `SELECT us::VARCHAR AS text FROM (SELECT DISTINCT epoch_us(minute) AS us FROM window_rows
    WHERE run = ? AND host = ?) ORDER BY abs(us - ?::BIGINT) LIMIT ${NAMED}`;
  const near = (await textsOf(store, sql, [run, host, minute * 60_000_000])).sort().map(timeText);
  const got = timeText(String(minute * 60_000_000));
  return new QuinceError(
    'BAD_ARGUMENT',
    `--at requires a scored minute of the host, got ${got}: near it are ${listText(near)}`,
  );
}

async function textsOf(store: Store, sql: string, parameters: (string | number)[]): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of store.rows(sql, parameters)) texts.push(String(text));
  return texts;
}

const timeText = (us: string): string => `${formatTime(BigInt(us)).slice(0, 16)}Z`;
const quoted = (text: string): string => JSON.stringify(text);

function subjectText({ wholeHost, exe, user }: WindowRow): string {
  if (wholeHost) return 'the whole host';
  return `${exe === null ? 'an unknown program' : quoted(exe)}${user === null ? '' : ` of ${quoted(user)}`}`;
}

function whoText({ exe, user }: MinuteAsked): string {
  const parts = [exe === undefined ? '' : quoted(exe), user === undefined ? '' : `of ${quoted(user)}`];
  return parts.filter((part) => part !== '').join(' ') || 'the whole host';
}

export function listText(texts: readonly string[]): string {
  const more = texts.length > NAMED ? ` and ${texts.length - NAMED} more` : '';
  return texts.slice(0, NAMED).join(', ') + more;
}
