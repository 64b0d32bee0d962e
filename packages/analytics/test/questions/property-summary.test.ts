import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propertySummary, summary } from '../../src/index.ts';
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
});
