import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { summary } from '../../src/index.ts';
import { FixtureMarket } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('summary', () => {
  function parts(rows: reference.Row[], column: 'region' | 'type') {
    return [...Map.groupBy(rows, (row) => row[column])]
      .map(([name, sales]) => ({
        ...reference.medianSupport(sales),
        ...(column === 'type' && { percentiles: percentiles(sales) }),
        [column]: name,
        sales: sales.length,
        total_value: reference.total(sales),
        median_price: reference.quantile(sales, 0.5),
      }))
      .sort(
        (a: Record<string, unknown>, b: Record<string, unknown>) =>
          Number(a[column] === null) - Number(b[column] === null) ||
          Number(b.sales) - Number(a.sales) ||
          (`${a[column]}` < `${b[column]}` ? -1 : 1),
      );
  }

  function percentiles(sales: reference.Row[]) {
    return Object.fromEntries(
      [10, 25, 50, 75, 90].map((percent) => [`p${percent}`, reference.quantile(sales, percent / 100)]),
    );
  }

  test('equals the figures calculated row by row', () =>
    holdsForAll(fc.constant(null), async (filters) => {
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const days = selected.flatMap(({ contract_date }) => contract_date ?? []).sort();
      const byRegion = Map.groupBy(selected, ({ region }) => region);
      byRegion.delete(null);
      const average = reference.mean(selected);
      const { change, interval } = reference.changeOver(selected, random.covered, 1);
      const { average_price, ...result } = await random.ask(summary, filters);
      expect(reference.rounded(result)).toEqual(
        reference.rounded({
          total_properties: reference.properties(selected),
          properties_by_region: Object.fromEntries(
            [...byRegion].map(([region, sales]) => [region, reference.properties(sales)]),
          ),
          market: { code: 'test', name: 'Test Market', currency: 'AUD' },
          sales: selected.length,
          total_value: reference.total(selected),
          mean_price: average,
          median_price: reference.quantile(selected, 0.5),
          ...reference.medianSupport(selected),
          percentiles: percentiles(selected),
          first_sale: days[0] ?? null,
          last_sale: days.at(-1) ?? null,
          change_over_one_year: change,
          change_over_one_year_interval: interval,
          by_region: parts(selected, 'region'),
          by_type: parts(selected, 'type'),
          left_out: reference.leftOut(leftOut, notStated),
          covered: reference.covered(random.rows, selected),
        }),
      );
      if (average === null) expect(average_price).toBe('N/A');
      else {
        expect(average_price).toMatch(/^\d{1,3}(,\d{3})*\.\d\d$/);
        expect(Math.abs(Number(average_price.replaceAll(',', '')) - average)).toBeLessThanOrEqual(0.005 + 1e-9);
      }
    }));

  test('has no change over a year of which the data has only a few sales', async () => {
    const market = FixtureMarket.create();
    const sales = (count: number, contract_date: string, price: number) =>
      Array.from({ length: count }, (_, i) => ({ ...plainSale, property: i, contract_date, price }));
    market.write([...sales(20, '2024-06-30', 110), ...sales(9, '2023-06-30', 100)]);
    const store = await market.store();
    const change = async () => (await store.ask(summary, {})).change_over_one_year;
    expect(await change()).toBe(null);
    market.write(sales(1, '2023-06-30', 100));
    expect(await change()).toBeCloseTo(0.1, 12);
  });

  test('has the change of a covered market of which sales more than doubled', async () => {
    const market = FixtureMarket.create();
    const sales = (year: number, each: number, price: number) =>
      Array.from({ length: 12 * each }, (_, i) => {
        const contract_date = `${year}-${String((i % 12) + 1).padStart(2, '0')}-15`;
        return { ...plainSale, property: i, contract_date, price };
      });
    market.write([...sales(2022, 2, 100), ...sales(2023, 2, 100), ...sales(2024, 6, 120)]);
    const { change_over_one_year, change_over_one_year_interval } = await (await market.store()).ask(summary, {});
    expect(change_over_one_year).toBeCloseTo(0.2, 12);
    expect(change_over_one_year_interval).toMatchObject({ sales: 72, sales_before: 24 });
  });
});
