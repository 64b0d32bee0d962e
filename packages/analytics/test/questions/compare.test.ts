import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/index.ts';
import * as reference from '../reference.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('compare', () => {
  const localities = ['Parramatta', "O'Connell", 'St Marys', 'Mosman'].flatMap((name) => [
    `${name}, NSW`,
    `${name}, VIC`,
  ]);

  function figures(sales: reference.Row[]) {
    const percentile = (percent: number) => reference.quantile(sales, percent / 100);
    const perArea = (area: 'land_area' | 'floor_area') =>
      reference.quantileOf(
        sales.filter((row) => (row[area] ?? 0) > 0).map((row) => row.price / (row[area] as number)),
        0.5,
      );
    const days = sales.flatMap(({ contract_date }) => contract_date ?? []).sort();
    return {
      sales: sales.length,
      total_value: reference.total(sales),
      mean: reference.mean(sales),
      p10: percentile(10),
      p25: percentile(25),
      median: percentile(50),
      p75: percentile(75),
      p90: percentile(90),
      median_per_land_area: perArea('land_area'),
      median_per_floor_area: perArea('floor_area'),
      ...reference.medianSupport(sales),
      ...reference.changes(sales, random.covered),
      first_sale: days[0] ?? null,
      last_sale: days.at(-1) ?? null,
      thin: sales.length < 6,
    };
  }

  test('equals the figures calculated row by row, in the order requested', () =>
    holdsForAll(fc.subarray(localities, { minLength: 1 }), async (filters, area) => {
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const result = await random.ask(compare, { ...filters, area });
      expect(reference.rounded(result)).toEqual(
        reference.rounded({
          market: { code: 'test', name: 'Test Market', currency: 'AUD' },
          level: 'locality',
          areas: area.map((label) => {
            const [name, region] = label.split(', ');
            const sales = selected.filter((row) => row.locality === name && row.region === region);
            return { area: name, region, ...figures(sales) };
          }),
          all: figures(selected),
          left_out: reference.leftOut(leftOut, notStated),
          covered: reference.covered(random.rows, selected),
        }),
      );
    }));

  test('of regions is what filtering by them gives', async () => {
    const { areas } = await random.ask(compare, { level: 'region', area: ['vic', 'nsw'] });
    for (const { area, region, ...figures } of areas) {
      expect(region).toBe(area);
      expect((await random.ask(compare, { level: 'region', area: [area], region: [area] })).all).toEqual(figures);
    }
  });
});
