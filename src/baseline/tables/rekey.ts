import { H, mix } from '../../tuple/hash.js';
import { type LearnedTables, type Pair, pairName, type SegmentRow } from '../../tuple/learned.js';
import { CellTable, KIND, type Kind, pairAt, segmentOf } from '../cells.js';
import { CALIBRATION_FACTOR, ContextTable, factorCode, RHYTHM_FACTOR, SIGNATURE_FACTOR } from '../contexts.js';
import { ATOM_NAMES, AtomVector } from '../factor/atoms.js';
import { calibrationKey } from '../factor/calibration.js';
import { ladderSeed } from '../factor/ladder.js';
import { addressInstance } from '../factor/learn.js';
import type { FactorModel, FactorView } from '../factor/spec.js';
import { PairTable } from '../pair-table.js';
import { PART, PART_COUNT, PARTS, pairKey } from '../rhythm/pair.js';
import { ROLE_FACTOR, Roles } from '../roles.js';
import { ENTITY_FACTOR, entityKey, keepEntity, readEntity } from '../window/entities.js';
import { ContextParts, unsound } from './context-parts.js';
import { ValueKeys } from './value-keys.js';

const NONE: Pair = { lo: 0, hi: 0 };
const isAddress = ATOM_NAMES.map((name) => name.startsWith('saddr') || name.startsWith('daddr'));

const FIFTEEN: readonly number[] = [
  KIND.factor15,
  KIND.presence15,
  KIND.calibration15,
  KIND.calibrationRank,
  KIND.held15,
];

const viewOfKind = (model: FactorModel, kind: number): FactorView =>
  FIFTEEN.includes(kind) ? model.views.fifteen : model.views.five;

interface Signature {
  readonly key: Pair;
  /** What stands for its process where none is known, under the old key and the new. */
  readonly before: Pair;
  readonly after: Pair;
}

/**
 * The same learned state under another key: every value is hashed again from its name, and every key that was made of
 * values is made again. What no cell refers to is left out, so that equal cells give equal tables. Under the key they have,
 * tables that are sound come out as they went in: that is how a model file is verified.
 */
export class Rekeying {
  private readonly values: ValueKeys;
  private readonly old: ContextParts;
  private readonly contexts = new ContextTable();
  private readonly made = new PairTable();
  private readonly madeAs: Pair[] = [];
  private readonly oldSegments = new Map<string, SegmentRow>();
  private readonly segments = new Map<SegmentRow, SegmentRow>();
  private readonly signatures = new Map<string, Signature>();

  private constructor(
    private readonly model: FactorModel,
    private readonly tables: LearnedTables,
    from: Uint8Array,
    to: Uint8Array,
  ) {
    this.values = new ValueKeys(tables.names, from, to);
    this.old = new ContextParts(tables.contexts);
  }

  /** @throws BAD_MODEL for tables that do not fit each other, the key or the model. O(cells log cells) */
  static apply(model: FactorModel, tables: LearnedTables, from: Uint8Array, to: Uint8Array): LearnedTables {
    return new Rekeying(model, tables, from, to).run();
  }

  private run(): LearnedTables {
    for (const row of this.tables.segments) this.oldSegments.set(pairName(row.segment), row);
    const cells = new CellTable();
    const { cells: given } = this.tables;
    for (let i = 0; i < given.length; i++) {
      const kind = given.kind[i] as Kind;
      const { segment } = this.segmentOf(pairAt(given.segment, i));
      const { context, value } = this.keysOf(kind, pairAt(given.context, i), pairAt(given.value, i));
      cells.add(kind, segment, context, value, given.n[i]!, given.s[i]!);
    }
    if (cells.size !== given.length) throw unsound('cell', 'a key of its own');
    this.keepRoles();
    const segments = [...this.segments.values()].sort(
      (a, b) => a.segment.hi - b.segment.hi || a.segment.lo - b.segment.lo,
    );
    return { cells: cells.sorted(), contexts: this.contexts.sorted(), segments, names: this.values.names() };
  }

  private segmentOf(segment: Pair): SegmentRow {
    const old = this.oldSegments.get(pairName(segment));
    if (old === undefined) throw unsound('cell', 'a known segment');
    const known = this.segments.get(old);
    if (known !== undefined) return known;
    const own = segmentOf(old.host, old.day);
    if (own.lo !== segment.lo || own.hi !== segment.hi) throw unsound('segment', 'a key of its host and day');
    const host = this.values.translate(old.host, false);
    const row = { segment: segmentOf(host, old.day), host, day: old.day };
    this.segments.set(old, row);
    return row;
  }

  private keysOf(kind: Kind, context: Pair, value: Pair): { context: Pair; value: Pair } {
    const view = viewOfKind(this.model, kind);
    switch (kind) {
      case KIND.factor15:
      case KIND.factor5: {
        const factor = this.old.factorOf(view, context);
        const made = this.ladderKey(view, factor, context);
        return { context: made, value: this.values.translate(value, isAddress[view.factors[factor]!.value]!) };
      }
      case KIND.presence15:
      case KIND.presence5:
        return this.presenceKeys(view, context, value);
      case KIND.calibration15:
      case KIND.calibration5:
      case KIND.calibrationRank:
        return { context: this.calibrationKeyOf(view, context), value };
      case KIND.window:
      case KIND.windowMinute:
      case KIND.windowScore:
      case KIND.joint:
      case KIND.jointScore:
      case KIND.minuteScore:
      case KIND.minutePeak:
      case KIND.windowHeld:
      case KIND.windowHeldScore:
        return { context: this.entityKeyOf(context), value };
      case KIND.rhythm:
        return { context: this.pairOf(context), value };
      case KIND.held15:
      case KIND.held5:
        return { context: this.signatureOf(view, context).key, value };
      default:
        throw unsound('cell', 'a known kind');
    }
  }

  /** Key of the finest rung; keeps the rows of its whole ladder. */
  private ladderKey(view: FactorView, id: number, finest: Pair): Pair {
    const code = factorCode(view.dims, id);
    const known = this.find(code, finest);
    if (known !== undefined) return known;
    const { rungs } = view.factors[id]!;
    ladderSeed(view.dims, id);
    let key: Pair = { lo: H.lo, hi: H.hi };
    let parent = NONE;
    for (const row of this.old.ladder(view, id, finest)) {
      const a = rungs[this.old.table.rung(row)]!;
      const value = a < 0 ? NONE : this.values.translate(this.old.table.value(row), isAddress[a]!);
      if (a >= 0) {
        mix(key.lo, key.hi, value.lo, value.hi);
        key = { lo: H.lo, hi: H.hi };
      }
      this.contexts.add(key, code, this.old.table.rung(row), parent, value);
      parent = key;
    }
    return this.remember(code, finest, key);
  }

  /** Where no process is known an address on its host stands for it, and what stands for it is made of values. */
  private presenceKeys(view: FactorView, signature: Pair, proc: Pair): { context: Pair; value: Pair } {
    const { key, before, after } = this.signatureOf(view, signature);
    const isAddress = proc.lo === before.lo && proc.hi === before.hi;
    return { context: key, value: isAddress ? after : proc };
  }

  private signatureOf(view: FactorView, signature: Pair): Signature {
    const code = factorCode(view.dims, SIGNATURE_FACTOR);
    const name = `${code}:${pairName(signature)}`;
    const known = this.signatures.get(name);
    if (known !== undefined) return known;
    const old = new AtomVector();
    const v = new AtomVector();
    for (let a = 0; a < v.lo.length; a++) {
      v.clear(a);
      old.clear(a);
    }
    for (const [a, part] of this.old.partsOf(code, signature)) {
      if (a < 0 || a >= v.lo.length) throw unsound('signature', 'known columns');
      const value = this.values.translate(part, isAddress[a]!);
      old.set(a, part.lo, part.hi);
      v.set(a, value.lo, value.hi);
    }
    v.signature();
    const key = { lo: H.lo, hi: H.hi };
    for (let a = 0; a < v.lo.length; a++) {
      if (v.has[a] === 1) this.contexts.add(key, code, a, NONE, { lo: v.lo[a]!, hi: v.hi[a]! });
    }
    const made = { key, before: instanceOf(old), after: instanceOf(v) };
    this.signatures.set(name, made);
    return made;
  }

  private calibrationKeyOf(view: FactorView, context: Pair): Pair {
    const code = factorCode(view.dims, CALIBRATION_FACTOR);
    const known = this.find(code, context);
    if (known !== undefined) return known;
    const parts = this.old.partsOf(code, context);
    const word = (rung: number) => {
      const value = parts.get(rung);
      if (value === undefined) throw unsound('calibration', 'host, program, syscall and mask');
      return value;
    };
    const [host, exe, syscall] = [0, 1, 2].map((rung) => this.values.translate(word(rung), false)) as [
      Pair,
      Pair,
      Pair,
    ];
    const mask = word(3);
    calibrationKey({ host, exe, syscall, mask: mask.lo });
    const key = { lo: H.lo, hi: H.hi };
    for (const [rung, value] of [host, exe, syscall, mask].entries()) this.contexts.add(key, code, rung, NONE, value);
    return this.remember(code, context, key);
  }

  private entityKeyOf(context: Pair): Pair {
    const known = this.find(ENTITY_FACTOR, context);
    if (known !== undefined) return known;
    const entity = readEntity(this.old.table, context);
    if (entity === undefined) throw unsound('window', 'who it is of');
    const part = (value: Pair | undefined) => value && this.values.translate(value, false);
    const made = {
      ...entity,
      host: this.values.translate(entity.host, false),
      exe: part(entity.exe),
      user: part(entity.user),
    };
    const key = entityKey(made);
    keepEntity(this.contexts, key, made);
    return this.remember(ENTITY_FACTOR, context, key);
  }

  private pairOf(pair: Pair): Pair {
    const known = this.find(RHYTHM_FACTOR, pair);
    if (known !== undefined) return known;
    const old = this.old.partsOf(RHYTHM_FACTOR, pair);
    const parts: (Pair | undefined)[] = PARTS.map(() => undefined);
    for (const [i, part] of old) {
      if (i < 0 || i >= PART_COUNT) throw unsound('pair', 'known columns');
      parts[i] = this.values.translate(part, PARTS[i]!.endsWith('addr'));
    }
    if (parts[PART.host] === undefined || parts[PART.daddr] === undefined)
      throw unsound('pair', 'host and destination');
    pairKey(parts);
    const key = { lo: H.lo, hi: H.hi };
    parts.forEach((part, i) => {
      if (part !== undefined) this.contexts.add(key, RHYTHM_FACTOR, i, NONE, part);
    });
    return this.remember(RHYTHM_FACTOR, pair, key);
  }

  /** Roles on the days of hosts whose segments are kept. */
  private keepRoles(): void {
    const hosts = new Map<string, Pair>();
    for (const [old, row] of this.segments) hosts.set(`${pairName(old.host)}:${old.day}`, row.host);
    for (let i = 0; i < this.old.table.size; i++) {
      if (this.old.table.factor(i) !== ROLE_FACTOR) continue;
      const day = this.old.table.rung(i);
      const host = hosts.get(`${pairName(this.old.table.parent(i))}:${day}`);
      if (host !== undefined)
        Roles.remember(this.contexts, host, this.values.translate(this.old.table.value(i), false), day);
    }
  }

  private find(code: number, context: Pair): Pair | undefined {
    mix(code, 0, context.lo, context.hi);
    const at = this.made.find(H.lo, H.hi);
    return at < 0 ? undefined : this.madeAs[at];
  }

  private remember(code: number, old: Pair, key: Pair): Pair {
    mix(code, 0, old.lo, old.hi);
    this.made.insert(H.lo, H.hi);
    this.madeAs.push(key);
    return key;
  }
}

function instanceOf(v: AtomVector): Pair {
  addressInstance(v);
  return { lo: H.lo, hi: H.hi };
}
