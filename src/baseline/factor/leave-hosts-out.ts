import type { CellColumns, Pair } from '../../tuple/learned.js';
import { pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { type ContextTable, factorCode } from '../contexts.js';
import { PairTable } from '../pair-table.js';
import type { Roles } from '../roles.js';
import type { Segments } from '../segments.js';
import { AtomVector, atom, HOST_ATOM, ROLE_ATOM } from './atoms.js';
import { binOf, ScoreHistograms } from './calibration.js';
import { readSignatures } from './presences.js';
import type { SignatureTable } from './signatures.js';
import type { Constants, FactorView } from './spec.js';
import type { CountTree } from './tree.js';
import { TreeScorer } from './tree-score.js';

const EXE = atom('exe');
const SYSCALL = atom('syscall');

export interface HostEvidence {
  readonly parts: readonly CellColumns[];
  readonly contexts: ContextTable;
  readonly segments: Segments;
  readonly roles: Roles;
  readonly asOf: number;
  /** Hosts that are left out, of `chooseHosts`. */
  readonly leftOut: readonly Pair[];
}

/**
 * Calibration for hosts that nothing was learned of. Such a host has no rung of its own, its own address is new and so are its
 * ways, whoever it is: its scores are higher than those of learned hosts, and ranked among theirs its first hour would be one
 * alarm. What is exchangeable with it is a learned host that is left out whole, so some of each role are, and what they did of
 * late is scored by what the others teach; a unit is (signature, UTC day). A role of one host tells nothing of the next.
 *
 * O(cells of the hosts + their signatures × factors).
 */
export function leaveHostsOut(
  view: FactorView,
  tree: CountTree,
  evidence: HostEvidence,
  constants: Constants,
): ScoreHistograms {
  const { roles, leftOut: hosts } = evidence;
  const histograms = new ScoreHistograms();
  if (hosts.length === 0) return histograms;
  const of = new PairTable();
  for (const { lo, hi } of hosts) of.insert(lo, hi);
  const taught = cellsOf(view, tree, evidence, of);
  const shown = signaturesOf(view, evidence, of, constants.leave_out_days - 1);
  const scorer = new TreeScorer(view, tree, constants);
  const signatures = readSignatures(view, evidence.contexts);
  hosts.forEach((host, h) => {
    for (const [cell, n] of taught[h]!) tree.change(cell, -n);
    for (const signature of shown[h]!) {
      scoreUnit(signature, signatures, roles.named(host), scorer, histograms, constants);
    }
    for (const [cell, n] of taught[h]!) tree.change(cell, n);
  });
  return histograms;
}

function scoreUnit(
  signature: Pair,
  signatures: SignatureTable,
  role: Pair | undefined,
  scorer: TreeScorer,
  histograms: ScoreHistograms,
  constants: Constants,
): void {
  const at = signatures.find(signature.lo, signature.hi);
  if (at < 0) return;
  const v = new AtomVector();
  signatures.read(at, v);
  if (role === undefined) v.clear(ROLE_ATOM);
  else v.set(ROLE_ATOM, role.lo, role.hi);
  const bits = scorer.bits(v);
  const part = (a: number): Pair => ({ lo: v.lo[a]!, hi: v.hi[a]! });
  const context = { host: part(HOST_ATOM), exe: part(EXE), syscall: part(SYSCALL), mask: scorer.mask };
  histograms.add(context, binOf(bits, constants.bins_per_bit), 1, 1, 1);
}

/**
 * Of each role that was named, and of the hosts without one, those of the smallest hashes; none where it has one host.
 *
 * @param most hosts of a role
 */
export function chooseHosts(segments: Segments, roles: Roles, most: number): Pair[] {
  const byRole = new Map<string, Map<string, Pair>>();
  for (const { host } of segments.rows) {
    const role = roles.named(host);
    const name = role === undefined ? '' : pairName(role);
    const peers = byRole.get(name) ?? new Map<string, Pair>();
    byRole.set(name, peers.set(pairName(host), host));
  }
  const order = (a: Pair, b: Pair) => a.hi - b.hi || a.lo - b.lo;
  const chosen = [...byRole.values()].flatMap((peers) =>
    peers.size < 2 ? [] : [...peers.values()].sort(order).slice(0, most),
  );
  return chosen.sort(order);
}

/** The finest cells that each host taught, with how much. */
function cellsOf(
  view: FactorView,
  tree: CountTree,
  { parts, contexts }: HostEvidence,
  hosts: PairTable,
): Map<number, number>[] {
  const rungs = new Map(view.factors.map(({ id, rungs }) => [factorCode(view.dims, id), rungs]));
  const hostOf = new PairTable();
  const positions: number[] = [];
  for (let i = 0; i < contexts.size; i++) {
    const ladder = rungs.get(contexts.factor(i));
    if (ladder === undefined || contexts.rung(i) !== ladder.length - 1 || ladder.at(-1) !== HOST_ATOM) continue;
    const host = contexts.value(i);
    const { lo, hi } = contexts.context(i);
    if (hostOf.insert(lo, hi) === positions.length) positions.push(hosts.find(host.lo, host.hi));
  }
  const kind = view.dims === 15 ? KIND.factor15 : KIND.factor5;
  const out: Map<number, number>[] = Array.from({ length: hosts.size }, () => new Map());
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      const context = pairAt(cells.context, i);
      const at = hostOf.find(context.lo, context.hi);
      if (at < 0 || positions[at]! < 0) continue;
      const value = pairAt(cells.value, i);
      const cell = tree.findCell(tree.contexts.find(context.lo, context.hi), value.lo, value.hi);
      const of = out[positions[at]!]!;
      of.set(cell, (of.get(cell) ?? 0) + cells.n[i]!);
    }
  }
  return out;
}

/** Signatures of each host, once a UTC day, of so many days. Presences are not kept longer. */
function signaturesOf(
  view: FactorView,
  { parts, segments, asOf }: HostEvidence,
  hosts: PairTable,
  days: number,
): Pair[][] {
  const kind = view.dims === 15 ? KIND.presence15 : KIND.presence5;
  const out: Pair[][] = Array.from({ length: hosts.size }, () => []);
  const seen = new Set<string>();
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      const segment = segments.find(pairAt(cells.segment, i));
      if (segment === undefined || segment.day <= asOf - days) continue;
      const h = hosts.find(segment.host.lo, segment.host.hi);
      if (h < 0) continue;
      const signature = pairAt(cells.context, i);
      const key = `${h}:${segment.day}:${pairName(signature)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      out[h]!.push(signature);
    }
  }
  return out;
}
