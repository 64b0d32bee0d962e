/** What the analytical service answers, as far as this page reads it. Prices are whole units of the market's currency. */

import type { Interval } from '../view.ts';

export interface Market {
  code: string;
  name: string;
  currency: string;
  is_default: boolean;
  is_synthetic: boolean;
  attribution: string | null;
  licence: string | null;
}

export interface Summary {
  market: string;
  currency: string;
  total_properties: number;
  properties_by_region: Record<string, number>;
  sales_by_region: Record<string, number>;
  sales_by_type: Record<string, number>;
  sales: number;
  total_value: number;
  median_price: number | null;
  first_sale: string | null;
  last_sale: string | null;
  /** Fraction: 0.05 is 5 % more. */
  change_1y: number | null;
  left_out: { count: number; by_reason: Record<string, number> };
}

export interface TrendPoint {
  /** First day of the period. */
  period: string;
  group: string | null;
  sales: number;
  median: number | null;
  mean: number | null;
  p25: number | null;
  p75: number | null;
  total: number;
}

export interface Trend {
  market: string;
  currency: string;
  interval: Interval;
  periods: TrendPoint[];
}

export interface Area {
  name: string;
  region: string | null;
  sales: number;
  median: number | null;
  mean: number | null;
  change_1y: number | null;
}

export interface Areas {
  market: string;
  currency: string;
  total: number;
  areas: Area[];
}
