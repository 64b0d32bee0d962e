import { describe, expect, test } from 'vitest';
import { indexRevisions } from '../../src/index.ts';
import { FixtureMarket } from '../fixture-market.ts';
import { plainSale } from '../sales.ts';

describe('index revisions', () => {
  const sales = (year: number, price: number, count: number) =>
    Array.from({ length: count }, () => ({ ...plainSale, contract_date: `${year}-05-10`, price }));

  test('compare what each load knew with what is known now', async () => {
    const market = FixtureMarket.create();
    market.write([...sales(2020, 400_000, 10), ...sales(2021, 440_000, 10)]);
    market.write([...sales(2021, 480_000, 20), ...sales(2022, 500_000, 10)]);
    market.write(sales(2022, 600_000, 30));
    const store = await market.store();
    const result = await store.ask(indexRevisions, { interval: 'year', method: 'median', period: 'all' });
    expect(result).toMatchObject({ method: 'median', base: '2020-01-01' });
    // Medians: 2021 from 440,000 to 480,000, 2022 from 500,000 to 600,000.
    const [second, first] = result.loads;
    expect(second).toMatchObject({ sales: 50, compared: 2, mean_absolute: 12.5, max_absolute: 25 });
    expect(second).toMatchObject({ latest: '2022-01-01', latest_then: 125, latest_now: 150 });
    expect(first).toMatchObject({ sales: 20, compared: 1, mean_absolute: 10, max_absolute: 10 });
    expect(first).toMatchObject({ latest: '2021-01-01', latest_then: 110, latest_now: 120 });
    expect(result.loads).toHaveLength(2);
    expect((await store.ask(indexRevisions, { interval: 'year', loads: 1 })).loads).toHaveLength(1);
  });

  test('leave out periods that were not covered then', async () => {
    const market = FixtureMarket.create();
    const month = (n: number, count: number, price: number) =>
      Array.from({ length: count }, () => ({
        ...plainSale,
        contract_date: `2023-${String(n).padStart(2, '0')}-10`,
        price,
      }));
    const months = Array.from({ length: 11 }, (_, i) => i + 1);
    // Of the sales of November, a quarter is known at first, the cheapest ones.
    market.write(months.flatMap((n) => (n === 11 ? month(n, 15, 200_000) : month(n, 60, 400_000))));
    market.write([...month(11, 45, 400_000), ...month(12, 60, 400_000)]);
    const store = await market.store();
    const load = async (period: 'covered' | 'all') =>
      (await store.ask(indexRevisions, { method: 'median', period })).loads[0];
    expect(await load('covered')).toMatchObject({ covered_to: '2023-10-31', compared: 9, max_absolute: 0 });
    expect(await load('all')).toMatchObject({ covered_to: '2023-10-31', compared: 10, max_absolute: 50 });
  });
});
