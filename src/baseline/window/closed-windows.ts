import { MINUTES, runningValues, type Series } from './hour-series.js';
import { lossClass, type WindowModel } from './spec.js';

/** All windows of an hour that held something: position of the size, minute they ended, value, loss class. */
export function windowsOf(series: Series, lost: readonly Float64Array[], model: WindowModel) {
  const found: { size: number; minute: number; value: number; loss: number }[] = [];
  model.sizes.forEach((seconds, size) => {
    const minutes = seconds / 60;
    const running = runningValues(series.added[size]!, minutes);
    for (let m = minutes - 1; m < MINUTES; m += minutes) {
      if (running[m]! <= 0) continue;
      found.push({ size, minute: m, value: running[m]!, loss: lossClass(lost[size]![m]!, model.constants) });
    }
  });
  return found;
}
