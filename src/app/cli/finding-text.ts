import type { FindingReport } from '../../pipeline/describe-findings.js';
import { placeText } from '../../pipeline/explain.js';
import { pText } from '../../pipeline/p-text.js';
import type { ScoreReport } from '../../pipeline/score.js';
import type { ToldFinding } from '../../pipeline/told-findings.js';
import type { TreeScore } from '../../pipeline/tree-findings.js';
import { numberText } from './count-text.js';
import { marksText, partLine, shortText } from './explanation-text.js';
import { eventText, fiveTupleText, flowText, lineageText } from './row-text.js';
import type { Terminal } from './terminal.js';

export interface FindingTextOptions {
  /** Dimensions shown of the best row, and of each other row. */
  readonly parts: number;
  /** Rows shown, the best one included. */
  readonly rows: number;
}

/** Parts below it are left out: they explain nothing. */
const LEAST_BITS = 0.5;

function productText(lnP: number, place: string, bits: number, signatures: number): string {
  const times = signatures === 1 ? '1 signature' : `${numberText(signatures)} signatures`;
  return `${pText(lnP)} (${place}, ${bits.toFixed(1)} bits) × ${times}`;
}

/** "p 3.2e-6 = 1.6e-6 (row 12, 45.2 bits) × 2 signatures, extrapolated": how the tree's p comes from its best row. */
function treePText({ ln_p, extrapolated, few, bits, signatures, rows_best: [best] }: FindingReport): string {
  const marks = marksText(extrapolated, few);
  if (best === undefined) return `p ${pText(ln_p)}, ${bits.toFixed(1)} bits${marks}`;
  return `p ${pText(ln_p)} = ${productText(best.ln_p, placeText(best), bits, signatures)}${marks}`;
}

/** Whose rows they are: of a process tree with its lineage, of an address, or of a host where no process is named. */
function whoLines({ root, of, lineage, rows_best: [best] }: FindingReport, isFlow: boolean, counts: string): string[] {
  if (isFlow) {
    return [`    what ${shortText(String(best!.tuple.saddr))} did on ${shortText(of.host, 40)}  (${counts})`];
  }
  const process =
    root.exe === null && root.pid === null
      ? `rows on ${shortText(of.host, 40)} that name no process`
      : `process ${root.pid ?? 'unknown'}, ${shortText(root.user, 30)}: ${shortText(root.args, 90)}`;
  return [`    ${process}  (${counts})`, `    lineage: ${lineageText(lineage, 4)}`];
}

/** A finding for people. The best row is explained, the others are named with their dearest dimensions. */
export function findingLines(finding: FindingReport, terminal: Terminal, options: FindingTextOptions): string[] {
  const { root, of, rows_best: best } = finding;
  const flow = root.exe === null && best[0] !== undefined ? flowText(best[0].tuple) : undefined;
  const head = `${String(finding.rank).padStart(2)}. ${flow ?? shortText(of.exe)}  ${treePText(finding)}`;
  const counts = finding.rows === 1 ? '1 row' : `${numberText(finding.rows)} rows`;
  const lines = [
    terminal.style(['bold', 'yellow'], head),
    ...whoLines(finding, flow !== undefined, counts),
    `    ${fiveTupleText(finding.five_tuple)}`,
  ];
  const [first, ...others] = best.slice(0, options.rows);
  if (first === undefined) return lines;
  lines.push(`    ${eventText(first)}`);
  const most = first.parts[0]?.bits ?? 0;
  for (const part of first.parts.slice(0, options.parts)) {
    if (part.bits >= LEAST_BITS) lines.push(`      ${partLine(part, most, terminal)}`);
  }
  for (const e of others) {
    const dearest = e.parts.slice(0, 3).map((part) => `${part.name} ${part.bits.toFixed(1)}`);
    lines.push(`    ${eventText(e)}`, `      ${e.bits.toFixed(1)} bits, p ${pText(e.ln_p)}: ${dearest.join(', ')}`);
  }
  return lines;
}

/** A process tree above the level of findings, in one line. */
export function nearestLine(
  tree: TreeScore,
  { trees, scoredAgain }: Pick<ScoreReport, 'trees' | 'scoredAgain'>,
): string {
  const root = trees.find(tree.root.lo, tree.root.hi);
  const best = tree.best[0]!;
  const place = scoredAgain ? `event ${best.event}` : `row ${best.row}`;
  const product = productText(best.lnP, place, tree.bits, tree.signatures);
  const most = tree.lnP === 0 ? ', at most 1' : '';
  const who = root === undefined ? '' : `  ${shortText(root.exe)}  “${shortText(root.args)}”`;
  return `nearest: p ${pText(tree.lnP)} = ${product}${most}${who}`;
}

/** Hosts named of one change. */
const HOSTS_NAMED = 12;

/** "    one change on 7 hosts (9 process trees): web-a, web-b, …": the same on many hosts is one finding. */
export function changeLine(hosts: readonly string[], trees: number): string {
  const named = hosts.slice(0, HOSTS_NAMED).map((host) => shortText(host, 40));
  const more = hosts.length > named.length ? ', …' : '';
  return `    one change on ${numberText(hosts.length)} hosts (${numberText(trees)} process trees): ${named.join(', ')}${more}`;
}

/** Findings that a change was announced for: listed, and apart from the others. */
export function announcedLines(announced: readonly ToldFinding[], { trees }: Pick<ScoreReport, 'trees'>): string[] {
  if (announced.length === 0) return [];
  const lines = [`\nAnnounced: ${numberText(announced.length)} more, which an announced change covers`];
  for (const { trees: all, hosts, announced: id } of announced.slice(0, HOSTS_NAMED)) {
    const root = trees.find(all[0].root.lo, all[0].root.hi);
    const where = hosts.length > 1 ? `${numberText(hosts.length)} hosts` : shortText(hosts[0], 40);
    lines.push(`  p ${pText(all[0].lnP)}  ${shortText(root?.exe)} on ${where}: announcement ${id}`);
  }
  if (announced.length > HOSTS_NAMED)
    lines.push(`  ${numberText(announced.length - HOSTS_NAMED)} more: the view findings`);
  return lines;
}
