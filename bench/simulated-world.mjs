/**
 * A simulated host whose law the factor model does not assume: Zipf programs, heavy-tailed lives, bursts, favourites of
 * each process instance, and births of arguments, paths and addresses that never end (Pitman–Yor restaurants nested in
 * directories and networks). Daemons were started before recording begins and go on. A changing world has besides: sessions,
 * in which one user runs a heavy-tailed number of commands from a few programs; quiet and busy times by a Markov chain; deaths
 * of values, so that others are born in their place; and a drift of what is popular.
 */
import { Chance } from './chance.mjs';

const SYLLABLES = 'ba ke li mo nu ra se ti vo zu da fe gi ho ju pa'.split(' ');

/** Draws of a world, from the seed as it is. */
class WorldChance extends Chance {
  constructor(seed) {
    super(0);
    this.state = seed >>> 0;
  }

  index(n) {
    return Math.floor(this.uniform() * n);
  }

  /** A pronounceable word: digits and hexadecimal would be generalised away. */
  word(syllables) {
    return Array.from({ length: syllables }, () => SYLLABLES[this.index(SYLLABLES.length)]).join('');
  }

  weighted(weights) {
    let at = this.uniform() * weights.reduce((a, b) => a + b, 0);
    for (let i = 0; i < weights.length; i++) {
      at -= weights[i];
      if (at < 0) return i;
    }
    return weights.length - 1;
  }
}

/**
 * A Chinese restaurant of two parameters: the number of values grows as a power law of the number of draws. Where values
 * are mortal (`meanLife` seconds, infinite for those that stay) the dead are forgotten with all that they were drawn.
 */
class Restaurant {
  constructor(chance, discount, strength, birth, meanLife) {
    Object.assign(this, { chance, discount, strength, birth, meanLife });
    this.values = [];
    this.counts = [];
    this.deaths = [];
  }

  draw(at) {
    const { chance, discount, strength, values, counts, deaths } = this;
    const weights = counts.map((c, i) => (deaths[i] > at ? c - discount : 0));
    let alive = 0;
    let total = 0;
    counts.forEach((c, i) => {
      if (deaths[i] <= at) return;
      alive++;
      total += c;
    });
    const isNew = chance.uniform() * (total + strength) < strength + discount * alive;
    const i = isNew ? values.length : chance.weighted(weights);
    if (isNew) {
      values.push(this.birth(at));
      counts.push(0);
      const mortal = this.meanLife < Number.POSITIVE_INFINITY && chance.uniform() < MORTAL;
      deaths.push(mortal ? at + chance.exponential(this.meanLife) : Number.POSITIVE_INFINITY);
    }
    counts[i]++;
    return values[i];
  }
}

/** Of a changing world: share of values that die, and their mean life, seconds. */
const MORTAL = 0.5;
const LIFE = 2 * 86_400;
/** Mean length of quiet and busy times in shares of what is watched. */
const QUIET = 1 / 40;
const BUSY = 1 / 120;
/** How many times as much begins in busy times. */
const BUSY_TIMES = 6;
/** Standard deviation of ln popularity that drift adds a second: 0.7 a week. */
const DRIFT = 0.7 / (7 * 86_400);

const PROGRAMS = 40;
const DAEMONS = 6;
const USERS = ['root', 'www-data', 'backup', 'deploy', 'monitor'];
const PARENTS = ['/usr/bin/bash', '/usr/sbin/cron', '/usr/lib/systemd/systemd', '/usr/bin/make'];

function makeProgram(chance, rank, meanLife) {
  const name = `${chance.word(2)}${chance.word(1)}`;
  const restaurant = (most, birth) =>
    new Restaurant(chance, chance.between(0, most), chance.between(0.2, 3), birth, meanLife);
  const networks = restaurant(0.5, () => `10.${chance.index(64)}.${chance.index(256)}`);
  const folders = restaurant(0.5, () => `/${['var', 'srv', 'home', 'opt'][chance.index(4)]}/${chance.word(2)}`);
  const parents = PARENTS.filter(() => chance.uniform() < 0.4);
  return {
    exe: `/usr/bin/${name}`,
    daemon: rank < DAEMONS,
    parents: parents.length > 0 ? parents : [PARENTS[0]],
    users: [USERS[chance.index(USERS.length)], ...(chance.uniform() < 0.3 ? [USERS[chance.index(USERS.length)]] : [])],
    args: restaurant(0.6, () => `${name} --${chance.word(2)} ${chance.word(3)}`),
    addresses: restaurant(0.7, (at) => `${networks.draw(at)}.${1 + chance.index(254)}`),
    paths: restaurant(0.7, (at) => `${folders.draw(at)}/${chance.word(3)}.log`),
    ports: restaurant(0.2, () => [80, 443, 5432, 6379, 22, 53, 8080, 9000][chance.index(8)]),
    net: chance.between(0, 1),
    rate: chance.between(0.5, 8),
    shape: chance.between(1.05, 1.6),
  };
}

const START_US = Date.UTC(2026, 5, 1) * 1000;
/** Of one process instance that is no daemon. */
const MAX_ROWS = 300;

/** The life of one process instance as rows. */
class Life {
  constructor(chance, { program, from, session }, id, to, idle, host) {
    Object.assign(this, { chance, program, from, to, idle });
    const { users, parents, args } = program;
    const parent = session === undefined ? parents[chance.index(parents.length)] : PARENTS[0];
    const user = session?.user ?? users[chance.index(users.length)];
    const proc = BigInt.asUintN(64, BigInt(id + 1) * 0x9e3779b97f4a7c15n) ^ 0x2545f4914f6cdd1dn;
    this.common = {
      host,
      proc,
      pid: 300 + id,
      exe: program.exe,
      comm: program.exe.slice(9),
      parent_exe: parent,
      ancestors: `${parent}>/usr/lib/systemd/systemd`,
      user,
      group: user,
      args: args.draw(from),
    };
    this.favourites = Array.from({ length: 1 + chance.index(3) }, () => this.freshAct(from));
  }

  freshAct(at) {
    const { chance, program } = this;
    if (chance.uniform() < program.net) {
      const end = {
        proto: 'tcp',
        saddr: '10.0.0.5',
        sport: 40_000,
        daddr: program.addresses.draw(at),
        dport: program.ports.draw(at),
      };
      return { syscall: 'connect', ...end };
    }
    return { syscall: chance.uniform() < 0.9 ? 'open' : 'unlink', path: program.paths.draw(at) };
  }

  /** Bursts: an on and off process with exponential on times and heavy-tailed off times. */
  *acts() {
    const { chance, program } = this;
    const most = program.daemon ? Number.POSITIVE_INFINITY : MAX_ROWS;
    let at = this.from;
    for (let n = 0; n < most; ) {
      const until = at + chance.exponential(1.5);
      for (; n < most; n++) {
        at += chance.exponential(1 / program.rate);
        if (at > until || at > this.to) break;
        const isHabit = chance.uniform() < 0.85;
        yield [at, isHabit ? this.favourites[chance.index(this.favourites.length)] : this.freshAct(at)];
      }
      at = until + chance.pareto(program.daemon ? this.idle : 2, 1.3);
      if (at > this.to) return;
    }
  }

  rows(end) {
    const out = [];
    const add = (at, act) => {
      if (at <= end) out.push({ ...this.common, ...act, ts: BigInt(START_US + Math.round(at * 1e6)) });
    };
    if (!this.program.daemon) add(this.from, { syscall: 'exec' });
    for (const [at, act] of this.acts()) add(at, act);
    if (!this.program.daemon) add(this.to, { syscall: 'exit' });
    return out;
  }
}

/** What starts at which time: each by itself, evenly over the time. */
function lonelyStarts(chance, seconds, processes, lifeAt) {
  const starts = Array.from({ length: processes }, () => chance.between(0, seconds)).sort((a, b) => a - b);
  return starts.map((from) => lifeAt(from));
}

/** Quiet and busy times in turn: their ends, and how much work there is up to each. */
function workload(chance, seconds) {
  const ends = [];
  for (let at = 0, work = 0, busy = false; at < seconds; busy = !busy) {
    const length = Math.min(seconds - at, chance.exponential((busy ? BUSY : QUIET) * seconds));
    ends.push({ from: at, work, rate: busy ? BUSY_TIMES : 1 });
    at += length;
    work += length * (busy ? BUSY_TIMES : 1);
    if (at >= seconds) ends.push({ from: seconds, work, rate: 1 });
  }
  const all = ends.at(-1).work;
  return () => {
    const work = chance.between(0, all);
    const { from, work: before, rate } = ends.findLast((e) => e.work <= work);
    return from + (work - before) / rate;
  };
}

/** Half of the processes by themselves, half in sessions; both more often in busy times. */
function sessionStarts(chance, seconds, processes, lifeAt) {
  const when = workload(chance, seconds);
  const out = [];
  while (out.length < processes / 2) {
    out.push(lifeAt(when()));
  }
  while (out.length < processes) {
    let at = when();
    const session = { user: USERS[chance.index(USERS.length)] };
    const few = Array.from({ length: 2 + chance.index(5) }, () => lifeAt(at).program);
    const pace = chance.between(1, 20);
    for (let n = Math.min(200, Math.floor(chance.pareto(1, 1.3))); n > 0 && at < seconds; n--) {
      out.push({ ...lifeAt(at, few[chance.index(few.length)]), session });
      at += chance.exponential(pace);
    }
  }
  return out.slice(0, processes).sort((a, b) => a.from - b.from);
}

const chanceOf = (seed) => new WorldChance(seed * 7919 + 17);
const makePrograms = (chance, meanLife = Number.POSITIVE_INFINITY) =>
  Array.from({ length: PROGRAMS }, (_, rank) => makeProgram(chance, rank, meanLife));

/** Programs that several hosts may share, habits that are born included. */
export const programsOf = (seed) => makePrograms(chanceOf(seed));

/**
 * All rows of a world in order of time.
 *
 * @param seed    of everything
 * @param seconds how long it is watched
 * @param processes process instances that start in that time
 * @param changing with sessions, busy times, deaths and drift
 * @param shared  programs of its role; else it has its own
 * @param host    its name
 * @param first   number of its first process
 */
export function simulate({ seed, seconds, processes, changing = false, shared, host = 'sim', first = 0 }) {
  const chance = chanceOf(seed);
  const programs = shared ?? makePrograms(chance, changing ? LIFE : Number.POSITIVE_INFINITY);
  const popular = programs.map((p, rank) => (p.daemon ? 0 : 1 / (rank - DAEMONS + 1) ** 1.1));
  const drift = programs.map(() => (changing ? DRIFT * chance.normal() : 0));
  const programAt = (at) => programs[chance.weighted(popular.map((w, i) => w * Math.exp(drift[i] * at)))];
  const lifeAt = (from, program = programAt(from)) => {
    return { program, from, to: from + Math.min(4 * 3600, chance.pareto(1.5, program.shape)) };
  };
  const others = (changing ? sessionStarts : lonelyStarts)(chance, seconds, processes, lifeAt);
  const daemons = programs.filter((p) => p.daemon).map((p) => ({ program: p, from: 0, to: Number.POSITIVE_INFINITY }));
  // Least pause of a daemon between two bursts, seconds: the longer one watches, the less of it one needs.
  const idle = 5 * Math.max(1, seconds / 7200);
  // Lives are drawn in order of their start, so that what is born late is born late.
  const rows = [...daemons, ...others].flatMap((life, id) =>
    new Life(chance, life, first + id, Math.min(life.to, seconds), idle, host).rows(seconds),
  );
  return rows.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
}

export const startUs = BigInt(START_US);
