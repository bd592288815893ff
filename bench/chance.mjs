/** Draws of one stream of chance: the same seed, the same numbers. */
export class Chance {
  constructor(seed) {
    this.state = (seed * 0x9e3779b1 + 0x7f4a7c15) >>> 0;
  }

  /** Uniform in [0, 1) (Mulberry32, T. Ettinger). */
  uniform() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(from, to) {
    return from + (to - from) * this.uniform();
  }

  exponential(mean) {
    return -mean * Math.log(1 - this.uniform());
  }

  pareto(least, shape) {
    return least / (1 - this.uniform()) ** (1 / shape);
  }

  /** Standard normal (Box and Muller). */
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Knuth's product for small means, a rounded normal above 60. */
  poisson(mean) {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const least = Math.exp(-mean);
    let k = 0;
    for (let product = this.uniform(); product > least; product *= this.uniform()) k++;
    return k;
  }
}
