import { z } from 'zod';
import { QuinceError } from '../../errors/quince-error.js';
import { DIMENSIONS, FIVE_TUPLE, SYSCALLS } from '../../tuple/columns.js';
import { constantsHash, parseConstants, readConstants } from '../../tuple/constants-file.js';
import { GENERALISER_VERSION } from '../../tuple/generalise.js';
import { EPHEMERAL_SHARE, PORT_SHARE } from '../../tuple/ports.js';
import { ATOM_NAMES, atom, HOST_ATOM, HOUR_ATOM, ROLE_ATOM } from './atoms.js';

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const constantsSchema = z.strictObject({
  theta: z.number().positive(),
  discount_cap: z.number().gt(0).lt(1),
  unseen_string_bits: z.number().positive(),
  presence_cap: z.int().positive(),
  null_min_known: z.int().positive(),
  leave_out_days: z.int().positive(),
  group_min_units: z.int().positive(),
  bins_per_bit: z.int().positive(),
  tail_share: z.number().gt(0).lt(1),
  tail_min_units: z.int().positive(),
  half_life_days: z.number().positive(),
  likeness_power: z.number().nonnegative(),
  hour_min_days: z.int().positive(),
  hour_kernel: z.array(z.number().nonnegative()).length(5),
  hour_zone: z.string().refine(isZone, 'a zone of the IANA database'),
  close_after_hours: z.int().nonnegative(),
});
const baseSchema = z.enum(['closed', 'string', 'port', 'address', 'path', 'hour']);
const factorSchema = z.strictObject({
  name: z.string(),
  value: z.string(),
  base: baseSchema,
  ladder: z.array(z.string()),
  by: z.string(),
});
const viewSchema = z.strictObject({
  name: z.enum(['fifteen', 'five']),
  dims: z.union([z.literal(15), z.literal(5)]),
  unit: z.enum(['proc', 'saddr']),
  context_only: z.array(z.string()),
  factors: z.array(factorSchema).min(1),
});
const fileSchema = z.strictObject({ version: z.literal(1), constants: constantsSchema, views: z.array(viewSchema) });

export type Constants = z.infer<typeof constantsSchema>;
export type Base = z.infer<typeof baseSchema>;

/** One conditional distribution: a factor, or one step (prefix) of an address or path factor. */
export interface Factor {
  /** Position in `FactorView.factors`; part of every context key. */
  readonly id: number;
  readonly name: string;
  readonly step: number;
  readonly steps: number;
  readonly base: Base;
  /** Atom that is predicted. */
  readonly value: number;
  /** Atoms that the rungs add, coarse to fine; −1 adds none (`all`). The role's rung is skipped in stored keys. */
  readonly rungs: readonly number[];
  /** Position in `FactorView.by`. */
  readonly by: number;
  /** Bit of the known-dimensions mask. */
  readonly bit: number;
}

export interface FactorView {
  readonly name: 'fifteen' | 'five';
  readonly dims: 15 | 5;
  readonly unit: 'proc' | 'saddr';
  readonly factors: readonly Factor[];
  /** Columns that bits are shown under, in order. */
  readonly by: readonly string[];
  readonly contextOnly: readonly string[];
}

export interface FactorModel {
  readonly constants: Constants;
  readonly views: Readonly<Record<'fifteen' | 'five', FactorView>>;
  /** Of the file and the generaliser: baselines of another hash are not comparable. */
  readonly hash: string;
}

const STEPS: Partial<Record<Base, number>> = { address: 4, path: 8 };

function compileView(view: z.infer<typeof viewSchema>): FactorView {
  const by = [...new Set(view.factors.map((f) => f.by))];
  const factors: Factor[] = [];
  view.factors.forEach((f, bit) => {
    const steps = STEPS[f.base] ?? 1;
    for (let step = 0; step < steps; step++) {
      const rungs = f.ladder.map((key) => (key === 'all' ? -1 : atom(key)));
      // The first rung of a step is the prefix before it, and of the first step the rung without a key.
      if (steps > 1) rungs.unshift(step === 0 ? -1 : atom(`${f.value}/${step - 1}`));
      const value = atom(steps > 1 ? `${f.value}/${step}` : f.value);
      factors.push({
        id: factors.length,
        name: f.name,
        step,
        steps,
        base: f.base,
        value,
        rungs,
        by: by.indexOf(f.by),
        bit,
      });
    }
  });
  const { name, dims, unit, context_only: contextOnly } = view;
  const expected: readonly string[] = dims === 15 ? DIMENSIONS : FIVE_TUPLE;
  const missing = expected.filter((d) => !by.includes(d) && !contextOnly.includes(d));
  if (missing.length > 0) {
    throw new QuinceError('BAD_MODEL', `view ${name} requires every dimension, got none for ${missing.join(', ')}`);
  }
  return { name, dims, unit, factors, by, contextOnly };
}

/** Parses and checks a factor model. Throws BAD_MODEL with what was expected. */
export function parseFactorModel(text: string): FactorModel {
  const file = parseConstants('factors.yaml', fileSchema, text);
  const known = new Set([...ATOM_NAMES, 'all']);
  for (const view of file.views) {
    for (const f of view.factors) {
      for (const key of [...f.ladder, ...(STEPS[f.base] ? [] : [f.value])]) {
        if (!known.has(key)) throw new QuinceError('BAD_MODEL', `factor ${f.name} requires known columns, got ${key}`);
      }
    }
  }
  const views = Object.fromEntries(file.views.map((v) => [v.name, compileView(v)]));
  const hash = constantsHash(text, `generaliser ${GENERALISER_VERSION}`);
  return { constants: file.constants, views: views as FactorModel['views'], hash };
}

let shipped: FactorModel | undefined;

/** The model in models/factors.yaml, read once. */
export function factorModel(): FactorModel {
  shipped ??= parseFactorModel(readConstants('factors.yaml'));
  return shipped;
}

/** −log2 of the base measure's mass of a value; proper over what the value may be. */
export function baseBits(factor: Factor, constants: Constants, isEphemeral: boolean, isV6: boolean): number {
  switch (factor.base) {
    case 'closed':
      return Math.log2(SYSCALLS.length);
    case 'string':
    case 'path':
      return constants.unseen_string_bits;
    case 'port':
      return -Math.log2(isEphemeral ? EPHEMERAL_SHARE : PORT_SHARE);
    case 'hour':
      return Math.log2(168);
    case 'address':
      // Half of the mass is IPv4's, half IPv6's; then 1/256 a byte.
      return (factor.step === 0 ? 1 : 0) + 8 * (isV6 ? V6_BYTES[factor.step]! : 1);
  }
}

const V6_BYTES = [4, 2, 2, 8];

export { HOST_ATOM, HOUR_ATOM, ROLE_ATOM };
