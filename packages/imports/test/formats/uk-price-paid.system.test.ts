import { beforeEach, describe, expect, test } from 'vitest';
import { withoutSharedData } from '../../../../test/shared-data.ts';
import { realFiles } from '../helpers.ts';
import { ImportBench } from '../import-bench.ts';
import { changed, line, semi } from './uk-price-paid.ts';

describe('imported', () => {
  const bench = new ImportBench();
  beforeEach(async () => {
    bench.marketId = await bench.addMarket();
  });

  const file = (...records: string[]) => bench.file('pp-monthly.csv', `${records.join('\r\n')}\r\n`);
  const other = { 0: '{00000000-13B8-4307-B3C8-83BB0C5E69F6}' };
  const prices = async () =>
    (
      await bench.query('SELECT price FROM sale WHERE market_id = $1 AND retired_by IS NULL ORDER BY price', [
        bench.marketId,
      ])
    ).map(({ price }) => price);

  test('a change replaces the sale, and is the same row as an addition of what it says', async () => {
    await bench.import([await file(line(semi))]);
    expect(await bench.import([await file(changed({ 1: '56000', 15: 'C' }))])).toMatchObject({ superseding: 1 });
    expect(await bench.import([await file(changed({ 1: '56000' }))])).toMatchObject({ duplicate: 1, changed: false });
    expect(await prices()).toEqual([56_000]);
  });

  test('a deletion retires the sale in force, in a revision of its own, and once is enough', async () => {
    await bench.import([await file(line(semi), changed({ ...other, 1: '7' }))]);
    const deletion = await file(changed({ 15: 'D' }));
    expect(await bench.import([deletion])).toMatchObject({ rows_read: 1, deleted: 1, accepted: 0, changed: true });
    expect(await prices()).toEqual([7]);
    expect(
      await bench.query('SELECT sales_added, sales_retired FROM revision WHERE market_id = $1 ORDER BY id', [
        bench.marketId,
      ]),
    ).toEqual([
      { sales_added: 2, sales_retired: 0 },
      { sales_added: 0, sales_retired: 1 },
    ]);
    expect(await bench.import([deletion])).toMatchObject({ rows_read: 1, deleted: 0, duplicate: 1, changed: false });
  });

  test('within one import the last record of a sale counts, deletion or not', async () => {
    expect(
      await bench.import([
        await file(line(semi), changed({ 15: 'D' }), changed({ ...other, 15: 'D' }), changed({ ...other, 1: '7' })),
      ]),
    ).toMatchObject({ rows_read: 4, accepted: 1, superseded: 2, duplicate: 1, deleted: 0 });
    expect(await prices()).toEqual([7]);
    expect(
      await bench.import([await file(changed({ ...other, 1: '8' }), changed({ ...other, 1: '7', 15: 'D' }))]),
    ).toMatchObject({ rows_read: 2, superseded: 1, deleted: 1 });
    expect(await prices()).toEqual([]);
  });

  const withoutFiles = withoutSharedData('uk-price-paid');
  test.skipIf(withoutFiles)('every sale of two real postcode districts, and again with nothing changed', async () => {
    const files = realFiles('uk-price-paid', ['RG30.csv', 'RG31.csv']);
    const report = await bench.import(files);
    expect(report).toMatchObject({ state: 'finished', rows_read: 24_077 + 15_434, accepted: 39_511 });
    expect(await bench.import(files)).toMatchObject({ duplicate: 39_511, changed: false });
    expect(
      await bench.query(
        `SELECT count(*) FILTER (WHERE non_standard = 'not at market value') AS category_b, count(non_standard) AS non_standard,
           count(*) FILTER (WHERE locality = 'Tilehurst') AS tilehurst, count(*) FILTER (WHERE region = 'West Berkshire') AS west_berkshire,
           count(*) FILTER (WHERE type = 'Semi-detached') AS semi
         FROM sale WHERE market_id = $1`,
        [bench.marketId],
      ),
    ).toEqual([{ category_b: 1145, non_standard: 1145, tilehurst: 18_180, west_berkshire: 10_751, semi: 12_547 }]);
  });
});
