import { endOf } from '@property-insights/charts';
import type { IndexMethod, Interval, Rows } from '../address.ts';
import { useCovered } from '../parts/covered.ts';
import { narrowed } from '../parts/trend-section.tsx';
import { usePage } from '../use-page.ts';

/** Whether a method rests on pairs of sales of one property. */
export const isOfPairs = (method: IndexMethod): boolean => method.includes('repeat') || method === 'case_shiller';

/** The rows behind the value of a method in a period: pairs, or the sales of the period. */
export function useRowsOfValue(interval: Interval): (method: IndexMethod, day: string) => Rows {
  const { filters } = usePage();
  const from = useCovered()?.from ?? undefined;
  return (method, day) =>
    isOfPairs(method)
      ? { sold_from: from, ...filters, pairs: interval, in: day }
      : { ...filters, ...narrowed(filters, { sold_from: day, sold_to: endOf(day, interval) }) };
}
