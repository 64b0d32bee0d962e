/** Axes with round numbers. */

/** @returns the ends of an axis that includes both values, and the distance of its lines, of which there are at most `maxLines` */
export function niceAxis(low: number, high: number, maxLines = 5): { min: number; max: number; interval: number } {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const rough = span / (maxLines - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const interval = power * ([1, 2, 2.5, 5, 10].find((step) => step * power >= rough * 0.999) ?? 10);
  const round = (value: number) => Number(value.toPrecision(12));
  return {
    min: round(Math.floor(low / interval + 1e-9) * interval),
    max: round(Math.ceil(high / interval - 1e-9) * interval),
    interval: round(interval),
  };
}

/** Round values for a logarithmic axis: 1, 2 and 5 times powers of ten, or at equal distances where fewer than three of these are in the range. */
export function priceTicks(low: number, high: number): number[] {
  const all: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const step of [1, 2, 5]) if (step * power >= low && step * power <= high) all.push(step * power);
  }
  if (all.length >= 3) return all;
  const { min, max, interval } = niceAxis(low, high);
  const equal = Array.from({ length: Math.round((max - min) / interval) + 1 }, (_, i) => min + i * interval);
  return equal.filter((value) => value >= low && value <= high);
}
