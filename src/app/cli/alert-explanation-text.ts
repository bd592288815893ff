import type { EvidencePart } from '../../pipeline/evidence-part.js';
import type { AlertExplanation } from '../../pipeline/explain-alert.js';
import type { Judged } from '../../pipeline/explanation.js';
import { askText, evidencePText, minuteOf, whoText } from './alert-text.js';
import { numberText } from './count-text.js';
import { type ExplanationWords, explanationLines, WHOSE } from './explanation-text.js';
import { rowWords } from './row-text.js';
import type { Terminal } from './terminal.js';

/** An alert for people: what carries it, and its oddest event as `explain ROW` explains it. */
export function alertExplanationLines(e: Judged<AlertExplanation>, terminal: Terminal): string[] {
  const lines = explanationLines(e, alertWords(e), terminal);
  if (e.event === null) return lines;
  return [...lines, '', 'Its oddest event:', ...explanationLines(e.event, rowWords(e.event), terminal)];
}

function alertWords(e: Judged<AlertExplanation>): ExplanationWords {
  const { of, alert, run, at, whole_host, score, parts, ranked_as } = e;
  const who = whoText({ host: of.host!, whole_host, exe: of.exe, user: of.user }, true);
  const worst = of.ts === at ? '' : `, at its worst at ${minuteOf(of.ts!)}`;
  const as = ranked_as === 'host' && !whole_host ? 'as all of its host, ' : '';
  return {
    title: `alert ${alert}: ${who}, the minute from ${minuteOf(at)} UTC${worst}`,
    place: `run ${run}`,
    score: `${score.toFixed(1)} nats of ${parts.length === 1 ? '1 piece' : `${numberText(parts.length)} pieces`} of evidence`,
    ranked: (units, group) => `${as}ranked among ${units} minutes of ${WHOSE[group]}`,
    unranked: 'not ranked: training judged too few minutes',
    details: [],
    unknown: (part) => {
      const { evidence } = part as EvidencePart;
      return `${evidencePText(evidence)}${askText(evidence)}`;
    },
  };
}
