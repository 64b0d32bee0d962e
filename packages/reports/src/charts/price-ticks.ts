import { roundRatios } from '@property-insights/charts';
import type { Style } from './style.ts';

/** Pixels of a letter of the axis, and between two labels. */
const letter = 6.4;
const gap = 10;

/**
 * Round prices whose labels fit beside each other on an axis of equal ratios. In German, `500 Tsd. €` is twice as long as `€500k`.
 * @param width of the axis in pixels
 */
export function priceTicks(low: number, high: number, width: number, format: Style['format']): number[] {
  let end = -Infinity;
  return roundRatios(low, high, Math.max(2, Math.floor(width / 48))).filter((value) => {
    const middle = (Math.log(value / low) / Math.log(high / low)) * width;
    const half = (letter * format.text(value, 'short_money').length) / 2;
    if (middle - half < end) return false;
    end = middle + half + gap;
    return true;
  });
}
