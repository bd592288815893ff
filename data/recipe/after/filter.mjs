// Keeps of a recording of the whole machine what the recorded host did: the processes that descend from its process 1.
// Gives them the host's name and its own user names (the sensor knows the machine's), and ends their line of ancestors
// at process 1. Rows about the recording itself (lost, clock) stay. Usage: filter.mjs RAW SHARE OUT
import { readFileSync } from 'node:fs';
import { readEvents, writeEvents } from './events.mjs';
import { Lineage } from './lineage.mjs';

const [raw, share, out] = process.argv.slice(2);
const snapshot = JSON.parse(readFileSync(`${share}/snapshot.json`, 'utf8'));
const there = new Set(snapshot.pids);
const INIT = '/usr/sbin/range-init';

const lineage = new Lineage();
let total = 0;
let lost = 0n;
for await (const event of readEvents(raw)) {
  lineage.add(event);
  total++;
  if (event.syscall === 'lost') lost += event.count ?? 0n;
}

const verdicts = new Map();

/** Does this process instance belong to the host? Known by pid when it was there before the recording, else by parent. */
function isHosts(proc) {
  const known = verdicts.get(proc);
  if (known !== undefined) return known;
  verdicts.set(proc, false);
  const process = lineage.processes.get(proc);
  let verdict = false;
  if (process && !process.born && there.has(process.pid)) verdict = true;
  else if (process && lineage.processes.has(process.parent)) verdict = isHosts(process.parent);
  else if (process) verdict = there.has(process.ppid);
  verdicts.set(proc, verdict);
  return verdict;
}

const named = (names, id, old) => (id === undefined ? old : (names[id] ?? String(id)));
async function* kept() {
  for await (const event of readEvents(raw)) {
    const meta = event.syscall === 'lost' || event.syscall === 'clock';
    if (!meta && (event.pid === snapshot.init || !isHosts(event.proc))) continue;
    event.host = snapshot.host;
    if (meta) {
      yield event;
      continue;
    }
    event.user = named(snapshot.users, event.uid, event.user);
    event.group = named(snapshot.groups, event.gid, event.group);
    const line = event.ancestors?.split('>') ?? [];
    const end = line.indexOf(INIT);
    if (end >= 0) event.ancestors = line.slice(0, end + 1).join('>');
    yield event;
  }
}

const rows = await writeEvents(out, kept());
console.error(`${rows} of ${total} rows are the recorded host's; events lost on the whole machine: ${lost}`);
