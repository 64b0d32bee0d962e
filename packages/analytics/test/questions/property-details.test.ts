import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propertyDetails, propertySummary, summary } from '../../src/index.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('property-details', () => {
  test('has the regions of the property summary, with the figures of the summary', () =>
    holdsForAll(fc.constant(null), async (filters) => {
      const details = await random.ask(propertyDetails, filters);
      const counts = details.map(({ region, property_count }) => ({ region, property_count }));
      expect(counts).toEqual(await random.ask(propertySummary, filters));
      const { by_region } = await random.ask(summary, filters);
      for (const { region, sales, median_price, total_value } of details) {
        expect(by_region.find((row) => row.region === region)).toMatchObject({ sales, median_price, total_value });
      }
    }));

  test('counts the sales of types and of localities, without those that state none', async () => {
    const types = await random.ask(propertyDetails, { by: 'type' });
    const { by_type } = await random.ask(summary, {});
    for (const { type, sales, median_price } of types) {
      expect(by_type.find((row) => row.type === type)).toMatchObject({ sales, median_price });
    }
    const localities = await random.ask(propertyDetails, { by: 'locality' });
    const keys = localities.map(({ locality, region }) => `${locality}, ${region}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(localities.every(({ locality, property_count }) => locality !== null && property_count > 0)).toBe(true);
  });
});
