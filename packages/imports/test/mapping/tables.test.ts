import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { parquet, readTable, said } from './support.ts';

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
    expect(read.kind).toBe('json');
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
      { line: 8, message: 'line 8: price "x" is not an amount of money of at least 0' },
    ]);
  });
});

describe('a list of JSON objects', () => {
  const sales = [
    { sold: '2024-01-31', price: 500_000, address: '1 "King", \\ St [a]', plans: [{ lot: 1 }, { lot: 2 }] },
    { sold: '2024-02-01', price: 600_000, address: '2 King, St }', id: 1 },
  ];

  test.each([
    ['in one line', JSON.stringify(sales)],
    ['indented', JSON.stringify(sales, null, 2)],
    ['with spaces and a byte order mark', `\ufeff \n${JSON.stringify(sales, null, '\t')}\n`],
    ['in UTF-16', Buffer.from(`\ufeff${JSON.stringify(sales)}`, 'utf16le')],
  ])('is read: %s', async (_, content) => {
    const read = await readTable(content);
    expect(read).toMatchObject({ kind: 'json', rejects: [] });
    expect(read.sales).toMatchObject([
      { price: 500_000, contractDate: '2024-01-31', address: '1 "King", \\ St [a]' },
      { price: 600_000, address: '2 King, St }', details: '{"id":1}' },
    ]);
    expect(JSON.parse(read.sales[0]?.details ?? '')).toEqual({ plans: '[{"lot":1},{"lot":2}]' });
  });

  test('rejects elements with their number and text', async () => {
    const [sale] = sales;
    const { sales: read, rejects } = await readTable(
      JSON.stringify([sale, 5, { ...sale, price: 'x' }, null, ...Array.from({ length: 5 }, () => sale)]),
    );
    expect(read).toHaveLength(6);
    expect(rejects).toMatchObject([
      { line: 2, content: '5', message: 'row 2: this is not a JSON object' },
      { line: 3, message: 'row 3: price "x" is not an amount of money of at least 0' },
      { line: 4, content: 'null' },
    ]);
  });

  test('of any size is read in constant memory', async () => {
    const element = JSON.stringify(sales[0]);
    const text = `[${`${element},`.repeat(20_000)}${element}]`;
    const { sales: read, rejects } = await readTable(text);
    expect([read.length, rejects.length]).toEqual([20_001, 0]);
  });

  test.each([
    ['that does not end', `${JSON.stringify(sales).slice(0, -1)},`, 'the JSON ends within its list'],
    [
      'with an endless element',
      `[{"sold":"2024-01-31","price":1,"address":"x"},"${'x'.repeat(2e6)}"]`,
      'longer than 1 MB',
    ],
  ])('%s is refused', async (_, content, message) => {
    await expect(readTable(content)).rejects.toThrow(message);
  });
});

describe('GeoJSON', () => {
  const feature = (properties: object | null, geometry: object | null) => ({ type: 'Feature', properties, geometry });
  const point = { type: 'Point', coordinates: [151.2, -33.8, 12] };
  const sale = { SOLD: '2024-01-31', PRICE: 500_000, ADDRESS: '1 King St' };
  const collection = {
    type: 'FeatureCollection',
    crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:OGC:1.3:CRS84' } },
    bbox: [150, -34, 152, -33],
    features: [
      feature(sale, point),
      feature({ ...sale, ADDRESS: '2 King St' }, null),
      feature({ ...sale, ADDRESS: '3 King St' }, { type: 'Polygon', coordinates: [[[151, -33]]] }),
    ],
  };

  test.each([
    ['in one line', JSON.stringify(collection)],
    ['indented', JSON.stringify(collection, null, 1)],
    ['as a sequence of lines', collection.features.map((each) => JSON.stringify(each)).join('\n')],
  ])('is read with the coordinates of its points: %s', async (_, content) => {
    const read = await readTable(content);
    expect(read.rejects).toEqual([]);
    expect(read.resolution.questions).toEqual([]);
    expect(read.sales).toMatchObject([
      { price: 500_000, address: '1 King St', latitude: -33.8, longitude: 151.2, details: null },
      { address: '2 King St', latitude: null },
      { address: '3 King St', latitude: null },
    ]);
  });

  test('keeps the coordinates that its properties state', async () => {
    const { sales } = await readTable(
      JSON.stringify({ ...collection, features: [feature({ ...sale, latitude: -33.7, longitude: 151.1 }, point)] }),
    );
    expect(sales).toMatchObject([{ latitude: -33.7, longitude: 151.1 }]);
  });
});

describe('Parquet', () => {
  test('is read with its types, and nothing is left of it', async () => {
    const before = await readdir(tmpdir());
    const content = await parquet(
      `SELECT DATE '2024-01-31' + (i % 60)::int AS sold, (500000 + i)::DECIMAL(12, 2) AS sale_price, i || ' King St' AS address, 2000.0::DOUBLE AS postcode,
         (3 * i)::HUGEINT AS sale_id, 85.125 + i AS floor_area_sqm, TIMESTAMP '2024-03-01 10:00:00' AS settled, NULL::INTEGER AS bedrooms
       FROM range(5000) AS rows(i)`,
    );
    const read = await readTable(content);
    expect(read).toMatchObject({ kind: 'parquet', rejects: [] });
    expect(read.resolution.questions).toEqual([]);
    expect(read.sales).toHaveLength(5000);
    expect(read.sales[4999]).toMatchObject({
      key: '14997',
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
        message: 'row 2: price "-5" is not an amount of money of at least 0',
      },
    ]);
  });

  test('that is damaged is said to be, without stating where it was put', async () => {
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
    expect(said(read, 'table.skip_rows')).toBe('2 rows are above the table');
  });

  test('with quotes inside values is read as it is', async () => {
    const { sales, resolution } = await readTable(
      `Sold\tPrice\tAddress\n2024-01-31\t5\tthe "Old" Mill\n2024-01-31\t6\t"unclosed\n`,
    );
    expect(sales.map(({ address }) => address)).toEqual(['the "Old" Mill', '"unclosed']);
    expect(resolution.mapping.table?.quote).toBe('');
  });

  test('states its encoding and line ends', async () => {
    const read = await readTable(Buffer.from(`${header}\r\n2024-01-31,5,Häuser 1\r\n`, 'latin1'));
    expect(said(read, 'table.encoding')).toBe('windows-1252: the characters outside ASCII are not valid UTF-8');
    expect(said(read, 'table.line_ends')).toBe('lines end with CR and LF');
    expect(said(read, 'table.delimiter')).toBe('separated by commas, 2 of 2 records have 3 columns');
    expect(read.sales[0]?.address).toBe('Häuser 1');
  });

  test.each([
    ['prose', 'To whom it may concern,\nthis is a letter, with commas, and nothing else.\nYours'],
    ['a web page', '<html>\n<body>\n<p>hello</p>\n</body></html>\n'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')],
    ['a JSON array of arrays', '[["price"],\n[2]]\n'],
  ])('that is %s is no table', async (_, content) => {
    await expect(readTable(content)).rejects.toThrow(
      'it is not a table; tables are CSV (with any delimiter), JSON lines, lists of JSON objects, GeoJSON, Parquet, XLSX and ODS',
    );
  });
});
