import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { map } from '../../src/index.ts';
import { FixtureMarket, storeOf } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('map', () => {
  const degrees = (min: number, max: number) => fc.integer({ min, max }).map((hundredths) => hundredths / 100);
  const choices = fc.record({
    box: fc.tuple(degrees(15000, 15100), degrees(-3450, -3380), degrees(15100, 15200), degrees(-3380, -3300)),
    zoom: fc.integer({ min: 0, max: 22 }),
    of: fc.constantFrom('sales' as const, 'region' as const, 'locality' as const, 'postcode' as const),
  });

  test('has every sale in the box once', () =>
    holdsForAll(choices, async (filters, { box, zoom, of }) => {
      const [west, south, east, north] = box;
      const { selected } = reference.split(random.rows, filters);
      const inside = selected.filter(({ longitude: x, latitude: y }) => {
        return x !== null && y !== null && x >= west && x <= east && y >= south && y <= north;
      });
      const result = await random.ask(map, { ...filters, bbox: box.join(','), zoom, of });
      expect(result.sales).toBe(inside.length);
      expect(result.unlocated).toBe(selected.filter(({ latitude }) => latitude === null).length);
      expect(result.total).toBe(result.features.length);
      const shown = result.features.reduce((sum, { properties }) => sum + properties.sales, 0);
      expect(shown).toBe(of === 'sales' ? inside.length : inside.filter((row) => row[of] !== null).length);
      if (of !== 'sales') {
        for (const { properties, geometry } of result.features) {
          const rows = inside.filter(
            (row) => row[of] === properties.area && (of === 'postcode' || row.region === properties.region),
          );
          const mean = (values: (number | null)[]) =>
            values.reduce<number>((sum, v) => sum + (v ?? 0), 0) / values.length;
          expect(properties.sales).toBe(rows.length);
          expect(properties.support).toBe(reference.support(rows.length));
          expect(properties.median).toBe(reference.quantile(rows, 0.5));
          expect(geometry.coordinates[0]).toBeCloseTo(mean(rows.map(({ longitude }) => longitude)), 9);
          expect(geometry.coordinates[1]).toBeCloseTo(mean(rows.map(({ latitude }) => latitude)), 9);
        }
      } else if (zoom >= 15) {
        expect(result.features.map(({ properties }) => properties.id).sort()).toEqual(
          inside.map(({ id }) => id).sort(),
        );
      } else if (zoom === 0) expect(result.features.length).toBeLessThanOrEqual(4);
    }));

  test('clusters sales until there are at most 2,000, and crosses the 180th meridian', async () => {
    const store = await storeOf(
      Array.from({ length: 5000 }, (_, i) => ({
        ...plainSale,
        property: i,
        latitude: -40 + Math.floor(i / 100) / 10,
        longitude: i % 2 ? 179 + (i % 100) / 200 : -179.5 + (i % 100) / 200,
      })),
    );
    const asked = (bbox: string) => store.ask(map, { bbox, zoom: 20 });
    const both = await asked('178,-41,-178,-30');
    expect(both.sales).toBe(5000);
    expect(both.features.length).toBeLessThanOrEqual(2000);
    expect(both.features.length).toBeGreaterThan(300);
    expect(both.clustered).toBeLessThan(20);
    expect((await asked('178,-41,180,-30')).sales).toBe(2500);
  });

  test('clusters the sales placed by one locality or postcode at every zoom, and marks them as approximate', async () => {
    const market = FixtureMarket.create();
    const unplaced = { ...plainSale, latitude: null, longitude: null };
    market.writePlaces([
      { name: 'Parramatta', postcode: '2150', latitude: -33.8, longitude: 151 },
      { name: 'Harris Park', postcode: '2150', latitude: -33.9, longitude: 151.1 },
    ]);
    market.write([
      ...Array.from({ length: 3000 }, (_, i) => ({ ...unplaced, property: i })),
      { ...plainSale, property: 3000, latitude: -33.8, longitude: 151 },
      { ...unplaced, property: 3001, locality: 'Harris Park' },
      { ...unplaced, property: 3002, postcode: null },
    ]);
    const store = await market.store();
    const result = await store.ask(map, { bbox: '150,-34,152,-33', zoom: 18 });
    expect(result).toMatchObject({ clustered: null, total: 3, sales: 3002, approximate: 3001, unlocated: 1 });
    expect(result.features.map(({ properties }) => properties)).toMatchObject([
      { sales: 3000, approximate: 3000, id: null },
      { sales: 1, approximate: 0 },
      { sales: 1, approximate: 1 },
    ]);
  });

  test('refuses a wrong box with the format of one', async () => {
    await expect(random.ask(map, { bbox: '150,-33,151,-34' })).rejects.toThrow('south (-33) is above north (-34)');
    await expect(random.ask(map, { bbox: 'here' })).rejects.toThrow(
      'bbox must be west,south,east,north in degrees, such as 150.5,-34.2,151.4,-33.4, not "here".',
    );
  });
});
