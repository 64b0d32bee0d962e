import fc from 'fast-check';
import type { Static } from 'typebox';
import { describe, expect, test } from 'vitest';
import { InvalidQuestion } from '../../src/index.ts';
import { varianceFloor } from '../../src/price-index/case-shiller.ts';
import { mean } from '../../src/price-index/mean.ts';
import { median } from '../../src/price-index/median.ts';
import { type StratumCell, stratifiedMedian } from '../../src/price-index/stratified-median.ts';
import { indexPairs } from '../../src/questions/index-pairs.ts';
import { priceIndex } from '../../src/questions/price-index.ts';
import { type SaleFixture, storeOf } from '../fixture-market.ts';
import { anyFilters, randomMarket } from '../questions/random-market.ts';
import * as sales from '../reference.ts';
import { medianRank } from '../reference.ts';
import { plainSale } from '../sales.ts';
import { expectClose, expectErrorsClose } from './compare.ts';
import * as reference from './reference.ts';
import { publishedIndex, seattleSales, withoutSeattle } from './seattle.ts';

type Parameters = Static<typeof priceIndex.parameters>;
type Result = Static<typeof priceIndex.result>;

const random = randomMarket();

/** A method's part of an answer. */
function part(result: Result, method: Result['methods'][number]['method']) {
  const periods = result.periods.filter((period) => period.method === method);
  const found = result.methods.find((index) => index.method === method) as Result['methods'][number];
  return {
    ...found,
    starts: periods.map(({ period }) => period),
    index: periods.map(({ index }) => index),
    errors: periods.map(({ standard_error }) => standard_error),
    bands: periods.map(({ lower, upper }) => [lower, upper]),
    counts: periods.map(({ count }) => count),
  };
}

const anyInterval = fc.constantFrom('month' as const, 'quarter' as const, 'year' as const);
/** Filters of which some select many sales. */
const anySelection = fc.oneof(
  anyFilters,
  anyFilters.map(({ region, type, standard }) => ({ region, type, standard })),
);

/** Asks, with what the reference has of the same sales; a refusal is the answer undefined. */
async function both(parameters: Parameters) {
  const { selected } = sales.split(random.rows, parameters);
  const usable = (selected as reference.Sale[]).some(({ contract_date, price }) => contract_date !== null && price > 0);
  const result = await random.ask(priceIndex, parameters).catch((error: unknown) => {
    expect(error).toBeInstanceOf(InvalidQuestion);
    return undefined;
  });
  return {
    result,
    ...(usable
      ? reference.priced(selected as reference.Sale[], parameters.interval ?? 'month')
      : { sales: [] as reference.Priced[], starts: [] as string[] }),
  };
}

const holds = <T>(cases: fc.Arbitrary<T>, check: (value: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(cases, check), { numRuns: 30, endOnFailure: true });

describe('equals the index calculated row by row', () => {
  test('of medians and means', () =>
    holds(fc.tuple(anySelection, anyInterval), async ([filters, interval]) => {
      const { result, sales, starts } = await both({ ...filters, interval, method: ['median', 'mean'] });
      expect(result !== undefined).toBe(sales.length > 0);
      if (!result) return;
      const summaries = [...Map.groupBy(sales, ({ period }) => period)].map(([period, all]) => {
        const prices = all.map(({ price }) => price).sort((a, b) => a - b);
        const n = prices.length;
        const k = medianRank(n);
        const average = prices.reduce((a, b) => a + b) / n;
        return {
          period,
          sales: n,
          mean: average,
          deviation: n > 1 ? Math.sqrt(prices.reduce((sum, price) => sum + (price - average) ** 2, 0) / (n - 1)) : null,
          median: ((prices[Math.floor((n - 1) / 2)] as number) + (prices[Math.ceil((n - 1) / 2)] as number)) / 2,
          lower: k > 0 ? (prices[k - 1] as number) : null,
          upper: k > 0 ? (prices[n - k] as number) : null,
        };
      });
      for (const [name, method] of Object.entries({ median, mean })) {
        const found = part(result, name as 'median' | 'mean');
        const { levels, count } = method(summaries, starts.length, 0);
        expect(found.starts).toEqual(starts);
        expect({ base: result.base, count: found.count }).toEqual({ base: starts[0], count });
        expect(found.counts).toEqual(levels.map((level) => level.count));
        expectClose(
          found.index,
          levels.map(({ index }) => index),
        );
        expectClose(
          found.errors,
          levels.map(({ standardError }) => standardError),
        );
        expectClose(
          found.bands.flat(),
          levels.flatMap(({ lower, upper }) => [lower, upper]),
        );
      }
    }));

  const anyGroups = fc.record({
    price_groups: fc.integer({ min: 1, max: 4 }),
    weights: fc.constantFrom('fixed' as const, 'updated' as const),
  });

  test('of medians by strata', () =>
    holds(fc.tuple(anySelection, anyInterval, anyGroups), async ([filters, interval, groups]) => {
      const { result, sales, starts } = await both({ ...filters, interval, ...groups, method: ['stratified_median'] });
      if (!result) return;
      const cells = strata(sales, groups.price_groups);
      const years = starts.map((start) => Number(start.slice(0, 4)));
      const { levels } = stratifiedMedian(cells, years, starts.indexOf(result.base), groups.weights);
      const found = part(result, 'stratified_median');
      expectClose(
        found.index,
        levels.map(({ index }) => index),
      );
      expectClose(
        found.errors,
        levels.map(({ standardError }) => standardError),
      );
    }));

  const anyPairing = fc.record({
    pairs: fc.constantFrom('consecutive' as const, 'all' as const),
    min_months: fc.constantFrom(0, 2, 6, 12),
    max_months: fc.constantFrom(undefined, 24),
    trim: fc.constantFrom(0, 0, 10),
  });

  test('of repeat sales, by all three methods', () =>
    holds(fc.tuple(anySelection, anyInterval, anyPairing), async ([filters, interval, options]) => {
      const { result, sales, starts } = await both({
        ...filters,
        interval,
        ...options,
        method: ['repeat_sales', 'case_shiller', 'arithmetic_repeat_sales'],
      });
      const pairs = reference.pairsOf(sales, {
        pairs: options.pairs,
        minMonths: options.min_months,
        maxMonths: options.max_months,
        trim: options.trim,
      });
      expect(result !== undefined).toBe(pairs.length > 0);
      if (!result) return;
      const base = starts.indexOf(result.base);
      const expected = {
        repeat_sales: reference.baileyMuthNourse(pairs, starts.length, base),
        case_shiller: reference.caseShiller(pairs, starts.length, base, varianceFloor),
        arithmetic_repeat_sales: reference.arithmetic(pairs, starts.length, base),
      };
      // With prices of 1 and of millions, the order of additions changes the result.
      const prices = pairs.flatMap(({ firstPrice, secondPrice }) => [firstPrice, secondPrice]);
      const tolerance = Math.max(1e-7, (1e-12 * Math.max(...prices)) / Math.min(...prices));
      for (const [name, { index, standardError }] of Object.entries(expected)) {
        const found = part(result, name as keyof typeof expected);
        if (found.notes.some((note) => note.includes('cannot estimate variances'))) continue;
        expectClose(found.index, index, tolerance);
        expectErrorsClose(found.errors, { index, standardError });
        expect(found.unconnected).toEqual(
          starts.filter((_, period) => (found.counts[period] as number) > 0 && index[period] === null),
        );
        expect(found.counts).toEqual(
          starts.map((_, period) => pairs.filter(({ first, second }) => first === period || second === period).length),
        );
        const byProperty = [...Map.groupBy(sales, ({ property }) => property).values()];
        const same = byProperty.reduce(
          (sum, all) => sum + all.length - new Set(all.map(({ period }) => period)).size,
          0,
        );
        const once = byProperty.filter(({ length }) => length === 1).length;
        expect(found.left_out['sales of the same property and period'] ?? 0).toBe(same);
        expect(found.left_out['sales of properties sold once'] ?? 0).toBe(once);
        expect(found.count + (found.left_out['pairs not connected to the base'] ?? 0)).toBe(pairs.length);
      }
    }));

  const anyModel = fc.record({
    attribute: fc.subarray(['bedrooms', 'log_land_area', 'bathrooms'] as const, { minLength: 1 }),
    effect: fc.constantFrom<NonNullable<Parameters['effect']>[]>(['none'], ['type'], ['region', 'type'], ['locality']),
  });

  test('of attributes', () =>
    holds(fc.tuple(anySelection, anyInterval, anyModel), async ([filters, interval, model]) => {
      const { result, sales, starts } = await both({ ...filters, interval, ...model, method: ['hedonic'] });
      if (!result) return;
      const values = ({ sale }: reference.Priced) => ({
        bedrooms: sale.bedrooms,
        bathrooms: sale.bathrooms,
        log_land_area: sale.land_area ? Math.log(sale.land_area) : null,
      });
      const rows = sales.map((one) => {
        const stated = model.attribute.map((name) => values(one)[name]);
        const { region, locality, type } = one.sale;
        const effects = { none: null, type, region, locality: `${region} ${locality}`, postcode: null };
        return {
          period: one.period,
          price: one.price,
          group: JSON.stringify([model.effect.map((name) => effects[name]), stated.map((value) => value === null)]),
          attributes: stated.map((value) => value ?? 0),
        };
      });
      const expected = reference.hedonic(rows, starts.length, starts.indexOf(result.base));
      const found = part(result, 'hedonic');
      expectClose(found.index, expected.index, 1e-7);
      expectErrorsClose(found.errors, expected);
      const coefficients = model.attribute.map((name) => found.coefficients?.[name] ?? 0);
      expectClose(coefficients, expected.coefficients, 1e-6, 1);
    }));
});

/** Strata by place and type, as the question forms them. */
function strata(all: reference.Priced[], priceGroups: number): StratumCell[] {
  const price = (list: reference.Priced[], fraction: number) =>
    sales.quantile(
      list.map(({ sale }) => sale),
      fraction,
    ) as number;
  const cells: StratumCell[] = [];
  let strata = 0;
  for (const [type, ofType] of Map.groupBy(all, ({ sale }) => sale.type)) {
    const places = [...Map.groupBy(ofType, ({ sale }) => JSON.stringify([sale.region, sale.locality])).values()]
      .map((list) => ({
        list,
        median: price(list, 0.5),
        region: list[0]?.sale.region,
        locality: list[0]?.sale.locality,
      }))
      .sort((a, b) => a.median - b.median || order(a.region, b.region) || order(a.locality, b.locality));
    let before = 0;
    const groups = Map.groupBy(places, ({ list }) => {
      const group = Math.floor(((before + list.length / 2) / ofType.length) * priceGroups);
      before += list.length;
      return group;
    });
    for (const group of groups.values()) {
      strata++;
      const list = group.flatMap(({ list }) => list);
      for (const [period, sold] of Map.groupBy(list, ({ period }) => period)) {
        cells.push({
          stratum: strata,
          type,
          period,
          sales: sold.length,
          p25: price(sold, 0.25),
          median: price(sold, 0.5),
          p75: price(sold, 0.75),
        });
      }
    }
  }
  return cells;
}

/** As SQL orders names: null last. */
function order(a: string | null | undefined, b: string | null | undefined): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return a < b ? -1 : 1;
}

describe('the pairs of a period', () => {
  test('are as many as the index counts, each of one property and with a sale in the period', () =>
    holds(fc.tuple(anySelection, anyInterval), async ([filters, interval]) => {
      const index = await random
        .ask(priceIndex, { ...filters, interval, method: ['repeat_sales'] })
        .catch(() => undefined);
      for (const { period, count } of index?.periods.slice(0, 3) ?? []) {
        const { total, pairs } = await random.ask(indexPairs, { ...filters, interval, in: period, limit: 1000 });
        expect([total, pairs.length], period).toEqual([count, count]);
        const byId = new Map(random.rows.map((row) => [row.id, row]));
        for (const one of pairs) {
          const [first, second] = [byId.get(one.first_id), byId.get(one.second_id)];
          expect([first?.property_id, second?.property_id]).toEqual([one.property_id, one.property_id]);
          expect([first?.price, second?.price]).toEqual([one.first_price, one.second_price]);
          expect(first?.contract_date && first.contract_date < (second?.contract_date ?? '')).toBe(true);
          expect(one.change).toBeCloseTo(one.second_price / one.first_price - 1);
        }
      }
    }));
});

describe('the base', () => {
  const every: Parameters = {
    interval: 'quarter',
    effect: ['type'],
    method: ['median', 'hedonic', 'repeat_sales', 'case_shiller'],
  };

  test('is the period of the day requested, and only rescales', async () => {
    const first = await random.ask(priceIndex, every);
    const other = await random.ask(priceIndex, { ...every, base: '2021-05-20' });
    expect([first.base, other.base]).toEqual(['2018-01-01', '2021-04-01']);
    for (const name of every.method as NonNullable<Parameters['method']>) {
      const [before, after] = [part(first, name), part(other, name)];
      const at = before.index[before.starts.indexOf('2021-04-01')] as number;
      const rescaled = before.index.map((index) => index && (100 * index) / at);
      // Not by case_shiller: rounding in its first stage moves its weights.
      expectClose(after.index, rescaled, 1e-9);
    }
  });

  test('must be a period with sales', async () => {
    await expect(random.ask(priceIndex, { ...every, base: '2031-01-01' })).rejects.toThrow(
      'base (2031-01-01) must be in a period with sales; they are from 2018-01-01 to 2024-04-01, the first days of quarters.',
    );
  });
});

describe('the start', () => {
  /** A sale each month, as in a small register. */
  const monthly = (from: number, years: number) =>
    Array.from({ length: 12 * years }, (_, i) => ({
      ...plainSale,
      property: 100 * from + i,
      contract_date: `${from + Math.floor(i / 12)}-${String(1 + (i % 12)).padStart(2, '0')}-10`,
      price: 300_000 + 1_000 * i,
      land_area: 400 + 10 * ((i * i) % 7),
      ...{ bedrooms: null, bathrooms: null, car_spaces: null, floor_area: null },
    }));
  const stray = { ...plainSale, property: 1, contract_date: '1950-01-10', price: 1_000, land_area: 500 };
  const methods = ['median', 'hedonic', 'rolling_hedonic'] as Parameters['method'];

  test('and the base are not in a year of stray sales, by any method', async () => {
    const store = await storeOf([stray, ...monthly(2019, 3)]);
    const attribute = ['log_land_area'] as Parameters['attribute'];
    const result = await store.ask(priceIndex, { method: methods, attribute });
    expect(result).toMatchObject({ base: '2019-01-01', sales: 36, before: 0, covered: { before: 1 } });
    expect(result.periods.filter(({ method }) => method === 'median')).toHaveLength(36);
    for (const { count } of result.methods) expect(count).toBe(36);
    // The filter says otherwise: then the index has every period, and its chain and base are the same.
    const all = await store.ask(priceIndex, { method: methods, interval: 'quarter', sold_from: '1950-01-01' });
    expect(all).toMatchObject({ base: '2019-01-01', sales: 37, before: 0 });
    expect(all.periods[0]).toMatchObject({ period: '1950-01-01', count: 1 });
    expect(part(all, 'rolling_hedonic')).toMatchObject({
      count: 36,
      notes: ['The chain starts in 2019-01-01: before, too few were sold.'],
    });
    const based = { method: methods, interval: 'quarter', sold_from: '1950-01-01', base: '2020-01-01' } as const;
    expect((await store.ask(priceIndex, based)).base).toBe('2020-01-01');
  });

  test('of a chain is after a gap too, and says so', async () => {
    const store = await storeOf([...monthly(2010, 2), ...monthly(2019, 3)]);
    const ask = async (base?: string) =>
      part(await store.ask(priceIndex, { method: ['rolling_hedonic'], interval: 'quarter', base }), 'rolling_hedonic');
    const note =
      'The chain restarts in 2019-01-01 after a gap. Index numbers before and after it cannot be compared; base chooses the part.';
    const [later, earlier] = [await ask(), await ask('2010-04-01')];
    expect(later).toMatchObject({ count: 36, notes: [note] });
    expect(earlier).toMatchObject({ count: 24, notes: [note] });
    const values = ({ starts, index }: typeof later) => starts.filter((_, i) => index[i] !== null);
    expect(values(later)[0]).toBe('2019-01-01');
    expect(values(earlier)).toEqual(values(earlier).filter((start) => start < '2012-01-01'));
    expect(values(earlier)).toHaveLength(8);
  });

  test('and the base rest on enough pairs', async () => {
    const pairs = Array.from({ length: 40 }, (_, i) => [
      { ...plainSale, property: i, contract_date: i === 0 ? '2018-03-01' : '2019-03-01', price: 300_000 },
      { ...plainSale, property: i, contract_date: '2020-05-01', price: 330_000 },
    ]).flat();
    const singles = [2018, 2019, 2020].flatMap((year) =>
      monthly(year, 1).map((one) => ({ ...one, property: one.property + year })),
    );
    const store = await storeOf([...pairs, ...singles]);
    const base = async (method: Parameters['method']) =>
      (await store.ask(priceIndex, { interval: 'year', method })).base;
    expect(await base(['median', 'repeat_sales'])).toBe('2019-01-01');
  });
});

describe('a market', () => {
  async function withMarket(
    rows: Partial<SaleFixture>[],
    check: (ask: (parameters: Parameters) => Promise<Result>) => Promise<void>,
  ) {
    const store = await storeOf(rows.map((row) => ({ ...plainSale, ...row })));
    await check((parameters) => store.ask(priceIndex, parameters));
  }

  test('without the data that a method needs is refused with the methods that are possible', () =>
    withMarket(
      [
        { property: 1, contract_date: '2023-01-10', price: 100, bedrooms: null, bathrooms: null, land_area: null },
        { property: 2, contract_date: '2023-03-10', price: 120, bedrooms: null, bathrooms: null, land_area: 0 },
        { property: 3, contract_date: null, price: 120, bedrooms: 2, non_standard: 'contract date missing' },
        { property: 4, contract_date: '2023-02-10', price: 0, non_standard: 'no price' },
      ],
      async (ask) => {
        await expect(ask({ method: ['repeat_sales'] })).rejects.toThrow(
          'There is no repeat_sales index of Test Market here, since no selected property was sold twice in different periods, at least 6 months apart; possible are median, mean, stratified_median.',
        );
        await expect(ask({ method: ['median', 'hedonic'] })).rejects.toThrow(
          'There is no hedonic index of Test Market here, since no selected sale states its floor area, land area, bedrooms, bathrooms, car spaces; possible are median, mean, stratified_median.',
        );
        await expect(ask({ method: ['median'], base: '2023-02-01' })).rejects.toThrow(
          'The month of 2023-02-01 has no sales for median, so that it cannot be its base. The first that can is 2023-01-01.',
        );
        await expect(ask({ sold_from: '2024-01-01' })).rejects.toThrow(
          'No sale matches the filters, so there is no price index; relax the filters, or set period=all if',
        );
        await expect(ask({ min_months: 12, max_months: 6 })).rejects.toThrow(
          'min_months (12) is above max_months (6); exchange them.',
        );
        await expect(ask({ method: ['best'] as never })).rejects.toThrow(InvalidQuestion);
        const result = await ask({ method: ['median'], standard: 'all' });
        expect(result).toMatchObject({ sales: 2, unusable: { 'contract date missing': 1, 'no price': 1 } });
        expect(result.periods).toEqual([
          {
            method: 'median',
            period: '2023-01-01',
            index: 100,
            standard_error: 0,
            lower: 100,
            upper: 100,
            count: 1,
            complete: true,
          },
          {
            method: 'median',
            period: '2023-02-01',
            index: null,
            standard_error: null,
            lower: null,
            upper: null,
            count: 0,
            complete: true,
          },
          {
            method: 'median',
            period: '2023-03-01',
            index: 120,
            standard_error: null,
            lower: null,
            upper: null,
            count: 1,
            complete: true,
          },
        ]);
      },
    ));

  test('whose sales do not state a requested attribute is refused with the attributes that they state', () =>
    withMarket([{ property: 1 }, { property: 2 }], async (ask) => {
      await expect(ask({ method: ['hedonic'], attribute: ['log_floor_area'] })).rejects.toThrow(
        'no selected sale states its floor area; the sales state log_land_area, bedrooms, bathrooms, land_area; possible are median, mean, stratified_median.',
      );
    }));

  test('with a date far from the others is refused with a suggestion of a longer interval', () =>
    withMarket([{ contract_date: '1901-05-01' }, { contract_date: '2024-05-01' }], async (ask) => {
      await expect(ask({ period: 'all' })).rejects.toThrow(
        'more than 600 periods; choose a longer interval, or set sold_from and sold_to.',
      );
      expect((await ask({ interval: 'year', period: 'all' })).periods).toHaveLength(124);
    }));

  test('with two groups of periods that nothing connects reports the one without the base', () =>
    withMarket(
      [
        { property: 1, contract_date: '2020-01-10', price: 100 },
        { property: 1, contract_date: '2022-01-10', price: 150 },
        { property: 2, contract_date: '2020-01-20', price: 100 },
        { property: 2, contract_date: '2022-01-10', price: 160 },
        { property: 3, contract_date: '2021-01-10', price: 100 },
        { property: 3, contract_date: '2023-01-10', price: 130 },
      ],
      async (ask) => {
        const result = await ask({ interval: 'year', method: ['repeat_sales', 'median'] });
        const found = part(result, 'repeat_sales');
        expect(found).toMatchObject({
          unconnected: ['2021-01-01', '2023-01-01'],
          left_out: { 'pairs not connected to the base': 1 },
          counts: [2, 1, 2, 1],
        });
        expectClose(found.index, [100, null, 100 * Math.sqrt(1.5 * 1.6), null]);
        const other = await ask({ interval: 'year', method: ['repeat_sales'], base: '2023-06-30' });
        expectClose(part(other, 'repeat_sales').index, [null, 100 / 1.3, null, 100]);
      },
    ));

  test('with the largest prices possible is paired like any other', () =>
    withMarket(
      [
        { property: 1, contract_date: '2000-01-10', price: 2 ** 52 },
        { property: 1, contract_date: '2023-12-10', price: 2 ** 53 - 1 },
        { property: 2, contract_date: '2000-01-10', price: 1 },
        { property: 2, contract_date: '2023-11-10', price: 3 },
      ],
      async (ask) => {
        const { index } = part(await ask({ method: ['repeat_sales'], standard: 'all', period: 'all' }), 'repeat_sales');
        expectClose([index.at(-2) as number, index.at(-1) as number], [300, 200]);
      },
    ));
});

describe('quality', () => {
  const month = (index: number) => `${2010 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-15`;

  test('of prices that all follow one index is perfect, and that of another index shows its error', async () => {
    // Prices double every year, of cheap and expensive properties alternately: medians jump, repeat sales do not.
    const rows = Array.from({ length: 400 }, (_, i) => {
      const [property, at] = [i % 100, (i * 7 + Math.floor(i / 100)) % 24];
      const price = Math.round(2 ** (at / 12) * (property % 3 ? 100_000 : 900_000));
      return { ...plainSale, property, contract_date: month(at), price };
    });
    const store = await storeOf(rows);
    const result = await store.ask(priceIndex, {
      method: ['median', 'repeat_sales'],
      quality: true,
      min_months: 1,
    });
    const [medians, repeats] = result.methods.map(({ quality }) => quality);
    expect(repeats?.accuracy.told).toBe(repeats?.accuracy.pairs);
    expect(repeats?.accuracy.pairs).toBe(medians?.accuracy.pairs);
    for (const figure of ['median_absolute', 'mean_absolute', 'bias'] as const) {
      expect(Math.abs(repeats?.accuracy[figure] as number)).toBeLessThan(1e-4);
    }
    expect(medians?.accuracy.mean_absolute).toBeGreaterThan(0.01);
    expect(repeats?.volatility?.mean).toBeLessThan(1e-4);
    expect(repeats?.revision).toMatchObject({ vintages: 12 });
    expect(repeats?.revision?.max_absolute).toBeLessThan(1e-4);
    expect(medians?.revision).toMatchObject({ mean: 0, max_absolute: 0 });
  });

  test('is null by default', async () => {
    const { methods } = await random.ask(priceIndex, {});
    expect(methods.map(({ method, quality }) => ({ method, quality }))).toEqual([
      { method: 'stratified_median', quality: null },
    ]);
  });
});

describe.skipIf(withoutSeattle)('Seattle', () => {
  test('the published indices are reproduced from sales in a replica', async () => {
    const rows = seattleSales().map((sale) => ({
      ...plainSale,
      property: sale.property,
      contract_date: sale.date,
      price: sale.price,
      type: sale.type,
      locality: `Area ${sale.area}`,
      bedrooms: sale.beds,
      bathrooms: sale.baths,
      // Square feet as they are: the unit makes no difference.
      floor_area: sale.squareFeet,
      land_area: null,
    }));
    const store = await storeOf(rows);
    const result = await store.ask(priceIndex, {
      method: ['repeat_sales', 'case_shiller', 'arithmetic_repeat_sales', 'hedonic'],
      pairs: 'all',
      min_months: 12,
      attribute: ['floor_area', 'bedrooms', 'bathrooms'],
      effect: ['none'],
    });
    expect(result).toMatchObject({ base: '2010-01-01', sales: 5348 });
    const repeats = part(result, 'repeat_sales');
    expect(repeats.count).toBe(557);
    expectClose(repeats.index, publishedIndex('rt_ols_monthly_allpairs_min12.csv'));
    expectClose(part(result, 'hedonic').index, publishedIndex('hed_ols_monthly_tot_sf_beds_baths.csv'));
    const pairs = reference.pairsOf(
      seattleSales().map((sale) => ({ ...sale, period: sale.month })),
      { pairs: 'all', minMonths: 12, trim: 0 },
    );
    expectClose(part(result, 'case_shiller').index, reference.caseShiller(pairs, 84, 0, varianceFloor).index);
    expectClose(part(result, 'arithmetic_repeat_sales').index, reference.arithmetic(pairs, 84, 0).index);
    // Repeat sales fit later prices better than medians do.
    const { methods } = await store.ask(priceIndex, {
      method: ['median', 'hedonic', 'repeat_sales'],
      quality: true,
      interval: 'quarter',
    });
    const [medians, , paired] = methods.map(({ quality }) => quality?.accuracy.median_absolute as number);
    expect(paired as number).toBeLessThan(0.2);
    expect(medians as number).toBeLessThan(0.25);
  });
});
