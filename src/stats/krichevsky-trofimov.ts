/**
 * Probability of "yes" after `yes` and `no` observations of a yes/no variable: (yes + ½)/(yes + no + 1).
 * Source: Krichevsky and Trofimov (1981), "The performance of universal encoding". In (0, 1).
 */
export function krichevskyTrofimov(yes: number, no: number): number {
  return (yes + 0.5) / (yes + no + 1);
}
