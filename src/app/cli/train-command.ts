import type { Command } from 'commander';
import { rhythmModel } from '../../baseline/rhythm/spec.js';
import { decisionModel } from '../../decide/spec.js';
import type { LearningReport, Released } from '../../pipeline/learning-report.js';
import { pText } from '../../pipeline/p-text.js';
import { type TrainReport, train } from '../../pipeline/train.js';
import { warnOfFewUnits } from './baseline-warnings.js';
import { countsText, numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase } from './database.js';
import { shortText } from './explanation-text.js';
import { type FormatFlags, withInputFiles } from './input-format.js';
import { withInput } from './input-work.js';
import { whatText } from './quarantine-command.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { wholeNumber } from './whole-number.js';

interface TrainFlags extends SharedOptions, DatabaseOptions, FormatFlags {
  readonly workers?: number;
}

export function defineTrain(program: Command): Command {
  return withInputFiles(withDatabase(program.command('train')))
    .description('learn what is normal from files of events, and freeze a baseline')
    .option('--workers <n>', 'threads; the result does not depend on it', wholeNumber(1))
    .action(runTrain);
}

async function runTrain(files: string[], flags: TrainFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const { db, workers, format, network } = flags;
  const options = { db, access: 'make', files, workers, format, network, what: 'learning' } as const;
  await withInput(terminal, options, async (input) => {
    const { progress } = input;
    terminal.log.info({ files, db }, 'learning');
    const report = await train({ ...input, progress: (rows) => progress.update(rows) });
    progress.stop();
    if (terminal.json) await terminal.out.json(report);
    else for (const line of trainLines(report)) await terminal.out.line(line);
    if (report.card !== undefined) warnOfFewUnits(report.card, 'fifteen', terminal);
  });
}

/** What a training learned, for people. */
export function trainLines(report: TrainReport): string[] {
  const { card } = report;
  const lines = report.known
    ? [`run ${report.run}: these files were learned before, nothing was added`]
    : [
        `run ${report.run}: learned ${numberText(report.rows)} rows; bad: ${countsText(report.bad, report.badAt)}; ` +
          `late ${numberText(report.late)} (windows ${numberText(report.lateWindows)}), without host ${numberText(report.unusable)}`,
        ...(report.unusable > 0 ? ['rows without a host are stored and not learned: fill host'] : []),
      ];
  if (card === undefined) return [...lines, 'no baseline: nothing that can be learned came'];
  const days = `events of ${card.daysLearned} UTC ${card.daysLearned === 1 ? 'day' : 'days'} learned`;
  lines.push(`baseline ${report.snapshot}: model ${card.model.slice(0, 12)}, ${days}, ${card.calibration} calibration`);
  for (const [view, counts] of Object.entries(card.views)) {
    lines.push(`  ${view.padEnd(7)}  ${countsText(counts)}`);
  }
  const { entities, units, history } = card.windows;
  lines.push(
    `  windows  of ${numberText(entities)} subjects and hosts, ${numberText(Math.round(units))} minutes scored (${history})`,
  );
  lines.push(`  alerts   ${startText(report)}`);
  if (card.rhythms !== undefined && card.rhythms.pairs > 0) {
    const { pairs, judged, rhythms } = card.rhythms;
    lines.push(`  rhythms  ${countsText({ pairs, judged, rhythms })}${shedText(report.shedPairs)}`);
  }
  return report.learning === undefined ? lines : [...lines, ...learningLines(report.learning)];
}

/** Who calls so few that no rhythm of it can be told goes first. */
function shedText(shed: number): string {
  if (shed === 0) return '';
  const most = numberText(rhythmModel().constants.pairs_kept);
  return `; ${numberText(shed)} more of few beats dropped: at most ${most} are kept`;
}

/** What p an alert needs at first, and what that was made from. */
function startText({ card, startLnP }: TrainReport): string {
  const { judged, history, days, minutesADay } = card!.minutes;
  const from =
    history === 'ranked'
      ? `${numberText(Math.round(judged))} minutes judged before they were learned`
      : `${numberText(Math.round(minutesADay))} minutes of subjects and hosts a day, none judged yet`;
  const { alerts_per_day: perDay } = decisionModel().constants;
  const watched = days >= 1 ? `${days.toFixed(1)} days` : `${numberText(Math.round(days * 1440))} minutes`;
  return `begin at p ${pText(startLnP ?? 0)} for ${perDay} a day (${from}; ${watched} watched)`;
}

/** Released and ramps are told once, so they are all told. */
function learningLines({ held, newly_held, dropped, released, ramps, broken }: LearningReport): string[] {
  const lines: string[] = [];
  if (held + dropped > 0) {
    const more = dropped > 0 ? `; ${numberText(dropped)} presences waited too long and were dropped` : '';
    lines.push(`quarantine: ${numberText(held)} signatures held, ${numberText(newly_held)} new${more}`);
  }
  for (const { reason, hosts, ln_p, what } of released) {
    const why = {
      peers: `one change on ${numberText(hosts)} hosts`,
      days: 'came back day after day',
      announced: 'announced',
    }[reason];
    lines.push(`released: ${why}, p ${pText(ln_p)}: ${whatText(reason === 'peers' ? withoutHost(what) : what)}`);
  }
  for (const { host, exe, rate, direction, since, day, value, expected } of ramps) {
    const text = { units: 'signatures a day', bits: 'mean bits' }[rate] ?? `${rate.replaceAll('_', ' ')} an hour`;
    const who = exe === null ? 'all' : shortText(exe);
    const change = `${expected.toFixed(1)} → ${value.toFixed(1)} ${text}`;
    lines.push(`slow ramp ${direction}: ${who} on ${shortText(host)}, ${change}, since ${since}, seen ${day}`);
  }
  for (const { day, level, p_too_small, host, exe, syscall } of broken) {
    const way = p_too_small ? 'too small, counts for less' : 'too large';
    const like = `${shortText(syscall)} by ${shortText(exe)} on ${shortText(host)}`;
    lines.push(
      `calibration broken on ${day}: p ${way} in a group by ${level} (as ${like}); older days leave when newer ones are enough`,
    );
  }
  return lines;
}

function withoutHost({ host: _, ...what }: Released['what']): Released['what'] {
  return what;
}
