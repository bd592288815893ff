import type { Command } from 'commander';
import { baselineModel } from '../../baseline/model.js';
import { QuinceError } from '../../errors/quince-error.js';
import { SNAPSHOT_KIND } from '../../pipeline/train.js';
import type { SnapshotInfo } from '../../store/snapshots.js';
import type { Store } from '../../store/store.js';
import { numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { defineModelFiles } from './model-file-command.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { TextTable } from './text-table.js';
import { wholeNumber } from './whole-number.js';

type ModelFlags = SharedOptions & DatabaseOptions;

export function defineModel(program: Command): Command {
  const model = program.command('model').description('the baselines of a database, and model files');
  withDatabase(model.command('list')).description('list them, oldest first').action(listModels);
  withDatabase(model.command('show'))
    .description('show one')
    .argument('[number]', 'which (default: the newest)', wholeNumber(1))
    .action(showModel);
  defineModelFiles(model);
  return model;
}

/** A snapshot as it is printed. */
function plain({ snapshot, kind, asOfUs, run, checksum, size, card }: SnapshotInfo): Record<string, unknown> {
  return { snapshot, kind, as_of: new Date(asOfUs / 1000).toISOString(), run, checksum, bytes: size, card };
}

// Opened for writing, so that the database of an older version is migrated here.
async function listModels(flags: ModelFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const snapshots = await withStore(flags.db, 'write', (store) => store.listSnapshots());
  if (json) {
    for (const snapshot of snapshots) await out.json(plain(snapshot));
    return;
  }
  const table = new TextTable(['number', 'as of', 'run', 'bytes', 'model', 'checksum']);
  let text = '';
  for (const s of snapshots) {
    const { model } = s.card as { model?: string };
    const asOf = new Date(s.asOfUs / 1000).toISOString().slice(0, 10);
    text += table.add([
      String(s.snapshot),
      asOf,
      String(s.run),
      numberText(s.size),
      model ?? '',
      s.checksum.slice(0, 12),
    ]);
  }
  await out.write(text + table.rest());
}

async function showModel(number: number | undefined, flags: ModelFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const shown = await withStore(flags.db, 'write', async (store) => plain(await find(store, number)));
  const { hash } = baselineModel();
  const usable = (shown.card as { model?: string }).model === hash;
  if (json) {
    await out.json({ ...shown, usable });
    return;
  }
  const card = JSON.stringify(shown.card, null, 2);
  await out.line(`baseline ${shown.snapshot} as of ${shown.as_of}, made by run ${shown.run}`);
  await out.line(`${numberText(Number(shown.bytes))} bytes, SHA-256 ${shown.checksum}`);
  await out.line(usable ? 'of the model in use' : `of another model than ${hash} in use: train again`);
  await out.line(card);
}

async function find(store: Store, number: number | undefined): Promise<SnapshotInfo> {
  const found = number === undefined ? await store.latestSnapshot(SNAPSHOT_KIND) : await store.snapshot(number);
  if (found !== undefined) return found;
  if (number === undefined)
    throw new QuinceError('NO_BASELINE', 'model show requires a baseline, got none: run train first');
  throw new QuinceError('BAD_ARGUMENT', `model show requires the number of a baseline, got ${number}`, {
    hint: 'quince model list shows them',
  });
}
