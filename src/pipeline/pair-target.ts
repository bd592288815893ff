import { portText } from '../baseline/factor/atoms.js';
import type { PairParts } from '../baseline/rhythm/pair.js';
import { QuinceError } from '../errors/quince-error.js';
import type { RhythmScore } from '../score/rhythm-scores.js';
import type { Store } from '../store/store.js';
import type { Pair } from '../tuple/learned.js';
import type { PairsRead } from './replay-pairs.js';
import { isAsked } from './stored-codes.js';
import { listText } from './window-target.js';

type Texts = RhythmScore['parts'];

/** A pair by its texts: all of one that is known, or those that somebody asks for. */
export type PairAsked =
  | { readonly whole: Texts }
  | { readonly some: Readonly<Partial<Record<keyof Texts, string | undefined>>> };

export interface HeardPairTexts {
  readonly key: Pair;
  readonly parts: PairParts;
  readonly texts: Texts;
  /** Kept over training and the run. */
  readonly beats: number;
}

/** The pair of a rhythm by the number that scoring gave it. @throws BAD_ARGUMENT when there is none */
export async function pairByNumber(store: Store, run: number, number: number): Promise<PairAsked> {
  const sql = 'SELECT host, exe, "user", saddr, daddr, dport FROM rhythm_rows WHERE run = ? AND rank = ?';
  for await (const row of store.rows(sql, [run, number])) {
    const text = (name: keyof Texts) => (row[name] === null || row[name] === undefined ? null : String(row[name]));
    const names = ['host', 'exe', 'user', 'saddr', 'daddr', 'dport'] as const;
    return { whole: Object.fromEntries(names.map((name) => [name, text(name)])) as Texts };
  }
  let most = 0;
  for await (const { n } of store.rows('SELECT count(*)::DOUBLE AS n FROM rhythm_rows WHERE run = ?', [run]))
    most = Number(n);
  const rule = most === 0 ? 'a run with rhythms' : `1 to ${most} in run ${run}`;
  const advice = 'any pair can be explained: --host, --exe, --daddr and --dport name it';
  throw new QuinceError('BAD_ARGUMENT', `--pair requires ${rule}, got ${number}; ${advice}`);
}

/** Of which pairs the beats have to be read. */
export function readOf(asked: PairAsked): PairsRead {
  const { host, daddr } = 'whole' in asked ? asked.whole : asked.some;
  return { host: host ?? undefined, daddr: daddr ?? undefined };
}

/**
 * The pair that is asked for among those that were heard.
 *
 * @param ofRun how many of a pair's beats the run heard
 * @throws BAD_ARGUMENT when there is none, or more than one
 */
export function pairOf(
  heard: readonly HeardPairTexts[],
  asked: PairAsked,
  run: number,
  ofRun: (key: Pair) => number,
): HeardPairTexts {
  const found = heard.filter(({ texts }) => ('whole' in asked ? isSame(texts, asked.whole) : isOne(texts, asked.some)));
  if (found.length === 1) return found[0]!;
  const known = [...(found.length === 0 ? heard : found)].sort((a, b) => b.beats - a.beats);
  const rule = found.length === 0 ? `a pair that was heard in run ${run}` : 'one pair';
  const got = found.length === 0 ? 'none' : `${found.length}`;
  const there =
    known.length === 0
      ? 'no such calls are stored'
      : `there are ${listText(known.map((one) => pairText(one, ofRun(one.key))))}`;
  throw new QuinceError('BAD_ARGUMENT', `explain requires ${rule}, got ${got}: ${there}`);
}

function isSame(texts: Texts, whole: Texts): boolean {
  return (Object.keys(whole) as (keyof Texts)[]).every((name) => texts[name] === whole[name]);
}

function isOne(texts: Texts, some: Readonly<Partial<Record<keyof Texts, string | undefined>>>): boolean {
  return (Object.entries(some) as [keyof Texts, string | undefined][]).every(([name, asked]) => {
    if (asked === undefined) return true;
    return name === 'dport' ? isPort(texts.dport, asked) : isAsked(name, texts[name], asked);
  });
}

/** Ports above the registered ones are one value. */
function isPort(stored: string | null, asked: string): boolean {
  return stored === asked || (/^\d{1,5}$/.test(asked) && stored === portText(Number(asked)));
}

/** "/usr/bin/perl of www on web1 to 203.0.113.9 port 8443 (240 beats kept, 32 of this run)" */
function pairText({ texts: { host, exe, user, saddr, daddr, dport }, beats }: HeardPairTexts, ofRun: number): string {
  const who = exe === null ? (saddr ?? 'somebody') : `${exe}${user === null ? '' : ` of ${user}`}`;
  return `${who} on ${host} to ${daddr}${dport === null ? '' : ` port ${dport}`} (${beatsText(beats, ofRun)})`;
}

/** "1,024 beats kept, 417 of this run": how many a pair has over training and the run. */
export function beatsText(kept: number, ofRun: number): string {
  const beats = kept === 1 ? '1 beat' : `${kept.toLocaleString('en-US')} beats`;
  return `${beats} kept, ${ofRun.toLocaleString('en-US')} of this run`;
}
