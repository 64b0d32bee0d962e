import fc from 'fast-check';
import type { Static } from 'typebox';
import { describe, expect, test } from 'vitest';
import { areas } from '../../src/index.ts';
import { FixtureMarket } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';
import { tamperedValues } from './tampered-values.ts';

const random = randomMarket();

describe('areas', () => {
  const choices = fc.record({
    level: fc.constantFrom('region' as const, 'locality' as const, 'postcode' as const),
    sort: fc.constantFrom('sales' as const, 'median' as const, 'change' as const, 'change_over_five_years' as const),
    order: fc.constantFrom('asc' as const, 'desc' as const),
    limit: fc.constantFrom(1, 2, 3, 1000),
  });

  test('equals the figures calculated row by row, over all pages', () =>
    holdsForAll(choices, async (filters, choices) => {
      const { level, sort, order, limit } = choices;
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const groups = Map.groupBy(
        selected.filter((row) => row[level] !== null),
        (row) => JSON.stringify([row[level], level === 'postcode' ? null : row.region]),
      );
      const expected = [...groups].map(([key, sales]) => {
        const [area, region] = JSON.parse(key);
        return {
          area,
          region,
          sales: sales.length,
          median: reference.quantile(sales, 0.5) as number,
          mean: reference.mean(sales) as number,
          ...reference.medianSupport(sales),
          ...reference.changes(sales, random.covered),
          thin: sales.length < 6,
          first_sale: reference.days(sales)[0] ?? null,
          last_sale: reference.days(sales).at(-1) ?? null,
          outside: 0,
        };
      });
      const found: Static<typeof areas.result>['areas'] = [];
      let cursor: string | null | undefined;
      do {
        const page = await random.ask(areas, { ...filters, ...choices, cursor: cursor ?? undefined });
        expect(page.total).toBe(expected.length);
        expect(page.areas.length).toBeLessThanOrEqual(limit);
        expect(page.left_out).toEqual(reference.leftOut(leftOut, notStated));
        expect(page.unplaced).toBe(selected.filter((row) => row[level] === null).length);
        found.push(...page.areas);
        cursor = page.next;
      } while (cursor);
      const byName = <T extends { area: string; region: string | null }>(list: T[]) =>
        list.toSorted((a, b) => (JSON.stringify([a.area, a.region]) < JSON.stringify([b.area, b.region]) ? -1 : 1));
      const unranked = found.map(({ rank: _, ...area }) => area);
      expect(reference.rounded(byName(unranked))).toEqual(reference.rounded(byName(expected)));
      const recent = reference.yearsBefore(
        expected
          .map((area) => area.last_sale ?? '')
          .sort()
          .at(-1) ?? '',
        1,
      );
      const isRanked = (area: (typeof expected)[number]) => {
        if (sort === 'sales') return !area.thin;
        const support = sort === 'median' ? area.support : area[`${sort}_interval`].support;
        const isRecent = sort !== 'median' || area.last_sale === null || area.last_sale >= recent;
        return area[sort] !== null && support === 'good' && isRecent;
      };
      const ranked = expected.filter(isRanked).map((area) => area[sort] as number);
      const ahead = (value: number) =>
        ranked.filter((other) => (order === 'asc' ? other < value : other > value)).length;
      for (const area of found) expect(area.rank).toBe(isRanked(area) ? ahead(area[sort] as number) + 1 : null);
      const ranks = found.map(({ rank }) => rank ?? Infinity);
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    }));

  test('is led by well-supported areas, by median and by change', async () => {
    const market = FixtureMarket.create();
    const sales = (locality: string, count: number, price: number) =>
      ['2023-06-30', '2024-06-30'].flatMap((contract_date, year) =>
        Array.from({ length: count }, (_, i) => ({
          ...plainSale,
          ...{ contract_date, locality, price: price + i + year * price * (count < 30 ? 3 : 0.1) },
        })),
      );
    market.write([
      ...sales('Few', 4, 9000),
      ...sales('Limited', 12, 5000),
      ...sales('Good', 30, 1000),
      ...sales('Better', 40, 2000),
    ]);
    const store = await market.store();
    const ranking = async (sort: 'median' | 'change', order: 'asc' | 'desc') =>
      (await store.ask(areas, { sort, order })).areas.map(({ area, rank }) => [area, rank]);
    const others = [
      ['Limited', null],
      ['Few', null],
    ];
    expect(await ranking('median', 'desc')).toEqual([['Better', 1], ['Good', 2], ...others]);
    expect(await ranking('median', 'asc')).toEqual([['Good', 1], ['Better', 2], ...others]);
    expect((await ranking('change', 'desc')).slice(2)).toEqual(others);
    expect((await ranking('change', 'asc')).slice(2)).toEqual(others);
  });

  test('is not led by areas of other times, and begins with well-supported areas where there is no change', async () => {
    const market = FixtureMarket.create();
    const sales = (locality: string, count: number, price: number, contract_date: string) =>
      Array.from({ length: count }, () => ({ ...plainSale, locality, price, contract_date }));
    market.write([
      ...sales('Ended', 40, 70_000, '1996-05-10'),
      ...sales('Alone', 1, 900_000, '2024-05-10'),
      ...sales('Present', 40, 400_000, '2024-05-10'),
      ...sales('Recent', 40, 500_000, '2023-06-10'),
    ]);
    const store = await market.store();
    const ranking = async (sort: 'median' | 'change', order: 'asc' | 'desc') =>
      (await store.ask(areas, { sort, order })).areas.map(({ area, rank }) => [area, rank]);
    expect(await ranking('median', 'asc')).toEqual([
      ['Present', 1],
      ['Recent', 2],
      ['Alone', null],
      ['Ended', null],
    ]);
    expect((await ranking('change', 'desc')).map(([area]) => area)).toEqual(['Ended', 'Present', 'Recent', 'Alone']);
    const [ended] = (await store.ask(areas, { sort: 'median', order: 'asc' })).areas.slice(-1);
    expect(ended).toMatchObject({ area: 'Ended', first_sale: '1996-05-10', last_sale: '1996-05-10', outside: 40 });
  });

  test('answers or refuses a tampered cursor', async () => {
    for (const value of tamperedValues) {
      for (const json of [`[false,${value},"a","b"]`, `[false,1,${value},"b"]`]) {
        const asked = random
          .ask(areas, { cursor: Buffer.from(json).toString('base64url') })
          .catch((error) => error.message);
        expect(await asked).toEqual(
          expect.toSatisfy((answer) => typeof answer === 'object' || /^cursor must be/.test(answer)),
        );
      }
    }
  });

  test('refuses a wrong cursor with where a cursor comes from', async () => {
    for (const cursor of ['nonsense', Buffer.from('[1,2]').toString('base64url'), "' OR 1=1 --"]) {
      await expect(random.ask(areas, { cursor })).rejects.toThrow('cursor must be the `next` of the previous page');
    }
  });
});
