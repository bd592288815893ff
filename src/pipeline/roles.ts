import { Baseline } from '../baseline/baseline.js';
import { wordHashes } from '../baseline/hash-key.js';
import { baselineModel } from '../baseline/model.js';
import { type RoleOrigin, Roles } from '../baseline/roles.js';
import { openSnapshot } from '../baseline/snapshot.js';
import type { JsonValue } from '../duck/json-value.js';
import type { Store } from '../store/store.js';
import { generalise } from '../tuple/generalise.js';
import { type NameRow, type Pair, pairName } from '../tuple/learned.js';
import { readBaseline } from './learned-columns.js';
import { type Labels, ROLE_RULES_KEY, type RoleRule, type RoleRules, readRoleRules } from './role-rules.js';
import { checkModel, commitSnapshot, SNAPSHOT_KIND } from './train.js';

export interface RolesReport {
  readonly run: number;
  readonly rules: number;
  /** Undefined where nothing was learned yet. */
  readonly snapshot: number | undefined;
}

/**
 * Puts rules in force, or none. What was learned is not learned again: roles are joined in freeze, so each known day of a host
 * has its role by the new rules at once, from the labels of the events that were learned, or from the host's name alone where
 * none are stored (an imported model). Calibration that older days left keeps the roles of its time.
 */
export async function setRoles(store: Store, rules: RoleRules | undefined): Promise<RolesReport> {
  const model = baselineModel();
  await checkModel(store, model.hash);
  const baseline = new Baseline(model, store.hashKey, { ...(await readBaseline(store)), roleRules: rules?.key });
  if (rules !== undefined) await giveRoles(store, baseline, rules);
  const snapshot = baseline.freeze();
  const { contexts, names } = baseline.delta();
  const state: Record<string, JsonValue> = { [ROLE_RULES_KEY]: (rules?.rules ?? null) as JsonValue };
  let earlier = 0;
  for await (const { n } of store.rows("SELECT count(*)::INTEGER AS n FROM runs WHERE kind = 'roles'"))
    earlier = Number(n);
  const key = `roles ${rules === undefined ? 'none' : pairName(rules.key)}, change ${earlier + 1}`;
  const { run } = await store.beginRun({ kind: 'roles', key, params: (rules?.rules ?? []) as unknown as JsonValue });
  const end = { run, rows: 0, bad: {} };
  const report = { run, rules: rules?.rules.length ?? 0 };
  if (snapshot === undefined) {
    await store.commit({ state, end });
    return { ...report, snapshot: undefined };
  }
  return { ...report, snapshot: await commitSnapshot(store, snapshot, { contexts, names }, end, { state }) };
}

/** Gives each known day of a host the role that rules say. @param added names that the store does not have yet */
export async function giveRoles(
  store: Store,
  baseline: Baseline,
  rules: RoleRules,
  added: readonly NameRow[] = [],
): Promise<void> {
  const labelled = new Set<string>();
  const give = (host: Pair, day: number, labels: Labels) => {
    labelled.add(`${pairName(host)} ${day}`);
    const text = rules.roleOf(labels);
    if (text === undefined) return;
    const [lo, hi] = wordHashes(store.hashKey, [text]);
    baseline.roles.name({ lo: lo!, hi: hi! }, generalise('word', text).whole);
    baseline.roles.remember(host, { lo: lo!, hi: hi! }, day, true);
  };
  const learned = `SELECT DISTINCT e.host, e.container, e.image, e.pod, (epoch_us(e.ts) // 86400000000)::INTEGER AS day
    FROM events AS e JOIN runs AS r ON r.run = e.run WHERE r.kind = 'train' AND e.host IS NOT NULL AND e.ts IS NOT NULL`;
  for await (const { host, day, ...labels } of store.rows(learned)) {
    const [lo, hi] = wordHashes(store.hashKey, [String(host)]);
    give({ lo: lo!, hi: hi! }, Number(day), { host: String(host), ...textsOf(labels) });
  }
  const names = [...(await store.readNames()), ...added];
  const texts = new Map(names.map(({ value, text }) => [pairName(value), text]));
  for (const { host, day } of baseline.hostDays()) {
    if (!labelled.has(`${pairName(host)} ${day}`)) give(host, day, { host: texts.get(pairName(host)) });
  }
}

function textsOf(row: Readonly<Record<string, unknown>>): Labels {
  return Object.fromEntries(
    Object.entries(row).map(([name, text]) => [name, text === null ? undefined : String(text)]),
  );
}

export interface RolesShown {
  readonly rules: readonly RoleRule[];
  /** By name. */
  readonly hosts: readonly { readonly host: string; readonly role: string | null; readonly from: RoleOrigin | null }[];
}

/** The rules in force, and the role of each host that was learned, as the newest baseline has it. */
export async function showRoles(store: Store): Promise<RolesShown> {
  const rules = (await readRoleRules(store))?.rules ?? [];
  const stored = await store.latestSnapshot(SNAPSHOT_KIND);
  if (stored === undefined) return { rules, hosts: [] };
  const known = new Map(
    Roles.read(openSnapshot(stored.bytes))
      .entries()
      .map(({ host, ...rest }) => [pairName(host), rest]),
  );
  const names = new Map((await store.readNames()).map(({ value, text }) => [pairName(value), text]));
  const { segments } = await store.readLearned([]);
  const hosts = [...new Set(segments.map(({ host }) => pairName(host)))].map((host) => {
    const held = known.get(host);
    return {
      host: names.get(host) ?? '',
      role: held === undefined ? null : (names.get(pairName(held.role)) ?? ''),
      from: held?.origin ?? null,
    };
  });
  return { rules, hosts: hosts.sort((a, b) => (a.host < b.host ? -1 : Number(a.host > b.host))) };
}
