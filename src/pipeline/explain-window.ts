import { MinuteJudge } from '../baseline/minute/minute-judge.js';
import { baselineModel } from '../baseline/model.js';
import { type JudgedWindow, judgeHour } from '../baseline/window/judge.js';
import { Laws } from '../baseline/window/laws.js';
import { LEVELS, levelKeys } from '../baseline/window/levels.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import { pairName } from '../tuple/learned.js';
import { formatTime } from '../tuple/time.js';
import { amountText, countedText } from './amount-text.js';
import type { Conclusion, Explanation, Judged, Part } from './explanation.js';
import { FINDING_LN_P } from './finding-limit.js';
import { type ReplayedMinute, replayMinute } from './replay-windows.js';
import { type ScoredRun, scoringSnapshot } from './scored-runs.js';
import { windowFindings } from './window-findings.js';

/** A minute of a subject or host: every window that was judged in it, the most surprising first. Its score is that of the first. */
export interface WindowExplanation extends Explanation {
  readonly kind: 'window';
  /** Number among the run's windows beyond usual; null where the minute is none. */
  readonly number: number | null;
  readonly whole_host: boolean;
  /** Share of the host's events that was lost in the minute. */
  readonly lost: number;
  readonly parts: readonly WindowPart[];
}

export interface WindowPart extends Part {
  readonly feature: string;
  readonly size_s: number;
  readonly value: number;
  /** What its law expects of a window that holds something; null without a law. */
  readonly typical_value: number | null;
  /** ln p of the window alone; 0 without a law. */
  readonly ln_p: number;
  /** Whose law judged it; null where nobody ever did such a thing, or too little was learned of this size. */
  readonly level: (typeof LEVELS)[number] | null;
  /** Windows that the law was fitted to. */
  readonly windows: number;
  readonly lost: number;
  /** The window was not over, so that it could not be too little. */
  readonly open: boolean;
}

/** Explains a stored minute by the baseline that scored it. @throws BAD_DATABASE when its events are gone */
export async function explainWindow(store: Store, run: ScoredRun, row: WindowRow): Promise<Judged<WindowExplanation>> {
  const snapshot = await scoringSnapshot(store, run);
  const found = await replayMinute(store, run.run, snapshot, row);
  if (found === undefined) {
    throw new QuinceError(
      'BAD_DATABASE',
      `explaining requires the stored events of run ${run.run}, got none of the minute`,
    );
  }
  const { score, roles } = found;
  const { ranks, group } = new MinuteJudge(snapshot, baselineModel(), roles).windowGroup(score.entity);
  const where = score.worst !== undefined && score.units === 0 ? undefined : ranks.describe(group, score.bits);
  const explanation: WindowExplanation = {
    kind: 'window',
    run: run.run,
    snapshot: run.snapshot,
    number: await numberOf(store, run.run, row),
    of: { host: row.host, exe: row.exe, user: row.user, ts: formatTime(BigInt(row.minute) * 60_000_000n) },
    whole_host: row.wholeHost,
    lost: score.lost,
    bits: score.bits,
    ln_p: score.lnP,
    extrapolated: where?.extrapolated ?? false,
    few: where?.few ?? false,
    ranked: where === undefined ? null : { group: LEVELS[where.level]!, units: Math.round(score.units) },
    parts: partsOf(found, Laws.read(snapshot)),
  };
  return { ...explanation, conclusion: conclusionOf(explanation) };
}

async function numberOf(store: Store, run: number, row: WindowRow): Promise<number | null> {
  if (row.lnP > FINDING_LN_P) return null;
  const found = windowFindings(await store.readWindows(run, 'ln_p <= ?', [FINDING_LN_P]), FINDING_LN_P);
  const name = ({ host, wholeHost, exe, user, feature }: WindowRow) =>
    JSON.stringify([host, wholeHost, exe, user, feature]);
  const at = found.findIndex((one) => name(one) === name(row));
  return at < 0 ? null : at + 1;
}

function partsOf({ hour, score, roles }: ReplayedMinute, laws: Laws): WindowPart[] {
  const { windows, constants } = baselineModel();
  const levels = levelKeys(score.entity, roles);
  const parts: WindowPart[] = [];
  const own = hour.entities.filter(({ key }) => pairName(key) === pairName(score.key));
  judgeHour({ ...hour, entities: own }, laws, roles, windows, constants.hour_zone, {
    isAsked: (minute) => minute === score.minute,
    tell: (_key, _minute, window) => parts.push(partOf(window, laws, levels)),
  });
  const { worst } = score;
  if (worst?.feature === windows.silence) {
    const row = laws.find(levels, worst.feature, worst.size);
    const seen = { value: worst.value, hour: 0, lost: score.lost, open: true };
    parts.push(partOf({ feature: worst.feature, size: worst.size, row, seen, window: worst }, laws, levels));
  }
  // Of equal ones the first is the one that the score names.
  return parts.sort((a, b) => a.ln_p - b.ln_p);
}

function partOf(
  { feature, size, row, seen, window }: JudgedWindow,
  laws: Laws,
  levels: ReturnType<typeof levelKeys>,
): WindowPart {
  const { features, sizes, silence } = baselineModel().windows;
  const { name, unit } = features[feature]!;
  const level = row < 0 ? undefined : LEVELS[laws.levelOf(levels, feature, size)];
  const count = row < 0 ? 0 : Math.round(laws.windowsOf(row));
  const typical = window === undefined ? [] : [{ value: amountText(window.typical), count: null, share: null }];
  return {
    name: feature === silence ? name : `${name} in ${spanText(sizes[size]!)}`,
    bits: window === undefined ? 0 : -window.lnP / Math.LN2,
    was: countedText(amountText(seen.value), unit),
    context:
      level === undefined
        ? null
        : { given: [level], counts: 'windows', seen: count, distinct: null, own: null, typical },
    feature: name,
    size_s: sizes[size]!,
    value: seen.value,
    typical_value: window?.typical ?? null,
    ln_p: window?.lnP ?? 0,
    level: level ?? null,
    windows: count,
    lost: seen.lost,
    open: seen.open,
  };
}

/** "10 min", "1 h" */
export function spanText(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds / 60} min`;
}

function conclusionOf({ ln_p, bits, number, ranked, parts, lost, few }: WindowExplanation): Conclusion {
  const finding = ln_p <= FINDING_LN_P;
  const { lower_tail_lost: most } = baselineModel().windows.constants;
  const blind = lost > most ? '; so much was lost that too little and silence say nothing' : '';
  const worst = parts[0];
  if (finding) {
    const scored = number === null ? '' : `: number ${number} of the run's windows beyond usual`;
    return { finding, text: `a finding, for its p is at most 0.001${scored}${blind}` };
  }
  if (bits === 0 || worst === undefined) {
    return { finding, text: `no finding: no window of this minute has a law by which it is surprising${blind}` };
  }
  if (ranked === null) {
    return {
      finding,
      text: `no finding: the subject was as silent before more often than once in 1,000 times${blind}`,
    };
  }
  const often = `${amountText(100 * Math.exp(ln_p))} % of the ${ranked.units.toLocaleString('en-US')} minutes it is ranked among`;
  const alone =
    worst.ln_p <= FINDING_LN_P
      ? `; ${worst.name} alone has a small p, but of so many windows the most surprising one often has`
      : '';
  const thin = few ? '; these are few' : '';
  return {
    finding,
    text: `no finding: about ${often} are as surprising, a finding is one in 1,000${alone}${thin}${blind}`,
  };
}
