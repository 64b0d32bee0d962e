import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { csvRecord } from '../../src/formats/csv.ts';
import { previewFiles, rejectColumns } from '../../src/index.ts';
import { deflatedZip, ImportBench, storedZip, xlsxParts, xlsxRows } from '../helpers.ts';
import { readTable, said } from './support.ts';

const bench = new ImportBench();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tables-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What DuckDB writes as Parquet of a query. */
async function parquet(query: string): Promise<Buffer> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const path = join(folder, 'written.parquet');
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  instance.closeSync();
  return readFile(path);
}

const header = 'Sold,Price,Address';
const line = '2024-01-31,500000,1 King St';

describe('JSON lines', () => {
  const sale = {
    sold: '2024-01-31',
    price: 500_000,
    address: { street: 'King St', number: 12, suburb: 'Newtown' },
    id: 1,
    pool: true,
    tags: ['a'],
  };

  test('are read with the members of nested objects, numbers as they are', async () => {
    const read = await readTable(`${JSON.stringify(sale)}\n\n${JSON.stringify({ ...sale, price: 1234.5 })}\r\n`);
    expect(read.kind).toBe('json-lines');
    expect(read.resolution.mapping.fields).toEqual({
      price: { column: 'price' },
      contract_date: { column: 'sold' },
      house_number: { column: 'address.number' },
      street: { column: 'address.street' },
      locality: { column: 'address.suburb' },
    });
    expect(read.sales).toMatchObject([
      { price: 500_000, address: '12 King St, Newtown', details: '{"id":1,"pool":"true","tags":"[\\"a\\"]"}' },
      { price: 1235, contractDate: '2024-01-31' },
    ]);
  });

  test('keep long ids as they are written', async () => {
    const { sales } = await readTable('{"sale_id":12345678901234567890,"price":5,"sold":"2024-01-31"}\n');
    expect(sales[0]?.key).toBe('12345678901234567890');
  });

  test('that are none are rejected with their line', async () => {
    const good = `${JSON.stringify(sale)}\n`.repeat(5);
    const { sales, rejects } = await readTable(`${good}{"sold":\n[1]\n${JSON.stringify({ ...sale, price: 'x' })}\n`);
    expect(sales).toHaveLength(5);
    expect(rejects).toMatchObject([
      { line: 6, content: '{"sold":', message: 'line 6: this is not a JSON object' },
      { line: 7, content: '[1]' },
      { line: 8, message: 'line 8: price "x" is not an amount of money, from 0 on' },
    ]);
  });
});

describe('Parquet', () => {
  test('is read with its types, and nothing is left of it', async () => {
    const before = await readdir(tmpdir());
    const content = await parquet(
      `SELECT DATE '2024-01-31' + (i % 60)::int AS sold, (500000 + i)::DECIMAL(12, 2) AS sale_price, i || ' King St' AS address, 2000.0::DOUBLE AS postcode,
         i::HUGEINT AS sale_id, 85.125 + i AS floor_area_sqm, TIMESTAMP '2024-03-01 10:00:00' AS settled, NULL::INTEGER AS bedrooms
       FROM range(5000) AS rows(i)`,
    );
    const read = await readTable(content);
    expect(read).toMatchObject({ kind: 'parquet', rejects: [] });
    expect(read.resolution.questions).toEqual([]);
    expect(read.sales).toHaveLength(5000);
    expect(read.sales[4999]).toMatchObject({
      key: '4999',
      contractDate: '2024-02-19',
      settlementDate: '2024-03-01',
      price: 504_999,
      address: '4999 King St',
      postcode: '2000',
      floorArea: 5084.125,
      bedrooms: null,
    });
    expect((await readdir(tmpdir())).filter((name) => name.endsWith('.parquet'))).toEqual(
      before.filter((name) => name.endsWith('.parquet')),
    );
  });

  test('rejects a row with its number and what it holds', async () => {
    const { rejects } = await readTable(
      await parquet(
        `SELECT * FROM (VALUES ('2024-01-31', 5, 'x'), ('2024-01-31', -5, 'y')) AS t(sold, price, address)`,
      ),
    );
    expect(rejects).toMatchObject([
      {
        line: 2,
        content: '{"sold":"2024-01-31","price":-5,"address":"y"}',
        message: 'row 2: price "-5" is not an amount of money, from 0 on',
      },
    ]);
  });

  test('that is damaged is said to be, without telling where it was put', async () => {
    const content = (await parquet('SELECT 1 AS price')).subarray(0, 60);
    await expect(readTable(content)).rejects.toThrow(/^the Parquet file cannot be read \((?!.*\/).*\)$/);
  });
});

describe('text', () => {
  test('may have titles above its header, and its columns be numbered', async () => {
    const read = await readTable(
      `Sales of 2024\n\nas known,today\n${header}\n${line}\n${line.replace('1 King', '2 King')}\n`,
    );
    expect(read.resolution.mapping.table).toMatchObject({ skip_rows: 2, header: true });
    expect(read.sales).toHaveLength(2);
    expect(said(read, 'table.skip_rows')).toBe('2 rows stand above the table');
  });

  test('with quotes inside of values is read as it stands', async () => {
    const { sales, resolution } = await readTable(
      `Sold\tPrice\tAddress\n2024-01-31\t5\tthe "Old" Mill\n2024-01-31\t6\t"unclosed\n`,
    );
    expect(sales.map(({ address }) => address)).toEqual(['the "Old" Mill', '"unclosed']);
    expect(resolution.mapping.table?.quote).toBe('');
  });

  test('tells of its encoding and line ends', async () => {
    const read = await readTable(Buffer.from(`${header}\r\n2024-01-31,5,Häuser 1\r\n`, 'latin1'));
    expect(said(read, 'table.encoding')).toBe('windows-1252: the characters outside ASCII are not valid as UTF-8');
    expect(said(read, 'table.line_ends')).toBe('lines end with CR and LF');
    expect(said(read, 'table.delimiter')).toBe('parted by commas, 2 of 2 records have 3 columns');
    expect(read.sales[0]?.address).toBe('Häuser 1');
  });

  test.each([
    ['prose', 'To whom it may concern,\nthis is a letter, with commas, and nothing else.\nYours'],
    ['a web page', '<html>\n<body>\n<p>hello</p>\n</body></html>\n'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')],
    ['a JSON array', '[{"price":1},\n{"price":2}]\n'],
  ])('that is %s is no table', async (_, content) => {
    await expect(readTable(content)).rejects.toThrow(
      'it is no table: neither CSV or its kin, nor JSON lines, Parquet or XLSX',
    );
  });
});

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
      error: 'book.xlsx has no sheet "West"; it has "North", "South".',
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

  test('takes rejects of tables again when they are mended', async () => {
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
    const rejects = await bench.query<Record<string, string>>(
      'SELECT * FROM reject WHERE import_id = $1 ORDER BY number',
      [report.id],
    );
    const mended = rejects.map((reject) =>
      csvRecord(
        rejectColumns.map((column) =>
          (reject[column] ?? '').toString().replace('soon', column === 'content' ? '7' : 'soon'),
        ),
      ),
    );
    const again = await bench.import([
      await bench.file('mended.csv', [rejectColumns.join(','), ...mended, ''].join('\n')),
    ]);
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
