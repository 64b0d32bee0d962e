/** The list of methods: the data that each reads of the sales, and how it computes an index from it. */
import { arithmetic } from './arithmetic.ts';
import { baileyMuthNourse, pairConnections, pairsByPeriod } from './bailey-muth-nourse.ts';
import { caseShiller } from './case-shiller.ts';
import type { Estimate } from './estimate.ts';
import { wellFilled } from './filled.ts';
import { type HedonicData, hedonic, hedonicConnections, salesByPeriod } from './hedonic.ts';
import { increase } from './linear.ts';
import { mean } from './mean.ts';
import { median } from './median.ts';
import { type Effect, type Regressor, readHedonic } from './read-hedonic.ts';
import { type PairOptions, readPairs } from './read-pairs.ts';
import { readMeans, readMediansByPeriod } from './read-prices.ts';
import { readStrata } from './read-strata.ts';
import { type RollingOptions, rollingHedonic, splicedRegressions } from './rolling-hedonic.ts';
import { type Sales, upTo } from './sales.ts';
import { stratifiedMedian, stratifiedMedianConnections, type Weights } from './stratified-median.ts';
import { type Interval, monthsIn, startOf, yearOf } from './timeline.ts';

export const methodNames = [
  'median',
  'mean',
  'stratified_median',
  'hedonic',
  'rolling_hedonic',
  'repeat_sales',
  'case_shiller',
  'arithmetic_repeat_sales',
] as const;
export type MethodName = (typeof methodNames)[number];

export interface Options {
  priceGroups: number;
  weights: Weights;
  attributes: Regressor[] | undefined;
  effects: Effect[];
  rolling: RollingOptions;
  pairs: PairOptions;
}

/** The options by default. */
export function defaultOptions(interval: Interval): Options {
  return {
    priceGroups: 5,
    weights: 'fixed',
    attributes: undefined,
    effects: ['locality', 'type'],
    rolling: { window: { month: 13, quarter: 5, year: 3 }[interval], splice: 'mean' },
    pairs: { pairs: 'consecutive', minMonths: 6, maxMonths: undefined, trim: 0 },
  };
}

/** A method with the data that it has read of the sales. */
export interface Prepared {
  /** Groups of periods that can be compared with each other; the one with the most data is first. One of them has to include the base. */
  connected: number[][];
  /** The numbers of sales or pairs by period. */
  counts: number[];
  estimate(base: number): Promise<Estimate>;
  /** The same with the sales up to the end of a period. */
  upTo(period: number): Promise<Prepared>;
}

export interface Method {
  /** The unit of `count`. */
  unit: 'sales' | 'pairs';
  /** @throws MissingData if the sales lack data that the method needs */
  prepare(sales: Sales, options: Options): Promise<Prepared>;
}

/** Reads the data once for all methods that use it. Every question has its own `Sales` object and one set of options. */
function once<Data>(read: (sales: Sales, options: Options) => Promise<Data>): typeof read {
  const kept = new WeakMap<Sales, Promise<Data>>();
  return (sales, options) => {
    const data = kept.get(sales) ?? read(sales, options);
    kept.set(sales, data);
    return data;
  };
}

const strataOf = once((sales, { priceGroups }) => readStrata(sales, priceGroups));
const hedonicOf = once((sales, { attributes, effects }) => readHedonic(sales, attributes, effects));
const pairsOf = once((sales, { pairs }) => readPairs(sales, pairs));

function countsOf(of: Iterable<readonly [period: number, count: number]>, periods: number): number[] {
  const counts = new Array<number>(periods).fill(0);
  for (const [period, count] of of) increase(counts, period, count);
  return counts;
}

function ofPrices<Prices extends { period: number; sales: number }>(
  read: (sales: Sales) => Promise<Prices[]>,
  estimate: (prices: Prices[], periods: number, base: number) => Estimate,
): Method {
  return {
    unit: 'sales',
    async prepare(sales) {
      const periods = sales.timeline.length;
      const prepared = (prices: Prices[]): Prepared => ({
        connected: [prices.map(({ period }) => period)],
        counts: countsOf(
          prices.map(({ period, sales }) => [period, sales]),
          periods,
        ),
        estimate: async (base) => estimate(prices, periods, base),
        upTo: async (last) => prepared(prices.filter(({ period }) => period <= last)),
      });
      return prepared(await read(sales));
    },
  };
}

const stratified: Method = {
  unit: 'sales',
  async prepare(sales, options) {
    const cells = await strataOf(sales, options);
    const years = Array.from({ length: sales.timeline.length }, (_, period) => yearOf(sales.timeline, period));
    return {
      connected: stratifiedMedianConnections(cells, years, options.weights),
      counts: countsOf(
        cells.map(({ period, sales }) => [period, sales]),
        years.length,
      ),
      estimate: async (base) => stratifiedMedian(cells, years, base, options.weights),
      // At that time, places may have been in other price groups.
      upTo: (last) => stratified.prepare(upTo(sales, last), options),
    };
  },
};

function ofAttributes(
  prepare: (data: HedonicData, options: Options, sales: Sales) => Promise<Pick<Prepared, 'connected' | 'estimate'>>,
): Method {
  return {
    unit: 'sales',
    async prepare(sales, options) {
      const prepared = async (data: HedonicData): Promise<Prepared> => ({
        ...(await prepare(data, options, sales)),
        counts: salesByPeriod(data),
        upTo: (last) => prepared({ ...data, periods: last + 1 }),
      });
      return prepared(await hedonicOf(sales, options));
    },
  };
}

function ofPairs(estimate: typeof baileyMuthNourse): Method {
  return {
    unit: 'pairs',
    async prepare(sales, options) {
      const periods = sales.timeline.length;
      const prepared = ({ cells, leftOut }: Awaited<ReturnType<typeof readPairs>>): Prepared => ({
        connected: pairConnections(cells, periods),
        counts: pairsByPeriod(cells, periods),
        estimate: async (base) => {
          const result = estimate(cells, periods, base);
          return { ...result, leftOut: { ...leftOut, ...result.leftOut } };
        },
        upTo: async (last) => prepared({ cells: cells.filter(({ second }) => second <= last), leftOut }),
      });
      return prepared(await pairsOf(sales, options));
    },
  };
}

export const methods: Record<MethodName, Method> = {
  median: ofPrices(readMediansByPeriod, median),
  mean: ofPrices(readMeans, mean),
  stratified_median: stratified,
  hedonic: ofAttributes(async (data, _, { db }) => ({
    connected: hedonicConnections(data),
    estimate: (base) => hedonic(data, base, () => db.pause()),
  })),
  rolling_hedonic: ofAttributes(async (data, { rolling }, { db, timeline }) => {
    const yearly = 12 / monthsIn[timeline.interval];
    const chains = await splicedRegressions(data, rolling, wellFilled(salesByPeriod(data), yearly), () => db.pause());
    return {
      connected: chains.map(({ levels }) => [...levels.keys()].sort((a, b) => a - b)),
      estimate: async (base) => rollingHedonic(data, chains, base, (period) => startOf(timeline, period)),
    };
  }),
  repeat_sales: ofPairs(baileyMuthNourse),
  case_shiller: ofPairs(caseShiller),
  arithmetic_repeat_sales: ofPairs(arithmetic),
};
