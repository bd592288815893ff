/**
 * Attacks of graded strength on a host of a role, made of what programs of the role do: one dimension is odd (known of another
 * program, never seen, never seen together with a second), or many rows of something usual come within a minute.
 */
const unseen = {
  exe: '/tmp/.x/gaporu',
  parent_exe: '/usr/bin/zuvodi',
  args: 'gaporu --ziluna fehora',
  user: 'nobodo',
  dport: 4444,
  daddr: '203.0.113.7',
  path: '/etc/zofage/hoviti.key',
  comm: 'kworkero',
  proto: 'icmp',
  syscall: 'ptrace',
};

/** What a dimension may be changed on, and a second one that is odd beside it. */
const DIMENSIONS = [
  { name: 'exe', on: 'exec', beside: 'user' },
  { name: 'parent_exe', on: 'exec', beside: 'args' },
  { name: 'args', on: 'exec', beside: 'parent_exe' },
  { name: 'user', on: 'exec', beside: 'parent_exe' },
  { name: 'dport', on: 'connect', beside: 'daddr' },
  { name: 'daddr', on: 'connect', beside: 'dport' },
  { name: 'path', on: 'open', beside: 'user' },
  { name: 'comm', on: 'exec', beside: 'exe' },
  { name: 'proto', on: 'connect', beside: 'dport' },
  { name: 'syscall', on: 'open', beside: 'path' },
];

const MANY = {
  'scan of ports': (i) => ({ dport: 1000 + 7 * i }),
  'scan of hosts': (i) => ({ daddr: `10.9.${i % 250}.${1 + (i >> 3)}` }),
  refusals: () => ({ ret: -111 }),
  'large upload': () => ({ bytes_out: 50_000_000n }),
  'burst of usual rows': () => ({}),
};

function withValue(row, name, value) {
  const changed = { ...row, [name]: value };
  if (name === 'parent_exe') changed.ancestors = `${value}>/usr/lib/systemd/systemd`;
  if (name === 'user') changed.group = value;
  if (name === 'exe') changed.comm = value.split('/').at(-1);
  return changed;
}

/** Programs of the role that most of its hosts run, with a row of each kind. */
function commonRows(rows, hosts) {
  const found = new Map();
  for (const row of rows) {
    if (!hosts.has(row.host)) continue;
    const key = `${row.exe} ${row.syscall}`;
    const known = found.get(key) ?? { row, hosts: new Set(), n: 0 };
    known.hosts.add(row.host);
    known.n++;
    found.set(key, known);
  }
  const ranked = [...found.values()].sort((a, b) => b.hosts.size - a.hosts.size || b.n - a.n).map(({ row }) => row);
  return (syscall) => ranked.filter((row) => row.syscall === syscall).slice(0, 8);
}

/**
 * @param rows learned ones
 * @param learnedHosts hosts of the role that are learned whatever is left out
 * @returns name and rows (without host and time) of each attack
 */
export function makeAttacks(rows, learnedHosts) {
  const common = commonRows(rows, learnedHosts);
  const attacks = [];
  let turn = 0;
  for (const { name, on, beside } of DIMENSIONS) {
    const bases = common(on);
    const base = () => bases[turn++ % Math.min(4, bases.length)];
    const other = bases.find((row) => row[name] !== bases[0][name]) ?? bases[0];
    const known = name === 'syscall' ? 'unlink' : name === 'proto' ? 'udp' : other[name];
    attacks.push({ name: `${name}: of another`, rows: [withValue(base(), name, known)] });
    attacks.push({ name: `${name}: never seen`, rows: [withValue(base(), name, unseen[name])] });
    const both = withValue(withValue(base(), name, unseen[name]), beside, unseen[beside]);
    attacks.push({ name: `${name} and ${beside}: never seen`, rows: [both] });
  }
  const usual = common('connect')[0];
  for (const [name, of] of Object.entries(MANY)) {
    const count = name === 'large upload' ? 3 : 300;
    attacks.push({ name, rows: Array.from({ length: count }, (_, i) => ({ ...usual, ...of(i) })) });
  }
  return attacks;
}
