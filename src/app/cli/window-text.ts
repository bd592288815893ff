import { windowModel } from '../../baseline/window/spec.js';
import { countedText } from '../../pipeline/amount-text.js';
import { spanText, type WindowExplanation, type WindowPart } from '../../pipeline/explain-window.js';
import type { Judged } from '../../pipeline/explanation.js';
import { pText } from '../../pipeline/p-text.js';
import type { ScoreReport } from '../../pipeline/score.js';
import type { WindowFinding } from '../../pipeline/window-findings.js';
import { escapeControl } from '../../tuple/escape.js';
import { numberText } from './count-text.js';
import { type ExplanationWords, WHOSE } from './explanation-text.js';

/** Windows shown to people when they do not say how many. */
export const WINDOWS_SHOWN = 10;

/** Who did more or less of something than usual, with a headline. @param found how many there are, shown or not */
export function windowLines(
  { minutes, lateWindows }: Pick<ScoreReport, 'minutes' | 'lateWindows'>,
  shown: readonly WindowFinding[],
  found: number,
): string[] {
  const scored = `${numberText(minutes.length)} minutes of subjects and hosts scored`;
  const late = lateWindows > 0 ? `, ${numberText(lateWindows)} counts came too late` : '';
  const lines = [`\nMore or less than usual: ${numberText(found)} (p at most 0.001; ${scored}${late})`];
  for (const [i, finding] of shown.entries()) lines.push(`${String(i + 1).padStart(3)}. ${windowLine(finding)}`);
  if (found > shown.length) lines.push(`  ${numberText(found - shown.length)} more: --limit, or the view windows`);
  return lines;
}

/** "p 2.4e-4  bash (www-data) on web1, from 16:01 UTC: 3 programs started within 1 min, usually 1; so in 2 minutes". */
function windowLine(finding: WindowFinding): string {
  const { first, minutes, lnP } = finding;
  const time = new Date(first * 60_000).toISOString().slice(0, 16).replace('T', ' ');
  const often = minutes === 1 ? '' : `; so in ${numberText(minutes)} minutes`;
  return `p ${pText(lnP)}  ${subjectText(finding)}, from ${time} UTC: ${windowText(finding)}${often}`;
}

/** "bash (www-data) on web1", "all of web1". */
export function subjectText({
  host,
  wholeHost,
  exe,
  user,
}: Pick<WindowFinding, 'host' | 'wholeHost' | 'exe' | 'user'>): string {
  if (wholeHost) return `all of ${name(host)}`;
  return `${name(exe ?? 'unknown program')}${user === null ? '' : ` (${name(user)})`} on ${name(host)}`;
}

/** What a window held: "3 programs started within 1 min, usually 1". */
export function windowText(
  window: Pick<WindowFinding, 'feature' | 'sizeSeconds' | 'value' | 'typical' | 'lost'>,
): string {
  const { feature, sizeSeconds, value, typical, lost } = window;
  if (feature === 'silence')
    return `silent for ${countedText(numberText((value ?? 0) / 3600), 'hours')} in which its host was not`;
  const unit = windowModel().features.find((f) => f.name === feature)?.unit ?? '';
  const gone = lost > 0 ? `, ${Math.max(1, Math.round(100 * lost))} % of events lost` : '';
  const usual = typicalText(typical ?? 0);
  return `${countedText(numberText(value ?? 0), unit)} within ${spanText(sizeSeconds ?? 0)}, usually ${usual}${gone}`;
}

export function typicalText(typical: number): string {
  return typical < 10 ? String(Number(typical.toPrecision(2))) : numberText(typical);
}

const NO_LAW = 'no law: never seen, or too few such windows were learned';
/** Windows without a law that are shown; the others are counted. */
const LAWLESS_SHOWN = 3;

/** What is said of a minute beside what every explanation says. */
export function windowWords(e: Judged<WindowExplanation>): ExplanationWords {
  const { of, run, bits, parts, lost } = e;
  const minute = (of.ts ?? '').slice(0, 16).replace('T', ' ');
  const silent = parts[0]?.feature === 'silence';
  return {
    title: `${subjectText({ host: of.host ?? '', wholeHost: e.whole_host, exe: of.exe, user: of.user })}, the minute from ${minute} UTC`,
    place: `run ${run}`,
    score: `${bits.toFixed(1)} bits, of the most surprising of ${numberText(parts.length)} windows`,
    ranked: (units, group) => `ranked among ${units} minutes of ${WHOSE[group]}`,
    unranked: silent ? 'ranked among its silences' : 'not ranked: nothing was ever scored',
    details: lost > 0 ? [`${(100 * lost).toFixed(1)} % of the host's events were lost in the minute`] : [],
    noteOf: (part) => noteOf(part as WindowPart),
    unknown: NO_LAW,
    restOf: {
      isOne: (part) => part.context === null,
      shown: LAWLESS_SHOWN,
      text: (n) => `${numberText(n)} more windows with ${NO_LAW}`,
    },
  };
}

/** ", p 0.012, not over" behind a window. */
function noteOf({ level, ln_p, open, lost, feature }: WindowPart): string {
  const p = level === null ? '' : `, p ${pText(ln_p)}`;
  const gone = lost > 0 ? `, ${(100 * lost).toFixed(1)} % lost` : '';
  return `${p}${open && feature !== 'silence' ? ', not over' : ''}${gone}`;
}

const name = (text: string) => escapeControl(text, 60);
