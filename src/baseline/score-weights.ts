import { halfLifeWeight } from '../stats/half-life.js';

/**
 * How much the scores that a day gave weigh among those a score is ranked in: half-life, and how much was known when they were
 * given. A baseline learns: what it scored when it knew one day was odder than the same is today, and such scores make every p
 * too cautious. News falls as a power of what is known, so that the share n/N of then and now decides, whatever N; a baseline
 * that knows months hardly learns any more, and then only the half-life counts. The newest day weighs 1, the first, of which
 * nothing was known, 0. O(days²) once.
 *
 * @param days learned, ascending; the last one is what ages are counted from
 * @param growth power of n/N (`calibration_growth`)
 */
export function scoreWeights(days: readonly number[], halfLifeDays: number, growth: number): (day: number) => number {
  const newest = days.at(-1) ?? 0;
  const knownAt = (day: number) =>
    days.reduce((sum, d) => (d < day ? sum + halfLifeWeight(day - 1 - d, halfLifeDays) : sum), 0);
  const now = knownAt(newest);
  const weights = new Map(
    days.map((day) => {
      const share = now > 0 ? Math.min(1, knownAt(day) / now) : 1;
      return [day, share ** growth * halfLifeWeight(newest - day, halfLifeDays)];
    }),
  );
  return (day) => weights.get(day) ?? 0;
}
