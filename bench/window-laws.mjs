/** Laws of what subjects do in a minute, none of which the tails of windows assume. */
import { Chance } from './chance.mjs';

export const DAY = 1440;

/** How much there is at a minute of the week, on average 1: nights and weekends are quiet. */
function season(minute) {
  const hour = (minute / 60) % 24;
  const weekend = Math.floor(minute / DAY) % 7 >= 5;
  return (1 + 0.8 * Math.sin(((hour - 8) / 24) * 2 * Math.PI)) * (weekend ? 0.5 : 1.2);
}

/** Each law makes a function from minute to what a subject did in it. */
export const LAWS = {
  /** Bursts of sizes without a mean to speak of (Pareto, shape 1.3). */
  'heavy-tailed': (chance) => {
    const rate = chance.between(0.2, 3);
    return () => {
      let sum = 0;
      for (let n = chance.poisson(rate); n > 0; n--) sum += Math.min(1e6, Math.floor(chance.pareto(1, 1.3)));
      return sum;
    };
  },
  /** Three states that a subject stays in for a while: idle, at work, in a burst. */
  bursty: (chance) => {
    const rates = [chance.between(0.02, 0.2), chance.between(2, 8), chance.between(40, 200)];
    let state = 0;
    return () => {
      const u = chance.uniform();
      if (state === 0) state = u < 0.02 ? 1 : 0;
      else if (state === 1) state = u < 0.02 ? 2 : u < 0.06 ? 0 : 1;
      else state = u < 0.2 ? 1 : 2;
      return chance.poisson(rates[state]);
    };
  },
  /** Days and weeks, with a luck of its own in every hour. */
  seasonal: (chance) => {
    const rate = chance.between(0.5, 20);
    let luck = 1;
    return (minute) => {
      if (minute % 60 === 0) luck = Math.exp(0.3 * chance.normal());
      return chance.poisson(rate * season(minute) * luck);
    };
  },
  /** Bytes: small talk and transfers, both log-normal, a thousandfold apart. */
  volumes: (chance) => {
    const small = chance.between(6, 8);
    const large = chance.between(12, 16);
    const share = chance.between(0.01, 0.3);
    return () => {
      if (chance.uniform() < 0.3) return 0;
      return Math.floor(
        Math.exp(chance.uniform() < share ? large + 1.2 * chance.normal() : small + 0.7 * chance.normal()),
      );
    };
  },
};

/** What subjects of one law do, minute by minute. */
export function simulate(law, subjects, minutes, seed) {
  return Array.from({ length: subjects }, (_, s) => {
    const chance = new Chance(seed * 1009 + s);
    const draw = LAWS[law](chance);
    return Float64Array.from({ length: minutes }, (_, m) => draw(m));
  });
}
