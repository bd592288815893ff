/** The martingale in logs: its own ln, and how its capital is shared among the bets ε = −1, 0, 1 (shares sum to 1). */
export interface Jumper {
  readonly lnCapital: number;
  readonly shares: readonly [number, number, number];
}

export const FRESH_JUMPER: Jumper = { lnCapital: 0, shares: [1 / 3, 1 / 3, 1 / 3] };

/**
 * One step of the simple jumper: a share J of the capital is dealt anew among the three bets, then each multiplies by
 * 1 + ε·(p − ½). Under independent uniform p it is a martingale from 1, so it ever reaches c with probability at most 1/c.
 * Source: Vovk, Petej, Nouretdinov, Ahlberg, Carlsson and Gammerman (2021), "Retrain or not retrain: conformal test
 * martingales for change-point detection", algorithm 1. O(1).
 *
 * @param p in [0, 1]
 * @param jump J in (0, 1)
 */
export function stepJumper({ lnCapital, shares }: Jumper, p: number, jump: number): Jumper {
  const bets = shares.map((s, i) => ((1 - jump) * s + jump / 3) * (1 + (i - 1) * (p - 0.5)));
  const sum = bets[0]! + bets[1]! + bets[2]!;
  return { lnCapital: lnCapital + Math.log(sum), shares: [bets[0]! / sum, bets[1]! / sum, bets[2]! / sum] };
}
