import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quality } from '../../src/index.ts';
import { FixtureMarket, storeOf } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('quality', () => {
  test('equals the figures calculated row by row', () =>
    holdsForAll(fc.constantFrom(1, 1.5, 3), async (filters, k) => {
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const result = await random.ask(quality, { ...filters, k, level: 'region', limit: 1000 });
      expect(result.left_out).toEqual(reference.leftOut(leftOut, notStated));
      for (const { field, sales } of result.missing) {
        expect(sales, field).toBe(selected.filter((row) => row[field as keyof reference.Row] === null).length);
      }
      const groups = Map.groupBy(
        selected.filter((row) => row.region !== null && row.price > 0),
        ({ region, type }) => JSON.stringify([region, type]),
      );
      const [expected, compared] = [new Map<number, number>(), { sales: 0 }];
      for (const rows of groups.values()) {
        const logs = rows.map(({ price }) => Math.log(price));
        const center = reference.quantileOf(logs, 0.5) as number;
        const mad = reference.quantileOf(
          logs.map((log) => Math.abs(log - center)),
          0.5,
        ) as number;
        if (rows.length < 20) continue;
        compared.sales += rows.length;
        for (const { id, price } of rows) {
          const deviation = (Math.log(price) - center) / Math.max(1.4826 * mad, 0.1);
          if (Math.abs(deviation) > k) expected.set(id, deviation);
        }
      }
      expect(result.outliers.total).toBe(expected.size);
      expect(result.outliers.compared).toBe(compared.sales);
      expect(result.outliers.not_compared).toBe(result.sales - compared.sales);
      expect(result.outliers.sales.map(({ id }) => id).sort()).toEqual([...expected.keys()].sort());
      for (const { id, deviation } of result.outliers.sales)
        expect(deviation).toBeCloseTo(expected.get(id) as number, 9);
      const dated = selected.filter(({ contract_date }) => contract_date !== null);
      const alike = Map.groupBy(dated, ({ address, locality, region, contract_date, price }) =>
        JSON.stringify([address.toLowerCase(), locality?.toLowerCase(), region, contract_date, price]),
      );
      const distinguished = [...alike.values()].filter((rows) => {
        const distinct = (of: (row: (typeof rows)[number]) => unknown) => new Set(rows.map(of)).size;
        const dealings = new Set(rows.flatMap(({ dealing }) => dealing ?? [])).size;
        const isAlike = distinct((row) => `${row.property_id} ${row.settlement_date}`) < rows.length;
        const hasDays = dated.some(({ contract_date }) => !contract_date?.endsWith('-01'));
        const isDuplicate = dealings < rows.length && (distinct((row) => row.added_by) > 1 || (isAlike && hasDays));
        return rows.length > 1 && !isDuplicate;
      });
      const { duplicates } = result;
      expect(duplicates.not_compared).toBe(selected.length - dated.length + distinguished.flat().length);
      expect(duplicates.compared).toBe(selected.length - duplicates.not_compared);
      expect(duplicates.total).toBe(
        [...alike.values()].filter((rows) => rows.length > 1).length - distinguished.length,
      );
      const months = [...new Set(selected.flatMap(({ contract_date }) => contract_date?.slice(0, 7) ?? []))].sort();
      const span = (month: string | undefined) => Number(month?.slice(0, 4)) * 12 + Number(month?.slice(5));
      const without = months.length ? span(months.at(-1)) - span(months[0]) + 1 - months.length : 0;
      expect(result.gaps.gaps.reduce((sum, gap) => sum + gap.months, 0)).toBe(without);
    }));

  test('finds sales entered twice, mistyped prices and missing values', async () => {
    const usual = Array.from({ length: 40 }, (_, i) => ({
      ...plainSale,
      property: i,
      address: `${i} Green St`,
      price: 900_000 + i * 5_000,
      contract_date: i < 20 ? '2024-01-10' : '2024-05-10',
    }));
    const sales = [
      ...usual,
      { ...plainSale, property: 50, address: '50 GREEN ST', price: 800_000 },
      { ...plainSale, property: 52, address: '52 Green St', price: 95_000, latitude: null },
    ];
    const market = FixtureMarket.create();
    market.write(sales);
    const again = { ...plainSale, address: '50 Green St', price: 800_000 };
    // The same sale by the key of another source, and one that its source states twice.
    market.write([
      { ...again, property: 51 },
      { ...again, property: 60, contract_date: '2024-03-16' },
      { ...again, property: 60, contract_date: '2024-03-16' },
    ]);
    const store = await market.store();
    const { duplicates, outliers, gaps, missing } = await store.ask(quality, {});
    expect(duplicates).toMatchObject({
      total: 2,
      compared: sales.length + 3,
      not_compared: 0,
      groups: [
        { sales: 2, price: 800_000, contract_date: '2024-03-15' },
        { sales: 2, price: 800_000, contract_date: '2024-03-16' },
      ],
    });
    expect(duplicates.groups.map(({ ids }) => ids.length)).toEqual([2, 2]);
    expect(outliers).toMatchObject({
      total: 1,
      compared: sales.length + 3,
      not_compared: 0,
      sales: [{ price: 95_000, area: 'Parramatta' }],
    });
    expect(gaps).toEqual({
      total: 2,
      gaps: [
        { from: '2024-02-01', months: 1 },
        { from: '2024-04-01', months: 1 },
      ],
    });
    expect(missing).toContainEqual({ field: 'latitude', sales: 1 });
    expect(missing).toContainEqual({ field: 'floor_area', sales: 45 });
  });

  test('finds no outlier in an estate of equal homes whose prices differ by some percent', async () => {
    const homes = (locality: string, price: (i: number) => number) =>
      Array.from({ length: 40 }, (_, i) => ({ ...plainSale, property: i, locality, price: price(i) }));
    const store = await storeOf([
      ...homes('Estate', (i) => (i === 39 ? 590_000 : 500_000 + 500 * i)),
      ...homes('Equal', (i) => (i < 35 ? 400_000 : 410_000)),
      ...homes('Parramatta', (i) => (i === 39 ? 9_000_000 : 600_000 + 20_000 * i)),
    ]);
    const { outliers } = await store.ask(quality, {});
    expect(outliers).toMatchObject({ total: 1, compared: 120, not_compared: 0, sales: [{ price: 9_000_000 }] });
  });

  test('calls lots that a register records without a number no duplicates, and counts them', async () => {
    const lots = Array.from({ length: 41 }, (_, i) => ({ ...plainSale, property: i, address: 'Lot Green St' }));
    const units = Array.from({ length: 6 }, (_, i) => ({
      ...plainSale,
      ...{ property: 99, address: '197 Briens Rd', dealing: `AU${i}` },
    }));
    const { duplicates } = await (await storeOf([...lots, ...units, plainSale])).ask(quality, {});
    expect(duplicates).toEqual({ total: 0, compared: 1, not_compared: 47, groups: [] });
  });

  test('says nothing of equal sales of one load whose days are unknown', async () => {
    const monthly = { ...plainSale, contract_date: '2024-03-01' };
    const market = FixtureMarket.create();
    market.write([monthly, monthly, { ...monthly, contract_date: '2024-04-01' }]);
    const store = await market.store();
    const { duplicates } = await store.ask(quality, {});
    expect(duplicates).toEqual({ total: 0, compared: 1, not_compared: 2, groups: [] });
    market.write([{ ...monthly, contract_date: '2024-04-02' }]);
    expect((await store.ask(quality, {})).duplicates).toMatchObject({ total: 1, compared: 4, not_compared: 0 });
  });

  test('finds no gap between a stray date and the covered period', async () => {
    const months = Array.from({ length: 12 }, (_, month) =>
      Array.from({ length: 20 }, (_, i) => ({
        ...plainSale,
        property: 20 * month + i,
        contract_date: `2023-${String(month + 1).padStart(2, '0')}-10`,
      })),
    ).flat();
    const store = await storeOf([...months, { ...plainSale, property: 999, contract_date: '1901-01-01' }]);
    const { gaps, covered } = await store.ask(quality, {});
    expect({ gaps, before: covered.before }).toEqual({ gaps: { total: 0, gaps: [] }, before: 1 });
    expect((await store.ask(quality, { period: 'all' })).gaps.gaps).toEqual([{ from: '1901-02-01', months: 1463 }]);
  });
});
