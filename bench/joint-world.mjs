/** Subjects whose features go together, minute by minute, by laws that no joint model assumes. */
import { Chance } from './chance.mjs';

export const DAY = 1440;

/** Nights are quiet. */
const season = (minute) => 1 + 0.8 * Math.sin(((minute / 60 - 8) / 24) * 2 * Math.PI);

/** How busy a subject is, on average about 1, by minute: what its features have in common. */
export const LAWS = {
  /** Days, and a luck that lasts for an hour or so. */
  seasonal: (chance) => {
    let luck = 0;
    return (minute) => {
      luck = 0.98 * luck + 0.1 * chance.normal();
      return season(minute) * Math.exp(luck);
    };
  },
  /** Idle, at work, in a burst: states that last. */
  bursty: (chance) => {
    let state = 0;
    return () => {
      const u = chance.uniform();
      if (state === 0) state = u < 0.02 ? 1 : 0;
      else if (state === 1) state = u < 0.02 ? 2 : u < 0.06 ? 0 : 1;
      else state = u < 0.1 ? 1 : 2;
      return [0.1, 1, 4][state];
    };
  },
  /** Sizes of work without a mean to speak of, cut at fifty times the least. */
  'heavy-tailed': (chance) => () => Math.min(20, 0.4 * chance.pareto(1, 1.3)),
  /** Sessions: nothing for minutes or hours, then work for a while. */
  sessions: (chance) => {
    let until = 0;
    let rate = 0;
    return (minute) => {
      if (minute >= until) {
        rate = rate > 0 ? 0 : chance.between(0.5, 4);
        until = minute + Math.ceil(chance.exponential(rate > 0 ? 20 : 60));
      }
      return rate;
    };
  },
};

/** What each program does in a minute in which it is so busy; every number beside the first hangs on it. */
const PROGRAMS = {
  client: (chance, pace, busy) => {
    const connections = chance.poisson(2 * pace * busy);
    const sum = (mean, sd) => sumOf(chance, connections, mean, sd);
    return {
      connections,
      failures: binomial(chance, connections, 0.02),
      bytes_out: sum(7, 0.6),
      bytes_in: sum(9, 0.9),
    };
  },
  server: (chance, pace, busy) => {
    const accepts = chance.poisson(2 * pace * busy);
    return { accepts, reads: chance.poisson(1.5 * accepts), writes: chance.poisson(0.2 * accepts) };
  },
  builder: (chance, pace, busy) => {
    const execs = chance.poisson(1.5 * pace * busy);
    const reads = chance.poisson(2 * execs);
    return { execs, reads, writes: chance.poisson(0.7 * execs), changes: binomial(chance, execs, 0.5) };
  },
};
export const PROGRAM_NAMES = Object.keys(PROGRAMS);

function sumOf(chance, n, mean, sd) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.ceil(Math.exp(mean + sd * chance.normal()));
  return sum;
}

function binomial(chance, n, p) {
  let hits = 0;
  for (let i = 0; i < n; i++) if (chance.uniform() < p) hits++;
  return hits;
}

const WORDS = 'ba ke li mo nu ra se ti vo zu da fe gi ho ju pa'.split(' ');

/** A subject: its program, its pace, what it does. */
export class Subject {
  constructor(law, number, seed) {
    this.chance = new Chance(seed * 1009 + number);
    this.program = PROGRAM_NAMES[number % PROGRAM_NAMES.length];
    this.number = number;
    // Digits would be generalised away.
    this.exe = `/bin/${this.program}-${WORDS[number]}`;
    this.pace = this.chance.between(0.5, 1.5);
    this.busy = LAWS[law](this.chance);
  }

  /** What it does in a minute; in the order of time, each minute once. */
  minute(at) {
    return PROGRAMS[this.program](this.chance, this.pace, this.busy(at));
  }
}

/**
 * Oddities of which each number is one that the subject often has; only that they come together is odd. They change a minute given
 * a usual one of a busy time.
 */
export const ODDITIES = {
  /** As many connections as when it is busy, and hardly any bytes. */
  client: {
    name: 'many connections, hardly any bytes',
    change: (usual) => ({ ...usual, bytes_out: 40 * usual.connections, bytes_in: 40 * usual.connections }),
  },
  /** Reads as many as when it is busy, without a connection accepted to go with them. */
  server: {
    name: 'reads without connections',
    change: (usual) => ({ ...usual, accepts: Math.min(1, usual.accepts), writes: 0 }),
  },
  /** Starts programs as when it is busy, which touch no files. */
  builder: {
    name: 'programs started that touch no files',
    change: (usual) => ({ ...usual, reads: 0, writes: 0, changes: 0 }),
  },
};

/** A minute as events, as a source gives them. @param us microseconds of its beginning */
export function eventsOf(subject, did, us, host = 'h') {
  const base = {
    host,
    exe: subject.exe,
    user: 'app',
    proc: BigInt(100 + subject.number),
  };
  const events = [];
  const add = (event) => events.push({ ...base, ts: us + BigInt(Math.min(59, events.length)) * 1_000_000n, ...event });
  const { connections = 0, failures = 0, accepts = 0, execs = 0, reads = 0, writes = 0, changes = 0 } = did;
  for (let i = 0; i < connections; i++) {
    const daddr = `10.0.0.${1 + Math.floor(20 * subject.chance.uniform() ** 2)}`;
    const ends = { bytes_out: share(did.bytes_out, i, connections), bytes_in: share(did.bytes_in, i, connections) };
    add({ syscall: 'connect', daddr, dport: 443, ret: i < failures ? -111 : 0 });
    add({ syscall: 'close', daddr, dport: 443, ...ends });
  }
  for (let i = 0; i < accepts; i++) add({ syscall: 'accept', saddr: '10.0.0.1', sport: 80 });
  for (let i = 0; i < execs; i++) add({ syscall: 'exec', exe: '/bin/cc', parent_exe: base.exe, args: 'cc' });
  for (let i = 0; i < reads; i++) add({ syscall: 'open', path: '/srv/data', flags: 'O_RDONLY' });
  for (let i = 0; i < writes; i++) add({ syscall: 'open', path: '/srv/out', flags: 'O_WRONLY' });
  for (let i = 0; i < changes; i++) add({ syscall: 'rename', path: '/srv/out' });
  return events;
}

const share = (sum, i, n) => Math.floor(((i + 1) * sum) / n) - Math.floor((i * sum) / n);
