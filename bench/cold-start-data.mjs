/**
 * What the shipped prior is worth on a host that nobody has seen: scores data/score.* under another host name on the prior
 * alone, beside the baseline that learned data/train.* under the host's own name. Evaluation only: nothing is tuned on it.
 *
 *   node bench/cold-start-data.mjs
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SlotView } from '../dist/columnar/slot-view.js';
import { Evaluator } from '../dist/pipeline/evaluate.js';
import { FINDING_LN_P } from '../dist/pipeline/finding-limit.js';
import { readLabels } from '../dist/pipeline/labels.js';
import { importModel } from '../dist/pipeline/model-files.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { RoleRules, readRoleRules } from '../dist/pipeline/role-rules.js';
import { setRoles } from '../dist/pipeline/roles.js';
import { score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { windowFindings } from '../dist/pipeline/window-findings.js';
import { Store } from '../dist/store/store.js';
import { spearman } from './cold-start.mjs';
import { root } from './report.mjs';

const file = (name) =>
  join(
    root,
    'data',
    readdirSync(join(root, 'data')).find((f) => f.startsWith(`${name}.`) && !f.includes('labels')),
  );

/** A source whose rows are another host's. */
function renamed(source, host) {
  return {
    name: source.name,
    sha256: `${source.sha256} as ${host}`,
    counters: source.counters,
    stop: () => source.stop(),
    async *batches() {
      for await (const batch of source.batches()) {
        const code = batch.strings.intern('word', host);
        const codes = new SlotView(batch.slot).codes('host');
        for (let row = 0; row < batch.rows; row++) if (codes[row] !== 0) codes[row] = code;
        yield batch;
      }
    },
  };
}

async function open(store, path, rename) {
  const roles = await readRoleRules(store);
  const sources = await openSources([path], { hashKey: store.hashKey, workers: 1, roles });
  return rename === undefined ? sources : sources.map((source) => renamed(source, rename));
}

async function measure(path, prepare, rename) {
  const store = await Store.open(path);
  const workers = workersFor(store, 1);
  try {
    await setRoles(store, new RoleRules([{ host: '*', role: 'web' }]));
    await prepare(store, workers);
    const evaluator = new Evaluator(readLabels(join(root, 'data', 'score.labels.json')), new Set());
    const sources = await open(store, file('score'), rename);
    const onBatch = (batch, scores, firstRow) => evaluator.take(batch, scores, firstRow);
    const report = await score({ store, workers, sources, dims: 15, onBatch });
    const trees = new Map(report.findings.rank().map(({ tree, lnP }) => [String(tree), lnP]));
    const findings = [...trees.values()].filter((lnP) => lnP <= FINDING_LN_P).length;
    const windows = windowFindings(report.minutes, FINDING_LN_P).length;
    return { ...evaluator.evaluation(), trees, findings, windows };
  } finally {
    await workers.close();
    await store.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'quince-cold-'));
try {
  const learn = async (store, workers) => train({ store, workers, sources: await open(store, file('train')) });
  const learned = await measure(join(folder, 'learned.db'), learn);
  const prior = (store) => importModel(store, join(root, 'models', 'prior'));
  const cold = await measure(join(folder, 'cold.db'), prior, 'never-seen');
  const out = (line) => process.stdout.write(`${line}\n`);
  const cell = (v) =>
    `${v.found ? 'found' : 'not  '} ln p ${v.fifteen === null ? '-' : v.fifteen.lnP.toFixed(1).padStart(6)} rank ${String(v.fifteen?.rank ?? '-').padStart(3)}`;
  out(`${''.padEnd(14)} ${'learned'.padEnd(29)} prior alone, host never seen`);
  learned.verdicts.forEach((v, i) => {
    out(`${v.label.id.padEnd(14)} ${cell(v).padEnd(29)} ${cell(cold.verdicts[i])}  ${v.label.kind}`);
  });
  for (const [name, of] of Object.entries({ learned, 'prior alone': cold })) {
    const { unlabelled, auroc, findings, windows, trees } = of;
    const share = (n) => `${((100 * n) / unlabelled.rows).toFixed(2)} %`;
    out(
      `${name}: ${findings} findings of ${trees.size} trees, ${unlabelled.findings} of them unlabelled; ${windows} of windows; ` +
        `rows below 0.01 ${share(unlabelled.below01)}; AUROC by tree ${auroc.fifteen?.toFixed(3)}, ` +
        `${unlabelled.aboveLowestAttack} unlabelled trees above the lowest attack`,
    );
  }
  const names = [...learned.trees.keys()].filter((tree) => cold.trees.has(tree));
  const of = (trees) => names.map((tree) => trees.get(tree));
  out(`Spearman of ln p over ${names.length} trees: ${spearman(of(learned.trees), of(cold.trees)).toFixed(3)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
