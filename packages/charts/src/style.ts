/** What all charts have in common. */
import type { Theme } from './theme.ts';

/** How a chart writes numbers and dates. Pages and documents supply it in the language and currency of their reader. */
export interface ChartFormat {
  /** A round price of an axis: `$500k`. */
  axisPrice(value: number): string;
  /** A price in three digits: `$1.02m`. */
  shortPrice(value: number): string;
  count(value: number): string;
  /** A count of an axis: `10k`. */
  axisCount(value: number): string;
  percent(share: number): string;
  /** The label of a period without its year: `Jan`, `Q1`; the year for a year. */
  period(day: string): string;
  year(day: string): string;
}

export interface ChartStyle {
  theme: Theme;
  format: ChartFormat;
  /** Width in pixels. */
  width: number;
  /** Heights of prices and of numbers of sales in pixels; by default, those of pages. */
  heights?: { prices: number; bars: number };
}

export const isNarrow = ({ width }: Pick<ChartStyle, 'width'>): boolean => width < 520;

/** Pixels left of a chart for the labels of its price axis. In German, `500 Tsd. $` is twice as long as `$500k`. */
export const axisWidth = (labels: string[]): number => Math.max(52, ...labels.map(({ length }) => 12 + 6 * length));

/** A text in the chart with a halo of the ground, so that it can lie on marks. */
export function halo(theme: Theme, colour: string) {
  return { fill: colour, stroke: theme.paper, lineWidth: 4 };
}

/** Text of axes. */
export const axisText = (theme: Theme) => ({ color: theme.ink3, fontSize: 12, fontFamily: 'inherit' });
