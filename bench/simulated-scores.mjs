/**
 * Scores of a simulated fleet, in nats: what exceeds a low level, host by host, in the order of time. Days and weekends have
 * their seasons, hosts their own rates and tails, the fleet a common luck that lasts hours, an exceedance comes with others
 * behind it, and over the days judged the whole law drifts and jumps. None of that is known to the decider.
 */
import { Chance } from './chance.mjs';

export const TRAIN_DAYS = 14;
export const TEST_DAYS = 30;
export const HOSTS = 20;
const HOURS = 24 * (TRAIN_DAYS + TEST_DAYS);
/** Exceedances of level 0 a day of the whole fleet before drift; scores are drawn from LEVEL up. */
const A_DAY = 100;
export const LEVEL = -2;
/** Nats, in either direction: the drift over the days judged, and one sudden change. */
const MOST_DRIFT = 1.5;
const MOST_JUMP = 1;

/** Of a Monday-first week; its mean is near 1. */
function season(hour) {
  const weekend = Math.floor(hour / 24) % 7 >= 5;
  return (1 + 0.8 * Math.sin((((hour % 24) - 8) / 24) * 2 * Math.PI)) * (weekend ? 0.5 : 1.2);
}

function makeHosts(chance) {
  return Array.from({ length: HOSTS }, (_, i) => ({
    subject: `host${i}`,
    rate: Math.exp(0.6 * chance.normal() - 0.18),
    // One host in ten has a tail twice as long.
    scale: chance.uniform() < 0.1 ? 2 : chance.between(0.7, 1.3),
  }));
}

/** How far the law has moved at an hour, in nats. */
function makeDrift(chance, times) {
  const drift = times * chance.between(-MOST_DRIFT, MOST_DRIFT);
  const jump = times * chance.between(-MOST_JUMP, MOST_JUMP);
  const jumpDay = TRAIN_DAYS + chance.between(3, TEST_DAYS - 3);
  return (hour) => {
    const days = hour / 24;
    return days < TRAIN_DAYS ? 0 : (drift * (days - TRAIN_DAYS)) / TEST_DAYS + (days < jumpDay ? 0 : jump);
  };
}

/** One injected anomaly every other day, of any strength from what nobody could tell to far above everything. */
function inject(chance, scores) {
  const anomalies = [];
  for (let day = TRAIN_DAYS; day < TRAIN_DAYS + TEST_DAYS; day += 2) {
    const anomaly = {
      subject: `host${Math.floor(chance.uniform() * HOSTS)}`,
      minute: Math.floor(60 * 24 * (day + 2 * chance.uniform())),
      score: 1 + chance.exponential(6),
      anomaly: anomalies.length,
    };
    anomalies.push(anomaly);
    scores.push(anomaly);
  }
  return anomalies;
}

/** `training` and `judged` scores of one seed, and the `anomalies` among the latter; drift and jump so many times as large. */
export function simulateScores(seed, driftTimes = 1) {
  const chance = new Chance(seed);
  const hosts = makeHosts(chance);
  const drift = makeDrift(chance, driftTimes);
  const scores = [];
  let luck = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    luck = 0.9 * luck + 0.4 * Math.sqrt(1 - 0.81) * chance.normal();
    const moved = drift(hour);
    for (const { subject, rate, scale } of hosts) {
      const mean = (A_DAY / 24 / HOSTS) * rate * season(hour) * Math.exp(luck) * Math.exp((moved - LEVEL) / scale);
      for (let n = chance.poisson(mean); n > 0; n--) {
        let minute = 60 * hour + chance.between(0, 60);
        const score = LEVEL + chance.exponential(scale);
        scores.push({ subject, minute: Math.floor(minute), score });
        while (chance.uniform() < 0.6) {
          minute += chance.exponential(8);
          scores.push({ subject, minute: Math.floor(minute), score: score + chance.between(-1.5, 0.5) });
        }
      }
    }
  }
  const anomalies = inject(chance, scores);
  scores.sort((a, b) => a.minute - b.minute);
  const start = TRAIN_DAYS * 24 * 60;
  return {
    training: scores.filter((s) => s.minute < start),
    judged: scores.filter((s) => s.minute >= start),
    anomalies,
  };
}
