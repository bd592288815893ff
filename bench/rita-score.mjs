/**
 * RITA's beacon score by its public documentation and source (activecm/rita v5, analysis/beacons.go, read in November
 * 2026), written anew from the formulas: the mean of
 *   times      ½ (1 − |Bowley skewness of the gaps|) + ½ (1 − MAD/median),   whole seconds, gaps of 0 left out
 *   histogram  the better of 1 − coefficient of variation of 24 bars, and how many bars fall into two heights
 *   duration   the better of the share of the range that is covered, and the longest run of bars over 12
 * Its fourth part, data sizes, is left out: all simulated beats have one size, and it would be 1 for every pair.
 */
const BARS = 24;
const LEAST_BARS = 6;
const TWO_HEIGHTS_BARS = 11;
const IDEAL_RUN = 12;
const HEIGHT_WIDTH = 0.05;

const middle = (sorted) => {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

function timesScore(seconds) {
  const gaps = [];
  for (let i = 1; i < seconds.length; i++) if (seconds[i] > seconds[i - 1]) gaps.push(seconds[i] - seconds[i - 1]);
  if (gaps.length < 3) return 0;
  gaps.sort((a, b) => a - b);
  const half = gaps.length >> 1;
  const [q1, q2, q3] = [middle(gaps.slice(0, half)), middle(gaps), middle(gaps.slice(gaps.length - half))];
  const skewed = q3 - q1 >= 10 && q2 !== q1 && q2 !== q3;
  const skewness = skewed ? (q1 + q3 - 2 * q2) / (q3 - q1) : 0;
  const deviation = middle(gaps.map((gap) => Math.abs(gap - q2)).sort((a, b) => a - b));
  return (1 - Math.abs(skewness)) / 2 + Math.max(0, 1 - deviation / q2) / 2;
}

function histogramScore(bars) {
  const mean = bars.reduce((a, b) => a + b, 0) / BARS;
  const sd = Math.sqrt(bars.reduce((a, b) => a + (b - mean) ** 2, 0) / BARS);
  const steady = Math.max(0, 1 - sd / mean);
  const filled = bars.filter((bar) => bar > 0);
  if (filled.length < TWO_HEIGHTS_BARS) return steady;
  const width = Math.ceil(Math.max(...bars) * HEIGHT_WIDTH);
  const heights = new Map();
  for (const bar of filled) {
    const height = Math.floor(bar / width);
    heights.set(height, (heights.get(height) ?? 0) + 1);
  }
  const [first, second = 0] = [...heights.values()].sort((a, b) => b - a);
  return Math.max(steady, Math.min(1, (first + second) / Math.max(1, filled.length - 1)));
}

function durationScore(bars, covered) {
  if (bars.filter((bar) => bar > 0).length < LEAST_BARS) return 0;
  let longest = 0;
  let run = 0;
  // Round the clock: a run may go on from the last bar to the first.
  for (let i = 0; i < 2 * BARS; i++) {
    run = bars[i % BARS] > 0 ? run + 1 : 0;
    longest = Math.max(longest, Math.min(run, BARS));
  }
  return Math.max(Math.min(1, covered), Math.min(1, longest / IDEAL_RUN));
}

/** @param range first and last ms of the whole data set; in [0, 1] */
export function ritaScore(times, range) {
  const [from, to] = range;
  const bars = new Array(BARS).fill(0);
  for (const t of times) bars[Math.min(BARS - 1, Math.floor(((t - from) / (to - from)) * BARS))]++;
  const seconds = Array.from(times, (t) => Math.floor(t / 1000));
  const covered = (times[times.length - 1] - times[0]) / (to - from);
  return (timesScore(seconds) + histogramScore(bars) + durationScore(bars, covered)) / 3;
}
