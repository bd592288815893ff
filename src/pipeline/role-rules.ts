import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { oneLine } from '../errors/one-line.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import { matchesGlob } from '../tuple/glob.js';
import type { Pair } from '../tuple/learned.js';

/** State key of the rules in force. */
export const ROLE_RULES_KEY = 'role_rules';

/** Columns that a rule may ask for. */
export const RULE_COLUMNS = ['host', 'container', 'image', 'pod'] as const;
export type RuleColumn = (typeof RULE_COLUMNS)[number];
export type Labels = Readonly<Partial<Record<RuleColumn, string | undefined>>>;

const MOST_BYTES = 1024 * 1024;
const MOST_RULES = 10_000;

const text = z.string().trim().min(1).max(1024);
const ruleSchema = z
  .strictObject({
    host: text.optional(),
    container: text.optional(),
    image: text.optional(),
    pod: text.optional(),
    role: text.max(256),
  })
  .refine((rule) => RULE_COLUMNS.some((column) => rule[column] !== undefined), {
    error: `a rule requires one of ${RULE_COLUMNS.join(', ')}`,
  });
const fileSchema = z.strictObject({ version: z.literal(1), rules: z.array(ruleSchema).min(1).max(MOST_RULES) });

export type RoleRule = Readonly<z.infer<typeof ruleSchema>>;

/** Rules in order: the first whose patterns all match gives the role. A pattern matches no null. */
export class RoleRules {
  /** Names the rules: others are another key. */
  readonly key: Pair;

  constructor(readonly rules: readonly RoleRule[]) {
    const digest = createHash('sha256').update(JSON.stringify(rules)).digest();
    this.key = { lo: digest.readUInt32LE(0), hi: digest.readUInt32LE(4) };
  }

  /** Distinct roles that the rules give, in their order. */
  get roles(): string[] {
    return [...new Set(this.rules.map(({ role }) => role))];
  }

  /** O(rules). */
  roleOf(labels: Labels): string | undefined {
    return this.rules.find((rule) => RULE_COLUMNS.every((column) => isMet(rule[column], labels[column])))?.role;
  }

  /**
   * Reads a file of rules: `version: 1` and `rules`, each with patterns and a role.
   * @throws BAD_ARGUMENT with what was expected
   */
  static parse(content: string): RoleRules {
    if (content.length > MOST_BYTES) {
      throw new QuinceError(
        'BAD_ARGUMENT',
        `a file of roles requires at most ${MOST_BYTES} characters, got ${content.length}`,
      );
    }
    let raw: unknown;
    try {
      raw = parse(content);
    } catch (cause) {
      throw new QuinceError('BAD_ARGUMENT', `a file of roles requires YAML, got ${oneLine((cause as Error).message)}`, {
        cause,
      });
    }
    const result = fileSchema.safeParse(raw);
    if (result.success) return new RoleRules(result.data.rules);
    throw new QuinceError(
      'BAD_ARGUMENT',
      `a file of roles requires version: 1 and rules, each with a role and one or more of ${RULE_COLUMNS.join(', ')}, got ` +
        oneLine(z.prettifyError(result.error)),
    );
  }
}

function isMet(pattern: string | undefined, value: string | undefined): boolean {
  return pattern === undefined || (value !== undefined && matchesGlob(pattern, value));
}

/** The rules in force in a database, if any. */
export async function readRoleRules(store: Store): Promise<RoleRules | undefined> {
  const state = await store.readState(ROLE_RULES_KEY);
  return state === undefined || state === null ? undefined : new RoleRules(z.array(ruleSchema).parse(state));
}
