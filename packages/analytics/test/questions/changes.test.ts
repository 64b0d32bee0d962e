import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changes } from '../../src/index.ts';
import { FixtureMarket } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('changes', () => {
  const later = { from: '2021-01-01', to: '2023-12-31' };
  const earlier = { before_from: '2018-01-01', before_to: '2020-12-31' };

  test('equals the figures calculated row by row', () =>
    holdsForAll(fc.constantFrom('region' as const, 'locality' as const, 'postcode' as const), async (all, level) => {
      const { sold_from: _, sold_to: __, ...filters } = all;
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const during = (rows: reference.Row[], from: string, to: string) =>
        rows.filter(({ contract_date: day }) => day !== null && day >= from && day <= to);
      const { from, to } = random.covered;
      const isCovered = earlier.before_from >= (from ?? '') && earlier.before_to <= (to ?? '');
      const changeOf = (rows: reference.Row[]) => {
        const now = during(rows, later.from, later.to);
        const before = during(rows, earlier.before_from, earlier.before_to);
        const { change, interval } = reference.changeBetween(now, before, isCovered);
        return {
          median: reference.quantile(now, 0.5),
          median_before: reference.quantile(before, 0.5),
          change,
          change_interval: interval,
        };
      };
      const dated = during(selected, earlier.before_from, later.to);
      const groups = Map.groupBy(
        dated.filter((row) => row[level] !== null),
        (row) => JSON.stringify([row[level], level === 'postcode' ? null : row.region]),
      );
      const expected = [...groups].map(([key, rows]) => {
        const [area, region] = JSON.parse(key);
        return { area, region, ...changeOf(rows) };
      });
      const result = await random.ask(changes, { ...filters, level, ...later, ...earlier });
      const byName = <T extends { area: string; region: string | null }>(list: T[]) =>
        list.toSorted((a, b) => (JSON.stringify([a.area, a.region]) < JSON.stringify([b.area, b.region]) ? -1 : 1));
      expect(reference.rounded(byName(result.areas))).toEqual(reference.rounded(byName(expected)));
      expect(reference.rounded(result.all)).toEqual(reference.rounded(changeOf(selected)));
      expect(result.left_out).toEqual(reference.leftOut(leftOut, notStated));
      const compared = expected.filter(
        ({ change, change_interval: { support } }) => change !== null && support === 'good',
      );
      expect(result).toMatchObject({
        total: expected.length,
        compared: compared.length,
        clear: compared.filter(({ change_interval: { clear } }) => clear).length,
        expected_by_chance: compared.length / 20,
      });
    }));

  /** Sales of a locality whose prices change by a factor between the two last years. */
  function sales(locality: string, count: number, factor: number) {
    return ['2023-06-30', '2024-06-30'].flatMap((contract_date, year) =>
      Array.from({ length: count }, (_, i) => ({
        ...plainSale,
        ...{ contract_date, locality, price: Math.round((1_000_000 + 10_000 * i) * (year ? factor : 1)) },
      })),
    );
  }

  test('is led by the surest change of good support, and compares the last two years by default', async () => {
    const market = FixtureMarket.create();
    market.write([
      ...sales('Thin', 8, 3),
      ...sales('Same', 40, 1),
      ...sales('Unclear', 40, 1.02),
      ...sales('Dearer', 40, 1.5),
      ...sales('Cheaper', 40, 0.5),
    ]);
    const store = await market.store();
    const result = await store.ask(changes, {});
    expect(result).toMatchObject({
      later: { from: '2023-07-01', to: '2024-06-30' },
      earlier: { from: '2022-07-01', to: '2023-06-30' },
      ...{ total: 5, compared: 4, clear: 2, expected_by_chance: 0.2 },
    });
    expect(result.areas.map(({ area, change_interval: { clear } }) => [area, clear])).toEqual([
      ['Cheaper', true],
      ['Dearer', true],
      ['Unclear', false],
      ['Same', false],
      ['Thin', true],
    ]);
    const short = await store.ask(changes, { limit: 1 });
    expect(short).toMatchObject({ total: 5, areas: [{ area: 'Cheaper' }] });
  });

  test('refuses periods that are not in order', async () => {
    await expect(random.ask(changes, { from: '2024-01-01', to: '2023-01-01' })).rejects.toThrow(
      'ends before it begins',
    );
    await expect(random.ask(changes, { ...later, before_to: '2022-01-01' })).rejects.toThrow(
      'The earlier period ends on 2022-01-01, which is not before the later one begins, on 2021-01-01.',
    );
  });
});
