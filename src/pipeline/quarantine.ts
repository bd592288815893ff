import { Baseline } from '../baseline/baseline.js';
import { baselineModel } from '../baseline/model.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import { readBaseline } from './learned-columns.js';
import { checkModel, commitSnapshot, SNAPSHOT_KIND } from './train.js';

export interface Decided {
  readonly run: number;
  readonly id: string;
  readonly state: 'accepted' | 'rejected';
  readonly snapshot: number;
}

const ID = /^[0-9a-f]{16}$/;

/**
 * A person's word on a signature: accepted it is learned, with what waits of it; rejected it stays out whatever peers and days
 * say. Freezes a snapshot that knows it, in one transaction with the decision.
 * @throws BAD_ARGUMENT for an id that is not in quarantine
 */
export async function decideQuarantine(store: Store, id: string, state: Decided['state']): Promise<Decided> {
  const model = baselineModel();
  await checkModel(store, model.hash);
  const learned = await readBaseline(store);
  const key = ID.test(id) ? BigInt(`0x${id}`) : -1n;
  const row = learned.held?.decisions.find(({ signature: { lo, hi } }) => (BigInt(hi) << 32n) + BigInt(lo) === key);
  if (row === undefined) {
    const command = `quarantine ${state === 'accepted' ? 'accept' : 'reject'}`;
    const got = JSON.stringify(id.slice(0, 80));
    throw new QuinceError('BAD_ARGUMENT', `${command} requires the id of a held signature, got ${got}`, {
      hint: 'quince quarantine list shows them',
    });
  }
  const baseline = new Baseline(model, store.hashKey, learned);
  const { decisions } = baseline.holding;
  decisions.decide(row.dims, row.signature, state);
  const snapshot = baseline.freeze();
  if (snapshot === undefined) throw new QuinceError('NO_BASELINE', 'deciding requires a baseline, got none');
  const before = await store.latestSnapshot(SNAPSHOT_KIND);
  const { run } = await store.beginRun({
    kind: 'quarantine',
    key: `quarantine ${state} ${id} from ${before?.snapshot}`,
    params: { id, state },
  });
  const end = { run, rows: 0, bad: {} };
  return { run, id, state, snapshot: await commitSnapshot(store, snapshot, { decisions: decisions.changes() }, end) };
}
