import { describe, expect, test } from 'vitest';
import { changeDays, changes, readChanges } from '../src/statistics.ts';
import { intervalRank, intervalRankOf, readEnds, readMedians, readQuantiles, readQuantilesOf } from '../src/support.ts';
import { storeOf } from './fixture-market.ts';
import { medianRank } from './reference.ts';
import { plainSale } from './sales.ts';

describe('the interval of a median', () => {
  test('has the ranks of the exact binomial distribution', async () => {
    const store = await storeOf([plainSale]);
    const rows = await store.read((db) =>
      db.rows<{ n: number; k: number }>(`SELECT n, ${intervalRank('n')} AS k FROM range(1500) AS numbers(n)`),
    );
    expect(rows.map(({ k }) => k)).toEqual(rows.map(({ n }) => medianRank(n)));
    expect(rows.map(({ n }) => intervalRankOf(n))).toEqual(rows.map(({ k }) => k));
  });

  test('has the same ends by quantiles, by lists and by bins', async () => {
    // The k-th type has k sales: below, at and above six, from which a median has an interval.
    const sizes = [1, 5, 6, 7, 8, 9, 10, 30, 31, 64, 101, 200];
    const sales = sizes.flatMap((size, type) =>
      Array.from({ length: size }, (_, i) => ({
        ...plainSale,
        property: 1000 * type + i,
        type: `Type ${type}`,
        price: 100_000 + ((i * 7919) % 401) * 997,
      })),
    );
    const store = await storeOf(sales);
    const grouped = { groups: { type: 'type' }, where: 'true', values: {}, meanPrice: 300_000 };
    const quantiles = { median: 0.5, p90: 0.9 };
    const [byQuantiles, byLists, byBins, inOnePass, inTwoPasses, withChanges] = await store.read(async (db) => {
      const alone = [];
      for (const [type, size] of sizes.entries()) {
        alone.push(...(await readEnds<{ type: string }>(db, { ...grouped, where: `type = 'Type ${type}'` }, [size])));
      }
      return [
        alone,
        await readEnds<{ type: string }>(db, grouped, sizes),
        await readMedians<{ type: string }>(db, grouped),
        await readQuantiles<{ type: string; median: number; total: number }>(db, grouped, quantiles, {
          total: 'sum(price)',
        }),
        await readQuantiles<{ type: string; median: number; total: number }>(
          db,
          grouped,
          quantiles,
          { total: 'sum(price)' },
          0,
        ),
        await readChanges(db, grouped, await changeDays(db), changes, true),
      ];
    });
    const ends = (rows: { type: string; lower?: number | null; upper?: number | null }[]) =>
      rows.map(({ type, lower, upper }) => [type, lower, upper]).sort();
    expect(ends(byLists)).toHaveLength(sizes.length);
    expect(ends(byQuantiles)).toEqual(ends(byBins).filter(([, lower]) => lower !== null));
    expect(ends(byLists)).toEqual(ends(byBins));
    expect(ends(inOnePass)).toEqual(ends(byBins));
    expect(
      ends(sizes.map((size, type) => ({ type: `Type ${type}`, ...withChanges(size, `Type ${type}`).ends }))),
    ).toEqual(ends(byBins));
    const byType = (rows: { type: string }[]) => rows.toSorted((a, b) => a.type.localeCompare(b.type));
    expect(byType(inOnePass)).toEqual(byType(inTwoPasses));
    const byRanks = await store.read(async (db) => {
      const few = await Promise.all(
        sizes.map((size, type) =>
          readQuantilesOf<{ type: string }, 'median' | 'p90'>(
            db,
            { ...grouped, where: `type = 'Type ${type}'` },
            [size],
            quantiles,
          ),
        ),
      );
      return few.flat();
    });
    expect(byType(byRanks)).toEqual(byType(inOnePass.map(({ total: _, mean: __, ...row }) => row)));
    expect(byType(inOnePass)[0]).toMatchObject({
      type: 'Type 0',
      sales: 1,
      median: 100_000,
      p90: 100_000,
      total: 100_000,
    });
  });
});
