/**
 * Times of simulated pairs, ms: five that keep no rhythm, and beacons. Every generator takes chance and how many events,
 * and gives as many distinct ascending times.
 */

/** Uniform numbers in [0, 1) from a 32-bit seed (Mulberry32, T. Ettinger), and what is drawn from them. */
export class Chance {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  uniform() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  exponential(mean) {
    return -mean * Math.log(1 - this.uniform());
  }

  normal() {
    return Math.sqrt(this.exponential(2)) * Math.cos(2 * Math.PI * this.uniform());
  }
}

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);

/** The first n distinct times, ascending. */
function settle(times, n) {
  return Float64Array.from(new Set(times.map((t) => Math.floor(START_MS + t))))
    .sort()
    .slice(0, n);
}

function renewal(chance, n, drawGap) {
  const times = [];
  // A few more, for those that fall into one ms.
  for (let t = DAY_MS * chance.uniform(); times.length < n + 8; t += drawGap()) times.push(t);
  return settle(times, n);
}

/** A mean gap between 20 s and 30 min, evenly in logs: no scale of the ladder is favoured. */
const anyGap = (chance) => 20_000 * 90 ** chance.uniform();

export function poisson(chance, n, mean = anyGap(chance)) {
  return renewal(chance, n, () => chance.exponential(mean));
}

/** After each event nothing for a share of the mean gap: keep-alives, caches. */
export function deadTime(chance, n, share = 0.1, mean = anyGap(chance)) {
  return renewal(chance, n, () => mean * (share + (1 - share) * chance.exponential(1)));
}

/** How people pace what they do. */
export function logNormal(chance, n, sigma = 1, mean = anyGap(chance)) {
  return renewal(chance, n, () => mean * Math.exp(sigma * chance.normal() - sigma ** 2 / 2));
}

/** Poisson sessions of 1 to many events (6 on average), 40 times closer together than the sessions. */
export function sessions(chance, n, mean = anyGap(chance)) {
  const times = [];
  let start = DAY_MS * chance.uniform();
  while (times.length < 3 * n + 60) {
    let t = start;
    do {
      times.push(t);
      t += chance.exponential(mean / 40);
    } while (chance.uniform() > 1 / 6);
    start += chance.exponential(mean);
  }
  return settle(times, n);
}

/** Poisson, by day twenty times as dense as by night. */
export function diurnal(chance, n, mean = anyGap(chance)) {
  const times = [];
  for (let t = DAY_MS * chance.uniform(); times.length < n + 8; t += chance.exponential(mean / 2)) {
    const hour = (t % DAY_MS) / 3_600_000;
    if (chance.uniform() < (hour >= 8 && hour < 18 ? 1 : 0.05)) times.push(t);
  }
  return settle(times, n);
}

export const NULLS = { poisson, 'dead time': deadTime, 'log-normal': logNormal, sessions, diurnal };

/** After each beat a burst of 0 to 8 events within a tenth of the period, as a page and its parts do. */
function bury(chance, beats, period) {
  return beats.flatMap((t) => [
    t,
    ...Array.from({ length: Math.floor(9 * chance.uniform()) }, () => t + 0.1 * period * chance.uniform()),
  ]);
}

/** A beacon that sleeps its period ± jitter (evenly) between beats, of which a share is missed. n beats are heard. */
export function beacon(chance, n, { jitter, missed = 0, buried = false, period = anyGap(chance) }) {
  const beats = [];
  for (let t = DAY_MS * chance.uniform(); beats.length < n; t += period * (1 + jitter * (2 * chance.uniform() - 1))) {
    if (chance.uniform() >= missed) beats.push(t);
  }
  const times = buried ? bury(chance, beats, period) : beats;
  return settle(times, times.length);
}

/** A beacon that falls silent after each 30 beats, for 50 periods on average. */
export function intermittent(chance, n, { jitter, buried = false, period = anyGap(chance) }) {
  const beats = [];
  for (let t = DAY_MS * chance.uniform(); beats.length < n; t += period * (1 + jitter * (2 * chance.uniform() - 1))) {
    beats.push(t);
    if (beats.length % 30 === 0) t += chance.exponential(50 * period);
  }
  const times = buried ? bury(chance, beats, period) : beats;
  return settle(times, times.length);
}
