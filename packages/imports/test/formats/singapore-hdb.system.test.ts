import { describe, expect, test } from 'vitest';
import { withoutSharedData } from '../../../../test/shared-data.ts';
import { realFiles } from '../helpers.ts';
import { ImportBench } from '../import-bench.ts';

describe.skipIf(withoutSharedData('singapore-hdb'))('imported', () => {
  const bench = new ImportBench();

  test('every sale of two real files, and again with nothing changed', async () => {
    const files = realFiles('singapore-hdb', ['hdb_2012-03_2014-12.csv', 'hdb_2015-01_2016-12.csv']);
    const sales = 52_203 + 37_153;
    expect(await bench.import(files)).toMatchObject({ state: 'finished', rows_read: sales, accepted: sales });
    expect(await bench.import(files)).toMatchObject({ duplicate: sales, rejected: 0, changed: false });
    expect(
      await bench.query(
        `SELECT count(*) AS sales, count(*) FILTER (WHERE type = '4 Room') AS four_room, count(non_standard) AS non_standard,
           count(*) FILTER (WHERE locality = 'Kallang/Whampoa') AS kallang,
           count(*) FILTER (WHERE details->>'remaining_lease' = '68 years') AS lease_68, count(*) FILTER (WHERE sale.key LIKE '%;2') AS repeated
         FROM sale WHERE market_id = $1 AND retired_by IS NULL`,
        [bench.marketId],
      ),
    ).toEqual([{ sales, four_room: 35_340, non_standard: 0, kallang: 2675, lease_68: 2328, repeated: 272 }]);
  });
});
