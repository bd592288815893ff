import type { Evaluation, Verdict } from '../../pipeline/evaluate.js';
import { FINDING_LN_P } from '../../pipeline/finding-limit.js';
import { pText } from '../../pipeline/p-text.js';
import type { Ranked } from '../../pipeline/tree-ranking.js';
import { numberText } from '../cli/count-text.js';
import { shortText } from '../cli/explanation-text.js';
import type { Terminal } from '../cli/terminal.js';
import { TextTable } from '../cli/text-table.js';

const COLUMNS = ['', 'label', 'finding', 'p', 'bits', 'rank', 'five-tuple p', 'rank', 'never-seen exe', 'what'];

function pCell(ranked: Ranked | null): string {
  return ranked === null ? '-' : `${pText(ranked.lnP)}${ranked.extrapolated ? ' *' : ''}`;
}

function verdictTable(verdicts: readonly Verdict[]): string[] {
  const table = new TextTable(COLUMNS);
  let text = '';
  for (const { label, found, finding, fifteen, five, newExe } of verdicts) {
    const mark = found ? 'found' : label.kind === 'attack' ? 'MISSED' : 'not found';
    text += table.add([
      mark,
      shortText(label.id, 24),
      finding === null ? '-' : String(finding),
      pCell(fifteen),
      fifteen === null ? '-' : fifteen.bits.toFixed(1),
      fifteen === null ? '-' : String(fifteen.rank),
      pCell(five),
      five === null ? '-' : String(five.rank),
      newExe ? 'yes' : 'no',
      shortText(label.title, 90),
    ]);
  }
  return (text + table.rest()).trimEnd().split('\n');
}

function missReason({ label, fifteen, finding }: Verdict): string {
  const why =
    fifteen === null
      ? 'no row of it was recorded and scored'
      : fifteen.lnP <= FINDING_LN_P && finding === null
        ? `its own tree has p ${pText(fifteen.lnP)}, but the tree of the daemon that holds it is no finding`
        : `p ${pText(fifteen.lnP)} is above 0.001: its best row has ${fifteen.bits.toFixed(1)} bits, ` +
          `and its ${fifteen.signatures} signatures cost a factor of as many`;
  return `  missed: ${shortText(label.id, 24)}: ${why}`;
}

const percent = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;

const area = (auroc: number | undefined) => (auroc === undefined ? 'unknown' : auroc.toFixed(3));

/** The labelled attacks, the novelties apart, and what the rest looks like beside simpler detectors. */
export function evaluationLines(evaluation: Evaluation, terminal: Terminal): string[] {
  const { verdicts, unlabelled: rest } = evaluation;
  const attacks = verdicts.filter((v) => v.label.kind === 'attack');
  const novelties = verdicts.filter((v) => v.label.kind === 'novelty');
  const found = attacks.filter((v) => v.found).length;
  const own = attacks.filter((v) => v.found && v.fifteen !== null && v.fifteen.lnP <= FINDING_LN_P).length;
  const known = attacks.filter((v) => v.label.uses_only_known_programs).length;
  const byFive = attacks.filter((v) => v.five !== null && v.five.lnP <= Math.log(0.001)).length;
  const byExe = attacks.filter((v) => v.newExe).length;
  const heading = (text: string) => terminal.style('bold', text);
  return [
    heading(
      `Labelled attacks: ${found} of ${attacks.length} are in a finding, ${own} of them have p at most 0.001 in their own process tree`,
    ),
    '  finding: its number above; p, bits, rank: of its own process tree among all trees, cut at its root; * extrapolated',
    ...verdictTable(attacks),
    ...attacks.filter((v) => !v.found).map(missReason),
    ...(known === 0 ? [] : [`  ${known} of them use only programs that training knows`]),
    '',
    heading('Labelled novelties, which are no attacks'),
    ...verdictTable(novelties),
    '',
    heading('Everything else'),
    `  ${numberText(rest.trees)} process trees, ${numberText(rest.findings)} of them findings; ` +
      `${numberText(rest.rows)} rows, ${percent(rest.below01, rest.rows)} with p below 0.01, ` +
      `${percent(rest.below001, rest.rows)} below 0.001`,
    `  fifteen dimensions: ${found} of ${attacks.length} attacks found, ` +
      `${numberText(rest.aboveLowestAttack)} unlabelled trees above the lowest attack, ` +
      `AUROC by tree ${area(evaluation.auroc.fifteen)}`,
    `  the five-tuple:     ${byFive} of ${attacks.length} attacks found, ` +
      `${numberText(rest.aboveLowestAttackFive)} unlabelled trees above the lowest attack, ` +
      `AUROC by tree ${area(evaluation.auroc.five)}`,
    `  never-seen exe:     ${byExe} of ${attacks.length} attacks found, ` +
      `${numberText(rest.treesWithNewExe)} unlabelled trees flagged`,
  ];
}
