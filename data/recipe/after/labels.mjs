// Names the process trees of the labelled steps in a finished capture. Usage: labels.mjs CAPTURE SHARE PLAN OUT [TRAIN]
//
// A step's `roots` are rules, applied to what happened while the step ran:
//   {args: TEXT}      every process that was started with TEXT in its command line
//   {login: ADDRESS}  every process that sshd started for a connection accepted from ADDRESS
// and each climbs to what a service or process 1 started (a login, a cron job, a worker, a backend). `rows` are rules for
// what a daemon itself did, with nobody below it: {exe?, path?, remote?}, `path` a prefix. With TRAIN, the programs of a
// step that the training capture never ran are listed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { SCORE_STEPS } from '../driver/score-steps.mjs';
import { TUNE_STEPS } from '../driver/tune-steps.mjs';
import { readEvents } from './events.mjs';
import { Lineage } from './lineage.mjs';

const [capture, share, plan, out, train] = process.argv.slice(2);
const steps = { score: SCORE_STEPS, tune: TUNE_STEPS }[plan];
if (!steps) process.exit(0);
const SECOND = 1_000_000_000;
/** Step → {started_ns, ended_ns}; a step that the end of the capture cut has no end. */
const times = new Map(steps.map((step) => [step.id, {}]));
for (const line of readFileSync(`${share}/steps.jsonl`, 'utf8').trim().split('\n')) {
  const { id, ...time } = JSON.parse(line);
  Object.assign(times.get(id), time);
}

const events = [];
const lineage = new Lineage();
for await (const e of readEvents(capture)) {
  lineage.add(e);
  events.push(e);
}
const last = Number(events.at(-1).boot_ns);
const trained = new Set();
if (train && existsSync(train)) for await (const e of readEvents(train)) trained.add(e.exe);

const windowOf = (step) => {
  const time = times.get(step.id);
  if (!time.started_ns) throw new Error(`step ${step.id} requires a line in steps.jsonl, got none`);
  return [time.started_ns - SECOND / 2, step.open || !time.ended_ns ? last : time.ended_ns + 3 * SECOND];
};

/** Processes that a rule finds between two boot times. */
function* found(rule, [from, to]) {
  for (const [i, e] of events.entries()) {
    const at = Number(e.boot_ns);
    if (at < from || at > to) continue;
    if (rule.args && e.syscall === 'exec' && e.args?.includes(rule.args)) yield e.proc;
    if (rule.login && e.syscall === 'accept' && e.exe?.endsWith('/sshd') && e.daddr === rule.login) {
      // sshd forks for a connection right after it accepted it, and for nothing else.
      const child = events.slice(i).find((f) => f.syscall === 'fork' && f.parent_proc === e.proc);
      if (child) yield child.proc;
    }
  }
}

function label(step) {
  const window = windowOf(step);
  const roots = new Map();
  for (const rule of step.roots) {
    let count = 0;
    for (const proc of found(rule, window)) {
      const root = lineage.root(proc);
      roots.set(root, lineage.processes.get(root));
      count++;
    }
    if (count === 0) throw new Error(`label ${step.id} requires a process for ${JSON.stringify(rule)}, got none`);
  }
  const members = events.filter((e) => e.proc !== undefined && [...lineage.chain(e.proc)].some((p) => roots.has(p)));
  const at = (ns) => new Date(Number(members[0].ts) / 1000 + (ns - Number(members[0].boot_ns)) / 1e6).toISOString();
  const programs = [...new Set(members.map((e) => e.exe).filter(Boolean))].sort();
  const fresh = programs.filter((exe) => !trained.has(exe));
  return {
    id: step.id,
    kind: step.kind,
    title: step.title,
    technique: step.technique ?? [],
    tools: step.tools,
    programs,
    ...(trained.size > 0 ? { new_programs: fresh, uses_only_known_programs: fresh.length === 0 } : {}),
    started: at(window[0]),
    ended: at(window[1]),
    roots: [...roots].map(([proc, p]) => ({ proc: String(proc), pid: p.pid, exe: p.exe, first_boot_ns: String(p.at) })),
    rows: step.rows ?? [],
    tree_rows: members.length,
  };
}

const labels = steps.map(label).sort((a, b) => a.started.localeCompare(b.started));
writeFileSync(out, `${JSON.stringify({ capture: `${plan}.arrow.gz`, labels }, null, 2)}\n`);
for (const l of labels)
  console.error(`${l.kind.padEnd(8)} ${l.id.padEnd(15)} ${l.roots.length} roots, ${l.tree_rows} rows`);
