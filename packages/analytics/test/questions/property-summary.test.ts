import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propertySummary, summary } from '../../src/index.ts';
import { storeOf } from '../fixture-market.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('property-summary', () => {
  test('has the counts of the summary, in descending order', () =>
    holdsForAll(fc.constant(null), async (filters) => {
      const regions = await random.ask(propertySummary, filters);
      const { properties_by_region } = await random.ask(summary, filters);
      expect(Object.fromEntries(regions.map((row) => [row.region, row.property_count]))).toEqual(properties_by_region);
      const counts = regions.map((row) => row.property_count);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    }));

  test.each([
    ['near one another', 4],
    ['far apart', 10 ** 12],
  ])('counts properties whose ids are %s', async (_, last) => {
    const sold = (property: number, region: string | null) => ({ ...plainSale, property, region });
    const store = await storeOf([
      ...[sold(1, 'NSW'), sold(1, 'NSW'), sold(2, 'NSW'), sold(2, 'VIC')],
      ...[sold(3, null), sold(last, 'VIC'), sold(last, null), { ...sold(last, 'NSW'), non_standard: 'part interest' }],
    ]);
    const regions = [
      { region: 'NSW', property_count: 2 },
      { region: 'VIC', property_count: 2 },
    ];
    expect(await store.ask(propertySummary, {})).toEqual(regions);
    expect(await store.ask(summary, {})).toMatchObject({ total_properties: 4 });
    expect(await store.ask(propertySummary, { price_min: 10 ** 15 })).toEqual([]);
    expect(await store.ask(summary, { price_min: 10 ** 15 })).toMatchObject({ total_properties: 0 });
  });
});
