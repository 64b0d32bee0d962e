/** What the analytical service answers, as far as this page reads it. Prices are whole units of the market's currency. */

import type { Group, Interval, Level } from '../view.ts';

export interface Market {
  code: string;
  name: string;
  currency: string;
  is_default: boolean;
  is_synthetic: boolean;
  attribution: string | null;
  licence: string | null;
}

/** The market that an answer is about. */
export type MarketHeading = Pick<Market, 'code' | 'name' | 'currency'>;

/** Sales that fit the filters but are not standard. */
export interface LeftOut {
  count: number;
  by_reason: Record<string, number>;
}

export interface Summary {
  market: MarketHeading;
  total_properties: number;
  properties_by_region: Record<string, number>;
  sales: number;
  median_price: number | null;
  first_sale: string | null;
  last_sale: string | null;
  /** Fraction: 0.05 is five percent up. null where either year has too few sales to tell. */
  change_over_one_year: number | null;
  left_out: LeftOut;
}

export interface TrendPoint {
  /** First day of the period. */
  period: string;
  /** null for sales that state none, and where nothing is grouped. */
  group: string | null;
  sales: number;
  median: number | null;
  mean: number | null;
  p25: number | null;
  p75: number | null;
  /** Whether the market's data reaches to the period's end. */
  complete: boolean;
}

export interface Trend {
  market: MarketHeading;
  interval: Interval;
  group_by: Group;
  /** Each group has every period, also those without sales. */
  periods: TrendPoint[];
}

export interface Area {
  area: string;
  region: string | null;
  sales: number;
  median: number;
  mean: number;
  change: number | null;
}

export interface Areas {
  market: MarketHeading;
  level: Level;
  /** Areas that there are, of which `areas` are the first. */
  total: number;
  areas: Area[];
  /** Sales that state no such area. */
  unplaced: number;
}
