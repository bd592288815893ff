import { spanText } from '../../pipeline/explain-window.js';
import type { JointFinding } from '../../pipeline/joint-findings.js';
import { pText } from '../../pipeline/p-text.js';
import type { ScoreReport } from '../../pipeline/score.js';
import type { JointPartRow } from '../../store/joint.js';
import { numberText } from './count-text.js';
import { subjectText, typicalText } from './window-text.js';

/** Vectors shown to people when they do not say how many. */
export const VECTORS_SHOWN = 5;
/** A feature that adds less of the score is not named. */
const LEAST_SHARE = 0.1;

/** Whose features do not go together, with a headline; nothing where no vector was scored. @param found how many, shown or not */
export function jointLines(
  { vectors }: Pick<ScoreReport, 'vectors'>,
  shown: readonly JointFinding[],
  found: number,
): string[] {
  if (vectors.length === 0) return [];
  const size = spanText(vectors[0]!.sizeSeconds);
  const scored = `${numberText(vectors.length)} windows of ${size} scored as a whole`;
  const lines = [`\nOdd together: ${numberText(found)} (p at most 0.001; ${scored})`];
  for (const finding of shown) lines.push(`  ${jointLine(finding)}`);
  if (found > shown.length) lines.push(`  ${numberText(found - shown.length)} more: --limit, or the view joint`);
  return lines;
}

/** "p 2.4e-4  curl (app) on web1, 16:00 to 16:10 UTC on 2026-06-01: bytes_out 1,200 where 58,000 go with the rest (usually 41,000)". */
function jointLine(finding: JointFinding): string {
  const { minute, sizeSeconds, windows, lnP, bits, parts } = finding;
  const clock = (at: number) => new Date(at * 60_000).toISOString().slice(0, 16).replace('T', ' ');
  const span = `${clock(minute + 1 - sizeSeconds / 60)} to ${clock(minute + 1).slice(11)} UTC`;
  const named = parts.filter((part, i) => i === 0 || part.bits >= LEAST_SHARE * bits);
  const often = windows === 1 ? '' : `; so in ${numberText(windows)} windows`;
  return `p ${pText(lnP)}  ${subjectText(finding)}, ${span}: ${named.map(partText).join(', ')}${often}`;
}

function partText({ feature, value, expected, typical }: JointPartRow): string {
  return `${feature} ${numberText(value)} where ${typicalText(expected)} goes with the rest (usually ${typicalText(typical)})`;
}
