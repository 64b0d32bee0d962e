import { describe, expect, test } from 'vitest';
import { intervalRank } from '../src/support.ts';
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
  });
});
