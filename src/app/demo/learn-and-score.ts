import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { QuinceError } from '../../errors/quince-error.js';
import { type AlertReport, describeAlerts } from '../../pipeline/describe-alerts.js';
import { describeFindings } from '../../pipeline/describe-findings.js';
import { Evaluator } from '../../pipeline/evaluate.js';
import { RowExplainer } from '../../pipeline/explain.js';
import { FINDING_LN_P } from '../../pipeline/finding-limit.js';
import { readLabels } from '../../pipeline/labels.js';
import { openSources } from '../../pipeline/open-sources.js';
import { ProgramTap } from '../../pipeline/program-tap.js';
import { type ScoreReport, score } from '../../pipeline/score.js';
import { train, workersFor } from '../../pipeline/train.js';
import { windowFindings } from '../../pipeline/window-findings.js';
import type { Workers } from '../../pipeline/workers.js';
import { Store } from '../../store/store.js';
import { ALERTS_SHOWN, alertLines, alertsHead } from '../cli/alert-text.js';
import { numberText } from '../cli/count-text.js';
import { findingLines } from '../cli/finding-text.js';
import type { Terminal } from '../cli/terminal.js';
import { trainLines } from '../cli/train-command.js';
import { WINDOWS_SHOWN, windowLines } from '../cli/window-text.js';
import { evaluationLines } from './verdict-text.js';

/** Findings shown; the table behind them covers all labels. */
const SHOWN = 12;

export interface DemoPaths {
  /** Folder of train.*, score.* and score.labels.json. */
  readonly data: string;
  readonly db: string;
}

export async function learnAndScore({ data, db }: DemoPaths, terminal: Terminal): Promise<void> {
  const { out } = terminal;
  const labels = readLabels(join(data, 'score.labels.json'));
  const [training, scored] = [capture(data, 'train'), capture(data, 'score')];
  const store = await Store.open(db);
  try {
    const workers = workersFor(store);
    try {
      const exes = new Set<string>();
      await out.line(terminal.style('bold', `Learning what is normal: ${training}`));
      for (const line of await learn(store, workers, training, exes, terminal)) await out.line(`  ${line}`);
      await out.line(`\n${terminal.style('bold', `Scoring another hour: ${scored}`)}`);
      const evaluator = new Evaluator(labels, exes);
      const report = await scoreCapture(store, workers, scored, evaluator, terminal);
      await printAlerts(store, report, terminal);
      await printFindings(store, report, terminal);
      await out.line();
      for (const line of evaluationLines(evaluator.evaluation(), terminal)) await out.line(line);
    } finally {
      await workers.close();
    }
  } finally {
    await store.close();
  }
}

function capture(data: string, name: string): string {
  const found = ['.arrow.gz', '.arrow', '.parquet', '.jsonl.gz', '.jsonl']
    .map((ending) => join(data, name + ending))
    .find((path) => existsSync(path));
  if (found === undefined) throw new QuinceError('BAD_INPUT', `the demonstration requires ${data}/${name}.*, got none`);
  return found;
}

async function learn(
  store: Store,
  workers: Workers,
  path: string,
  exes: Set<string>,
  terminal: Terminal,
): Promise<string[]> {
  const progress = terminal.progress('learning', 'rows');
  const sources = await openSources([path], { hashKey: store.hashKey, workers: workers.size });
  const tapped = sources.map((source) => new ProgramTap(source, exes));
  try {
    return trainLines(await train({ store, workers, sources: tapped, progress: (n) => progress.update(n) }));
  } finally {
    progress.stop();
  }
}

async function scoreCapture(
  store: Store,
  workers: Workers,
  path: string,
  evaluator: Evaluator,
  terminal: Terminal,
): Promise<ScoreReport> {
  const progress = terminal.progress('scoring', 'rows');
  const sources = await openSources([path], { hashKey: store.hashKey, workers: workers.size });
  try {
    return await score({
      store,
      workers,
      sources,
      dims: 15,
      onBatch: (batch, scores, firstRow) => evaluator.take(batch, scores, firstRow),
      progress: (n) => progress.update(n),
    });
  } finally {
    progress.stop();
  }
}

async function printAlerts(store: Store, report: ScoreReport, terminal: Terminal): Promise<void> {
  const { out } = terminal;
  const { alerts } = report.decision;
  const described: AlertReport[] = [];
  for await (const alert of describeAlerts(store, alerts, report)) described.push(alert);
  await out.line(`  ${alertsHead(report, terminal)}`);
  for (const line of alertLines(described, ALERTS_SHOWN, terminal)) await out.line(line);
  await out.line();
}

async function printFindings(store: Store, report: ScoreReport, terminal: Terminal): Promise<void> {
  const { out } = terminal;
  const { run, snapshot, rows, trees, views } = report;
  const ranked = views.fifteen.rank();
  const found = ranked.filter((tree) => tree.lnP <= FINDING_LN_P);
  const counts = [rows, ranked.length, found.length].map(numberText);
  await out.line(`  ${counts[0]} rows in ${counts[1]} process trees; ${counts[2]} are findings (p at most 0.001)`);
  const shown = found.slice(0, SHOWN);
  const explainer = await RowExplainer.load(store);
  const options = { run, snapshot, trees, explainer, five: views.five.rank(), rows: 2 };
  for await (const finding of describeFindings(shown, options)) {
    await out.write(`\n${findingLines(finding, terminal, { parts: 5, rows: 2 }).join('\n')}\n`);
  }
  if (found.length > shown.length)
    await out.line(`\n${found.length - shown.length} more: quince sql --recipe top-surprise`);
  const windows = windowFindings(report.minutes, FINDING_LN_P);
  for (const line of windowLines(report, windows.slice(0, WINDOWS_SHOWN), windows.length)) await out.line(line);
}
