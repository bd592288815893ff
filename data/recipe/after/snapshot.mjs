// Notes what can only be seen while the range runs, before the recording starts: SHARE/snapshot.json with process 1 of
// web1 (its pid here), the pids of all processes of web1, and web1's names of users and groups.
// Usage: snapshot.mjs SHARE WORLD, where WORLD is the process that the range descends from
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';

const [share, world] = process.argv.slice(2);

function read(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      pid: Number(pid),
      parent: Number(status.match(/^PPid:\s*(\d+)$/m)?.[1]),
      inner: status.match(/^NSpid:\s*(.*)$/m)?.[1].split(/\s+/) ?? [],
      space: readlinkSync(`/proc/${pid}/ns/pid`),
      exe: readlinkSync(`/proc/${pid}/exe`),
    };
  } catch {
    return undefined; // it ended meanwhile, or is a kernel thread
  }
}

const all = readdirSync('/proc')
  .filter((name) => /^\d+$/.test(name))
  .map(read)
  .filter(Boolean);
const parents = new Map(all.map((p) => [p.pid, p.parent]));
const isBelow = (pid, top) => pid === top || (parents.has(pid) && isBelow(parents.get(pid), top));
const init = all.find((p) => p.exe.endsWith('/range-init') && p.inner.at(-1) === '1' && isBelow(p.pid, Number(world)));
if (!init) throw new Error('the snapshot requires a running range-init, got none');

/** Names by number, from a file like passwd or group of web1. */
const names = (file) =>
  Object.fromEntries(
    readFileSync(`/proc/${init.pid}/root/etc/${file}`, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.split(':')[2], line.split(':')[0]]),
  );

const snapshot = {
  host: 'web1',
  init: init.pid,
  pids: all.filter((p) => p.space === init.space).map((p) => p.pid),
  users: names('passwd'),
  groups: names('group'),
};
writeFileSync(`${share}/snapshot.json`, JSON.stringify(snapshot));
