/** Axes with few, round labels. */

/** Steps of round numbers. */
const steps = [1, 2, 2.5, 5, 10];

export interface Scale {
  min: number;
  max: number;
  interval: number;
}

/**
 * A scale that contains both values, with at most `maxSteps` steps. It begins at 0 unless the values are close together and far from 0. A single value is in its
 * middle.
 */
export function roundScale(low: number, high: number, maxSteps = 4): Scale {
  if (low === high && low > 0) return roundScale(0.9 * low, 1.1 * high, maxSteps);
  const from = low > 0 && low > high * 0.6 ? low : Math.min(0, low);
  const to = high > from ? high : from + 1;
  for (let power = Math.floor(Math.log10((to - from) / maxSteps)); ; power++) {
    for (const step of steps) {
      const interval = step * 10 ** power;
      const min = Math.floor(from / interval) * interval;
      const max = Math.ceil(to / interval - 1e-9) * interval;
      if ((max - min) / interval <= maxSteps + 1e-9) return { min, max, interval };
    }
  }
}

/** A scale of positions, which need not begin at 0. */
export function positionScale(low: number, high: number, maxSteps = 4): Scale {
  const { interval } = roundScale(0, high - low, maxSteps);
  return { min: Math.floor(low / interval) * interval, max: Math.ceil(high / interval) * interval, interval };
}

/**
 * Round values (1, 2 and 5 times powers of ten) within two positive values, for a scale of equal ratios. With too many, fewer steps per decade; with fewer than
 * three, values at equal distances.
 */
export function roundRatios(low: number, high: number, maxLabels = 6): number[] {
  for (const factors of [[1, 2, 5], [1, 5], [1]]) {
    const values: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      values.push(...factors.map((factor) => factor * 10 ** power).filter((value) => value >= low && value <= high));
    }
    if (values.length > maxLabels) continue;
    if (values.length > 2 || high === low) return values;
    const { interval } = roundScale(0, high - low, maxLabels);
    const first = Math.ceil(low / interval);
    return Array.from({ length: Math.floor(high / interval) - first + 1 }, (_, i) => (first + i) * interval);
  }
  return [low, high];
}

/** The values of a scale that have labels. */
export function ticksOf({ min, max, interval }: Scale): number[] {
  return Array.from({ length: Math.round((max - min) / interval) + 1 }, (_, i) => min + i * interval);
}
