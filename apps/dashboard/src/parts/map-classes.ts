/** How the points of a map look: the classes of prices, and the sizes. */
import type { MapPoint } from './map-frame.ts';

/** Five round prices that divide the points into six classes of much the same number. */
export function classBreaks(points: MapPoint[]): number[] {
  const medians = points.filter(({ few }) => !few).map(({ median }) => median);
  const sorted = (medians.length >= 6 ? medians : points.map(({ median }) => median)).toSorted((a, b) => a - b);
  const breaks = [1, 2, 3, 4, 5].map((i) => Number((sorted[Math.floor((i * sorted.length) / 6)] ?? 0).toPrecision(2)));
  return [...new Set(breaks)];
}

export const classOf = (breaks: number[], median: number) => breaks.filter((edge) => median >= edge).length;

/** The index of the colour of a class, so that few classes still use the whole scale. */
export const shadeOf = (index: number, count: number) => (count <= 1 ? 3 : Math.round((index / (count - 1)) * 5));

/** Pixels, by the number of sales. */
export const radiusOf = (sales: number) => Math.min(16, Math.max(2, Math.sqrt(sales) * 0.55));
