/**
 * Makes the shipped prior baseline anew: learns data/train.* under the role web and writes models/prior. Needed whenever the
 * model's hash changes (test/prior.test.ts says so). Two makings are not equal
 * bytes: each learns under a secret of its own.
 *
 *   node scripts/make-prior.mjs [FOLDER]
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportModel } from '../dist/pipeline/model-files.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { RoleRules, readRoleRules } from '../dist/pipeline/role-rules.js';
import { setRoles } from '../dist/pipeline/roles.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** No secret: the file's names stand in it as text. */
const KEY = createHash('sha256').update('quince prior').digest().subarray(0, 16);

const about = (input) =>
  [
    `Prior baseline of role web, learned from ${input} of this repository (SHA-256 in data/README.md).`,
    'What: one simulated host for minutes: nginx, a Node.js shop, PostgreSQL, Redis, sshd, cron, dnsmasq; real daemons, no attack.',
    'Licence: Apache-2.0, as the repository.',
    'Limits: one host, one day, Debian 12. It knows the usual programs, parents, users and paths of such a host, none of your own; ',
    'where a program is new to it, it can only say so. It is meant for the first days, and weighs less each month.',
  ].join(' ');

async function make(path) {
  const folder = mkdtempSync(join(tmpdir(), 'quince-prior-'));
  const input = readdirSync(join(root, 'data')).find((name) => name.startsWith('train.'));
  const store = await Store.open(join(folder, 'prior.db'));
  try {
    const workers = workersFor(store);
    try {
      await setRoles(store, new RoleRules([{ host: '*', role: 'web' }]));
      const roles = await readRoleRules(store);
      const paths = [join(root, 'data', input)];
      const sources = await openSources(paths, { hashKey: store.hashKey, workers: workers.size, roles });
      await train({ store, sources, workers });
    } finally {
      await workers.close();
    }
    const made = `${path}.new`;
    rmSync(made, { recursive: true, force: true });
    const written = await exportModel(store, made, {
      quince: 'prior',
      about: about(`data/${input}`),
      key: KEY,
      prior: true,
    });
    rmSync(path, { recursive: true, force: true });
    renameSync(made, path);
    process.stdout.write(`${path}: ${written.cells} cells, model ${written.card.model}, SHA-256 ${written.sha256}\n`);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await make(process.argv[2] ?? join(root, 'models', 'prior'));
