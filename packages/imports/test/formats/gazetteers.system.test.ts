import { describe, expect, test } from 'vitest';
import { withoutSharedData } from '../../../../test/shared-data.ts';
import { realFiles, storedZip } from '../helpers.ts';
import { ImportBench } from '../import-bench.ts';
import { line } from './geonames.ts';

describe('a gazetteer', () => {
  const bench = new ImportBench();
  const inForce = (marketId: number) =>
    bench.query(
      'SELECT name, latitude FROM gazetteer_place WHERE market_id = $1 AND retired_by IS NULL ORDER BY name',
      [marketId],
    );
  const gazetteer = (...lines: string[]) => bench.file('AU.txt', lines.join('\n'));

  test('enters a market as sales do: new, repeated, corrected, as one revision or not at all', async () => {
    const marketId = await bench.addMarket();
    const zip = await bench.file('AU.zip', storedZip({ 'readme.txt': 'Readme', 'AU.txt': `${line()}\n${line()}\n` }));
    expect(await bench.import([zip], { marketId })).toMatchObject({ rows_read: 2, accepted: 1, duplicate: 1 });
    const corrected = await gazetteer(
      line({ 9: '-33.9' }),
      line({ 2: 'Harris Park' }),
      line({ 2: 'Harris Park', 9: '-33' }),
    );
    expect(await bench.import([corrected], { marketId })).toMatchObject({
      rows_read: 3,
      accepted: 1,
      superseding: 1,
      superseded: 1,
      changed: true,
    });
    expect(await bench.import([corrected], { marketId })).toMatchObject({
      duplicate: 2,
      superseded: 1,
      changed: false,
    });
    expect(await inForce(marketId)).toEqual([
      { name: 'Harris Park', latitude: -33 },
      { name: 'Parramatta', latitude: -33.9 },
    ]);
    expect(
      await bench.query(
        `SELECT sales_added, sales_retired, places_added, places_retired FROM revision WHERE market_id = $1 ORDER BY id`,
        [marketId],
      ),
    ).toEqual([
      { sales_added: 0, sales_retired: 0, places_added: 1, places_retired: 0 },
      { sales_added: 0, sales_retired: 0, places_added: 2, places_retired: 1 },
    ]);
  });

  test('and sales may come together, in one revision', async () => {
    const marketId = await bench.addMarket();
    const sales = await bench.file('sales.csv', 'contract_date,price,address\n2025-01-05,100,1 King St\n');
    expect(await bench.import([await gazetteer(line()), sales], { marketId })).toMatchObject({ accepted: 2 });
    const [revision] = await bench.query('SELECT sales_added, places_added FROM revision WHERE market_id = $1', [
      marketId,
    ]);
    expect(revision).toEqual({ sales_added: 1, places_added: 1 });
    const again = await bench.file('sales.csv', 'contract_date,price,address\n2025-01-05,110,1 King St\n');
    expect(await bench.import([await gazetteer(line({ 9: '-30' })), again], { marketId })).toMatchObject({
      superseding: 2,
    });
    const [{ price } = {}] = await bench.query('SELECT price FROM sale WHERE market_id = $1 AND retired_by IS NULL', [
      marketId,
    ]);
    expect(price).toBe(110);
    expect(await inForce(marketId)).toEqual([{ name: 'Parramatta', latitude: -30 }]);
  });

  const withoutFiles = withoutSharedData('au-postcodes');
  test.skipIf(withoutFiles)(
    'of all Australia is found by content alone, and loading it again changes nothing',
    async () => {
      const files = realFiles('au-postcodes', ['au_postcodes.csv']);
      const marketId = await bench.addMarket();
      const report = await bench.import(files, { marketId });
      expect(report).toMatchObject({ state: 'finished', rows_read: 16_875, accepted: 16_875, rejected: 0 });
      const again = await bench.import(files, { marketId });
      expect(again).toMatchObject({ duplicate: 16_875, changed: false });
    },
  );
});
