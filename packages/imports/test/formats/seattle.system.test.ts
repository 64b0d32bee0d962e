import { describe, expect, test } from 'vitest';
import { withoutSharedData } from '../../../../test/shared-data.ts';
import { realFiles } from '../helpers.ts';
import { ImportBench } from '../import-bench.ts';

describe.skipIf(withoutSharedData('house-price-index'))('imported', () => {
  const bench = new ImportBench();

  test('every sale of the real file, and again with nothing changed', async () => {
    const files = realFiles('house-price-index', ['ex_sales.csv']);
    expect(await bench.import(files)).toMatchObject({ state: 'finished', rows_read: 5348, accepted: 5348 });
    expect(await bench.import(files)).toMatchObject({ duplicate: 5348, rejected: 0, changed: false });
    expect(
      await bench.query(
        `SELECT count(DISTINCT property_id) AS parcels, count(*) FILTER (WHERE type = 'Townhouse') AS townhouses, count(non_standard) AS non_standard
         FROM sale WHERE market_id = $1`,
        [bench.marketId],
      ),
    ).toEqual([{ parcels: 4710, townhouses: 1521, non_standard: 0 }]);
  });
});
