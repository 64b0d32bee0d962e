import { readdir, readFile } from 'node:fs/promises';
import type { RejectRow } from '@property-insights/database';
import { beforeEach, describe, expect, test } from 'vitest';
import { rejectsCsv } from '../../src/formats/rejects.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { previewFiles } from '../../src/preview.ts';
import { deflatedZip, storedZip, xlsxParts, xlsxRows } from '../helpers.ts';
import { ImportBench } from '../import-bench.ts';
import { parquet } from './support.ts';

const header = 'Sold,Price,Address';
const line = '2024-01-31,500000,1 King St';
const bench = new ImportBench();

describe('an import', () => {
  beforeEach(async () => {
    bench.marketId = await bench.addMarket();
  });

  test('takes tables of every kind, packed or not, beside files of registry formats', async () => {
    const csv = (address: string) => `${header}\n2024-01-31,500000,${address}\n`;
    const book = deflatedZip(
      xlsxParts({
        Legend: xlsxRows(['Sold', 'when it was sold'], ['Price', 'what for']),
        Sales: xlsxRows(
          ['Sales in 2024'],
          ['Sold', 'Price', 'Address'],
          ['2024-01-31', 500_000, '3 King St'],
          ['2024-02-01', 650_000.5, '4 King St'],
        ),
      }),
    );
    const report = await bench.import([
      await bench.file('a.csv', csv('1 King St')),
      await bench.file(
        'b.zip',
        storedZip({ 'b.tsv': csv('2 King St').replaceAll(',', '\t'), 'licence.txt': 'free, as in beer\nor, else\n' }),
      ),
      await bench.file('c.xlsx', book),
      await bench.file('d.jsonl', '{"sold":"2024-01-31","price":5,"address":"5 King St"}\n'),
      await bench.file(
        'e.parquet',
        await parquet(`SELECT DATE '2024-01-31' AS sold, 6 AS price, '6 King St' AS address`),
      ),
      await bench.file('f.csv', 'contract_date,price,address\n2024-01-31,7,7 King St\n'),
    ]);
    expect(report).toMatchObject({ state: 'finished', error: null, accepted: 7, rejected: 0 });
    expect((await bench.query('SELECT format FROM import WHERE id = $1', [report.id]))[0]).toEqual({
      format: 'table, property-insights',
    });
    expect(await readdir(bench.directory)).toHaveLength(6);
  });

  test('takes awkward files', async () => {
    const awkward = async (name: string) =>
      bench.file(name, await readFile(new URL(`../fixtures/awkward/${name}`, import.meta.url)));
    const rows = {
      'blank-tail.csv': 2,
      'trailing-comma.csv': 3,
      'with-shape.zip': 3,
      'macosx.zip': 3,
      'raw-styled-to-end.xlsx': 2,
      'raw-dot-target.xlsx': 2,
      'libreoffice.ods': 5,
      'swapped-latlon.csv': 2,
      'three-names.csv': 2,
      'sale-year.csv': 3,
      'dvf-geo-mutation-rows.csv': 7,
    };
    const report = await bench.import(await Promise.all(Object.keys(rows).map(awkward)));
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    expect(report).toMatchObject({ state: 'finished', error: null, rows_read: total, rejected: 0 });
    const mapped: [string, Mapping, number][] = [
      ['epoch-ms.csv', { date_numbers: 'unix_milliseconds' }, 3],
      ['serial-dates.csv', { date_numbers: 'excel_days' }, 3],
      ['redfin.csv', { area_unit: 'ft2', leave_out: [] }, 5],
    ];
    for (const [name, given, count] of mapped) {
      const { rows_read, rejected } = await bench.import([await awkward(name)], { mapping: given });
      expect([name, rows_read, rejected]).toEqual([name, count, 0]);
    }
    // One that remembers no mappings.
    bench.marketId = await bench.addMarket();
    for (const name of ['epoch-ms.csv', 'undisclosed.csv', 'zillow-wide.csv', 'old.xls', 'header-only.csv']) {
      const { files, error } = await previewFiles({ files: [await awkward(name)], market: undefined });
      const refused = await bench.import([await awkward(name)]);
      expect(refused).toMatchObject({ state: 'failed', rows_read: 0 });
      expect(refused.error).toContain(error ?? files[0]?.error);
    }
  });

  test('takes the deeds of France once, from each edition', async () => {
    const folder = new URL('../fixtures/', import.meta.url);
    const files = async () => [
      await bench.file('dvf.txt', await readFile(new URL('dvf/ValeursFoncieres-extract.txt', folder))),
    ];
    expect(await bench.import(await files())).toMatchObject({ accepted: 6, superseded: 3, rejected: 0 });
    expect(await bench.import(await files())).toMatchObject({ accepted: 0, superseding: 0, duplicate: 6 });
    const geo = await bench.file('geo.csv', await readFile(new URL('geo-dvf/geo-dvf-extract.csv', folder)));
    expect(await bench.import([geo])).toMatchObject({ accepted: 4, superseding: 3, rejected: 0 });
  });

  test('takes the one sheet of a workbook that the mapping names', async () => {
    const sales = (...addresses: string[]) =>
      xlsxRows(['Sold', 'Price', 'Address'], ...addresses.map((address) => ['2024-01-31', 500_000, address]));
    const book = async () =>
      bench.file(
        'book.xlsx',
        deflatedZip(xlsxParts({ North: sales('1 King St'), South: sales('2 King St', '3 King St') })),
      );
    const mapping = (sheet: string) => ({ table: { sheet } });
    expect(await bench.import([await book()], { mapping: mapping('West') })).toMatchObject({
      state: 'failed',
      error: 'book.xlsx has no sheet "West"; its sheets are "North", "South".',
    });
    expect(await bench.import([await book()], { mapping: mapping('South') })).toMatchObject({ accepted: 2 });
    expect(await bench.import([await book()])).toMatchObject({ accepted: 1, duplicate: 2 });
    const { files } = await previewFiles({ files: [await book()], mapping: mapping('South') });
    expect(files).toMatchObject([{ name: 'book.xlsx/South', rows: 2, resolution: { mapping: mapping('South') } }]);
  });

  test('of the same table again changes nothing', async () => {
    const file = () => bench.file('a.csv', `${header}\n${line}\n${line.replace('1 King', '2 King')}\n`);
    expect(await bench.import([await file()])).toMatchObject({ accepted: 2, changed: true });
    expect(await bench.import([await file()])).toMatchObject({ accepted: 0, duplicate: 2, changed: false });
  });

  test('imports the rejects of tables when they are corrected', async () => {
    const good = Array.from({ length: 20 }, (_, i) => `31/01/2024;1.000;${i} King St`);
    const table = await bench.file(
      'a.csv',
      ['Sold;Price;Address', ...good, '31/01/2024;soon;"99 ""Old"" King St"', ''].join('\n'),
    );
    const json = await bench.file(
      'b.jsonl',
      `${'{"sold":"2024-01-31","price":5,"address":"1 Bay Rd"}\n'.repeat(20)}{"sold":"2024-01-31","price":"soon","address":"2 Bay Rd"}\n`,
    );
    const report = await bench.import([table, json]);
    expect(report).toMatchObject({ state: 'finished', accepted: 21, rejected: 2 });
    const rejects = await bench.query<RejectRow>('SELECT * FROM reject WHERE import_id = $1 ORDER BY number', [
      report.id,
    ]);
    const corrected = rejects.map((reject) => ({ ...reject, content: reject.content.replace('soon', '7') }));
    const again = await bench.import([await bench.file('corrected.csv', rejectsCsv(corrected))]);
    expect(again).toMatchObject({ state: 'finished', accepted: 2, rejected: 0 });
    expect(
      await bench.query(`SELECT address FROM sale WHERE market_id = $1 AND price = 7 ORDER BY address`, [
        bench.marketId,
      ]),
    ).toEqual([{ address: '2 Bay Rd' }, { address: '99 "Old" King St' }]);
  });

  test('that fails remembers nothing', async () => {
    expect(await bench.import([await bench.file('a.csv', `${header}\n${line}\n2024-01-31,x,y\n`)])).toMatchObject({
      state: 'failed',
    });
    expect(await bench.query('SELECT FROM mapping WHERE market_id = $1', [bench.marketId])).toEqual([]);
  });
});
