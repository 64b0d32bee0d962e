/** Edges of histogram bins, at round numbers. */

/** Steps within a decade, from coarse to fine: whole decades, 1-2-5, and the preferred numbers E6, E12 and E24 of IEC 60063. */
const series = [
  [1],
  [1, 2, 5],
  [1, 1.5, 2.2, 3.3, 4.7, 6.8],
  [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2],
  [1, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2, 2.2, 2.4, 2.7, 3, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1],
];

/**
 * Edges of bins of one width (1, 2 or 5 times a power of ten), the narrowest that gives at most `max` bins. The first edge is at or below
 * `low`, which must be positive, the last above `high`.
 */
export function linearEdges(low: number, high: number, max: number): number[] {
  // With bins narrower than a billionth of the values, edges could be equal.
  return evenEdges(low, high, max, Math.floor(Math.log10(Math.max((high - low) / max || high, high / 1e9))));
}

/** The same with widths of at least 1, for values that may be 0 or less; at least two bins, as zero is an edge. */
export function wholeEdges(low: number, high: number, max: number): number[] {
  return evenEdges(low, high, Math.max(2, max), 0);
}

function evenEdges(low: number, high: number, max: number, narrowest: number): number[] {
  for (let power = narrowest; ; power++) {
    for (const step of [1, 2, 5]) {
      const width = step * 10 ** power;
      const first = Math.floor(low / width);
      const count = Math.floor(high / width) + 1 - first;
      if (count <= max) return Array.from({ length: count + 1 }, (_, i) => rounded((first + i) * width));
    }
  }
}

/**
 * Edges of bins that widen with the values, with the finest series of steps that gives at most `max` bins. The first edge is at or below `low`,
 * which must be positive, the last above `high`. If whole decades are too many, every second or third decade is an edge.
 */
export function logEdges(low: number, high: number, max: number): number[] {
  let [from, to] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high)) + 1];
  // The logarithm of 999,999,999,999.99 is rounded to 12.
  if (10 ** from > low) from -= 1;
  if (10 ** to <= high) to += 1;
  for (const steps of series.toReversed()) {
    const all: number[] = [];
    for (let power = from; power <= to; power++) all.push(...steps.map((step) => rounded(step * 10 ** power)));
    const edges = all.slice(
      all.findLastIndex((edge) => edge <= low),
      all.findIndex((edge) => edge > high) + 1,
    );
    if (edges.length - 1 <= max) return edges;
  }
  const stride = Math.ceil((to - from) / max);
  return Array.from({ length: Math.ceil((to - from) / stride) + 1 }, (_, i) => rounded(10 ** (from + i * stride)));
}

/** Rounds 0.30000000000000004 to 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
