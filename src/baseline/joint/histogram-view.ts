import { fitHistograms, type Histograms, histogramSurprise } from '../../stats/histogram-score.js';
import type { View, ViewArrays } from './view.js';

interface Arrays extends ViewArrays {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly surprise: Float64Array;
}

const histogramsOf = (arrays: ViewArrays): Histograms => {
  const { low, high, surprise } = arrays as Arrays;
  return { bins: surprise.length / low.length - 1, low, high, surprise };
};

/** Σ −ln of the shares of the bins: values that are rare column by column, however the columns go together. */
export const histogramView: View = {
  fit({ sample }): Arrays {
    const { low, high, surprise } = fitHistograms(sample);
    return { low, high, surprise };
  },

  score(arrays, { rows, columns, values }) {
    const histograms = histogramsOf(arrays);
    return Float64Array.from({ length: rows }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += histogramSurprise(histograms, j, values[i * columns + j]!);
      return sum;
    });
  },

  addShares(arrays, point, out) {
    const histograms = histogramsOf(arrays);
    const { bins, surprise } = histograms;
    for (let j = 0; j < out.length; j++) {
      const least = surprise.subarray(j * (bins + 1), (j + 1) * (bins + 1)).reduce((a, b) => Math.min(a, b));
      out[j]! += histogramSurprise(histograms, j, point[j]!) - least;
    }
  },
};
