/** Awkward workbooks and containers from the complaints of users, read as a preview reads them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { noteText } from '../src/file-notes.ts';
import type { Mapping } from '../src/mapping/mapping.ts';
import { type FilePreview, type Preview, previewFiles } from '../src/preview.ts';
import { odsContent, odsParts, storedZip, xlsxParts, xlsxRows } from './helpers.ts';

function preview(name: string, mapping?: Mapping): Promise<Preview> {
  const path = fileURLToPath(new URL(`fixtures/awkward/${name}`, import.meta.url));
  return previewFiles({ files: [{ name, path }], mapping, market: { currency: 'AUD', timeZone: 'Australia/Sydney' } });
}

async function only(name: string, mapping?: Mapping): Promise<FilePreview> {
  const { files, error } = await preview(name, mapping);
  expect(error).toBeUndefined();
  expect(files).toHaveLength(1);
  return files[0] as FilePreview;
}

/** The preview of a file with this content. @throws Error with the reason why an import would fail */
async function previewOf(content: Buffer, mapping?: Mapping): Promise<FilePreview> {
  const path = join(await mkdtemp(join(tmpdir(), 'awkward-test-')), 'received');
  await writeFile(path, content);
  const { files, error } = await previewFiles({ files: [{ name: 'x', path }], mapping, market: undefined });
  await rm(dirname(path), { recursive: true });
  if (error !== undefined) throw new Error(error);
  return files[0] as FilePreview;
}

describe('a workbook', () => {
  test('whose cells show leading zeros has them, as its text does', async () => {
    const { sales } = await only('zip-number-format.xlsx');
    const [text] = (await only('zip-text.csv')).sales;
    expect(sales.map(({ postcode }) => postcode)).toEqual(['02169', '02170', '02171']);
    expect(sales[0]?.propertyKey).toBe(text?.propertyKey);
  });

  test('fills merged cells', async () => {
    const { sales } = await only('merged-suburb.xlsx');
    expect(sales.map(({ locality }) => locality)).toEqual([
      'Northville',
      'Northville',
      'Northville',
      'Southville',
      'Southville',
    ]);
  });

  test('with formulas without stored results states so', async () => {
    const cells = '<row><c t="str"><v>Sold</v></c><c t="str"><v>Price</v></c><c t="str"><v>Address</v></c></row>';
    const row = (price: string) => `<row><c t="str"><v>2024-01-31</v></c>${price}<c t="str"><v>1 King St</v></c></row>`;
    const parts = xlsxParts({ Sales: cells + row('<c><f>A1*2</f></c>') + row('<c><f>A1*2</f><v>500000</v></c>') });
    const { sales, rejects, notes } = await previewOf(storedZip(parts));
    expect(sales.map(({ price }) => price)).toEqual([500_000]);
    expect(rejects.map(({ message }) => message)).toEqual([
      'line 2: price is a formula without a stored result; open the workbook in a spreadsheet program, save it, and import it again',
    ]);
    expect(notes).toContainEqual({ code: 'formulas_without_result', cells: 1 });
  });

  test('with a heading alone is named', async () => {
    await expect(previewOf(storedZip(xlsxParts({ Sales: xlsxRows(['Sold', 'Price', 'Address']) })))).rejects.toThrow(
      'x has no sheet of a supported format; it is a heading without rows',
    );
  });

  test('whose dates may be half converted has a note', async () => {
    expect((await only('mixed-date-cells.xlsx')).notes.map(noteText)).toEqual([
      '"Sale Date": a spreadsheet may have exchanged day and month in 2 dates, those with days up to 12; the other 2 are texts',
    ]);
  });

  test.each(['raw-styled-to-end.xlsx', 'raw-dot-target.xlsx'])('that is valid is read: %s', async (name) => {
    expect((await only(name)).sales.map(({ price }) => price)).toEqual([650_000, 645_000]);
  });
});

describe('an OpenDocument workbook', () => {
  test('of LibreOffice is read', async () => {
    const { name, sales, rejects, error } = await only('libreoffice.ods');
    expect(name).toBe('libreoffice.ods/Sales 2024');
    expect([error, rejects]).toEqual([undefined, []]);
    expect(
      sales.map(({ contractDate, address, locality, postcode, price, landArea }) =>
        [contractDate, address, locality, postcode, price, landArea].join(', '),
      ),
    ).toEqual([
      '2024-01-31, 1 King St, Northville, 02169, 650000, 650.5',
      '2024-02-01, 2 King St, Northville, 02170, 645000, ',
      '2024-02-29, 3 Beta Rd, Northville, 02171, 600001, 1200',
      '2024-03-09, 4 Beta Rd, Southville, 02172, 700000, ',
      '2024-03-09, 4 Beta Rd, Southville, 02172, 700000, ',
    ]);
  });

  test('has the chosen sheet', async () => {
    expect((await preview('libreoffice.ods', { table: { sheet: 'Prices' } })).error).toBe(
      'libreoffice.ods has no sheet "Prices"; its sheets are "About", "Sales 2024"',
    );
  });

  test.each([
    ['without sheets', odsContent({}), 'x: it is an OpenDocument file without sheets; save its table as CSV'],
    ['with other sheets', odsContent({ a: '' }), 'x has no sheet of a supported format'],
  ])('%s is refused', async (_, content, message) => {
    await expect(previewOf(storedZip(odsParts(content)))).rejects.toThrow(message);
  });

  test('that is encrypted is refused', async () => {
    const manifest = '<manifest:manifest xmlns:manifest="x"><manifest:encryption-data/></manifest:manifest>';
    const parts = { ...odsParts('\0\u0001'), 'META-INF/manifest.xml': manifest };
    await expect(previewOf(storedZip(parts))).rejects.toThrow('x: it is encrypted; save it without a password');
  });
});

describe('a file that cannot be read is named', () => {
  test.each([
    ['old.xls', 'it is an old Excel workbook (.xls) or another old Office document: save it as XLSX or CSV'],
    [
      'html.xls',
      'it is a web page: if a spreadsheet opens it, save it as XLSX or CSV; otherwise the download needed a login',
    ],
    ['login.csv', 'it is a web page'],
    ['header-only.csv', 'it is a heading without rows'],
    ['plain.tar.gz', 'it is a tar archive: send its files, or a zip of them'],
  ])('%s: %s', async (name, kind) => {
    const { files, error } = await preview(name);
    expect(files).toEqual([]);
    expect(error).toContain(`${name} has no supported format; ${kind}`);
  });

  test.each([
    ['a PDF', Buffer.from('%PDF-1.7\n')],
    ['an SQLite database', Buffer.from('SQLite format 3\0')],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:1\n')],
    ['a binary Excel workbook (.xlsb)', storedZip({ 'xl/workbook.bin': 'x' })],
  ])('%s', async (kind, content) => {
    await expect(previewOf(content)).rejects.toThrow(`x has no supported format; it is ${kind}: `);
  });
});

test.each(['with-shape.zip', 'macosx.zip'])('companions in a zip are passed over: %s', async (name) => {
  expect((await only(name)).sales.length).toBeGreaterThan(0);
});

test('files in a zip that are not read are listed, but no metadata of systems', async () => {
  const others = ['read me.txt', 'a.prj', 'b.shp', 'c.dbf', 'd.shx', 'e.cpg', '__MACOSX/._sales.csv', '.DS_Store'];
  const sales = 'Sold,Price,Address\n2024-01-31,500000,1 A St\n';
  const zip = storedZip({ 'sales.csv': sales, ...Object.fromEntries(others.map((name) => [name, 'text'])) });
  const { name, notes } = await previewOf(zip);
  expect(name).toBe('x/sales.csv');
  expect(notes.map(noteText)).toContain(
    'not read, because they have no sales: read me.txt, a.prj, b.shp, c.dbf, d.shx and 1 others',
  );
});

test('years in a column of dates are asked about, and read as their first days', async () => {
  const table = (mapping?: Mapping) =>
    previewOf(Buffer.from('Sold,Price,Address\n2019,500000,1 A St\n2021,600000,2 A St\n'), mapping);
  expect((await table()).error).toBe(
    'the values of "Sold" are numbers, probably years, which are read as their first days; there are no figures by month or quarter: "2019" is 2019-01-01; give date_numbers: "years" in the mapping',
  );
  const { sales, error } = await table({ date_numbers: 'years' });
  expect(error).toBeUndefined();
  expect(sales.map(({ contractDate }) => contractDate)).toEqual(['2019-01-01', '2021-01-01']);
});

describe('the mapping of a preview with a question works', () => {
  test.each([
    ['epoch-ms.csv', ['2024-03-01 650000', '2024-03-02 645000', '2024-04-18 600000']],
    ['serial-dates.csv', ['2024-03-01 650000', '2024-03-02 645000', '2024-04-18 600000']],
    [
      'undisclosed.csv',
      ['2024-03-01 1250000', '2024-03-02 845000', '2024-03-09 no price', '2024-03-10 no price', '2024-03-11 900000'],
    ],
  ])('%s', async (name, expected) => {
    const asked = await only(name);
    expect(asked.error).toBeDefined();
    const { sales, rejects, error } = await only(name, asked.resolution?.mapping);
    expect(error).toBeUndefined();
    expect(rejects).toEqual([]);
    expect(sales.map(({ contractDate, price, nonStandard }) => `${contractDate} ${nonStandard ?? price}`)).toEqual(
      expected,
    );
  });

  test.each([
    ['epoch-ms.csv', 'unix_milliseconds'],
    ['serial-dates.csv', 'excel_days'],
  ] as const)('%s with date_numbers alone', async (name, numbers) => {
    const { sales, error } = await only(name, { date_numbers: numbers });
    expect(error).toBeUndefined();
    expect(sales[0]?.contractDate).toBe('2024-03-01');
  });
});

describe('a table', () => {
  test('with columns of years and months has them joined', async () => {
    const { sales, error, resolution } = await only('sale-year.csv');
    expect(error).toBeUndefined();
    expect(sales.map(({ contractDate }) => contractDate)).toEqual(['2023-05-01', '2023-11-01', '2022-01-01']);
    expect(resolution?.evidence).toContainEqual({
      member: 'fields.contract_date',
      text: 'joined from "SALE YEAR" and "SALE MONTH" because of their names',
    });
    expect(resolution?.mapping.details).toEqual(['NBHD']);
  });

  test('may end with rows of delimiters', async () => {
    const { sales, rows } = await only('blank-tail.csv');
    expect([sales.length, rows]).toEqual([2, 2]);
  });

  test('may have a delimiter after each row', async () => {
    const { sales, error } = await only('trailing-comma.csv');
    expect(error).toBeUndefined();
    expect(sales.map(({ address }) => address)).toEqual(['12 Alpha St', '14 Alpha St', '16 Alpha St']);
  });

  test('may have a note below its header', async () => {
    const { rejects, rows, sales } = await only('redfin.csv', { area_unit: 'ft2' });
    expect(rejects).toEqual([]);
    expect(rows).toBe(5);
    expect(sales[0]).toMatchObject({ floorArea: 134.71, landArea: 483.1, price: 650_000 });
  });

  test('with exchanged coordinates is proposed as such', async () => {
    const { sales, resolution } = await only('swapped-latlon.csv');
    expect(sales[0]).toMatchObject({ latitude: -33.8, longitude: 151.2 });
    expect(resolution?.evidence).toContainEqual({
      member: 'fields.latitude',
      text: 'taken from "longitude" because of its values: latitude and longitude seem to be exchanged',
    });
  });

  test('with some columns of Property Insights CSV is read by a mapping', async () => {
    const { format, sales } = await only('three-names.csv');
    expect(format).toBe('table');
    expect(sales[0]).toMatchObject({ price: 510_000, locality: 'Northville', details: '{"notes":"corner block"}' });
  });

  test.each([
    [
      'epoch-ms.csv',
      'the values of "SALEDATE" are serial numbers, probably milliseconds since 1970: "1709251200000" is 2024-03-01; give date_numbers: "unix_milliseconds" in the mapping',
    ],
    [
      'serial-dates.csv',
      'the values of "Sale Date" are serial numbers, probably days as spreadsheets count them: "45352" is 2024-03-01; give date_numbers: "excel_days" in the mapping',
    ],
    [
      'undisclosed.csv',
      '"Sale Price" has the name of the prices, but 2 of its first 5 values are none, such as "Undisclosed", "Withheld"; if they stand for no price, give the mapping of the preview, in which fields.price is {"column":"Sale Price","values":{"Undisclosed":"0","Withheld":"0"}}',
    ],
    [
      'zillow-wide.csv',
      'the table has a row for each area and a column for each of 3 dates; these are statistics, not sales',
    ],
  ])('that cannot be read names the column: %s', async (name, message) => {
    expect((await only(name)).error).toBe(message);
  });

  test('with the rows of French deeds has a format, and no note about its deeds', async () => {
    const { format, sales, notes, error } = await only('dvf-geo-mutation-rows.csv');
    expect([format, notes, error]).toEqual(['geo-dvf', [], undefined]);
    expect([...new Map(sales.map((sale) => [sale.key, sale])).values()]).toMatchObject([
      { price: 320_000, type: 'Maison', address: '12 Rue des Lilas, Bourg-Exemple', floorArea: 110, landArea: 600 },
      { price: 180_000, type: 'Appartement', address: '7B Av du Parc, Bourg-Exemple', nonStandard: null },
      { price: 900_000, type: 'Appartement', floorArea: 80, nonStandard: 'shared dealing' },
    ]);
  });

  test('of the assessor of Cook County has a format', async () => {
    const { format, sales } = await only('bundle-price.csv');
    expect(format).toBe('cook-county');
    expect(sales.filter(({ nonStandard }) => nonStandard === null).map(({ price }) => price)).toEqual([410_000]);
  });
});

test('texts that a spreadsheet would execute are kept as they are', async () => {
  const { sales, format } = await only('injection.csv');
  expect(format).toBe('property-insights');
  expect(sales.map(({ address, locality }) => [address, locality])).toEqual([
    ['=HYPERLINK("http://example.com","12 Alpha St")', 'Northville'],
    ['+61 Alpha St', '@SUM(1+1)'],
    ['-12 Beta, "The Nest"', "Cœur d'Alène"],
    ['=1+1', 'Łódź'],
    ['3-4 Gamma St', '2E5'],
  ]);
});

test('places and types are read in the case in which they are written', async () => {
  const { sales } = await only('case-variants.csv');
  expect(new Set(sales.map(({ locality }) => locality))).toEqual(
    new Set(['NORTHVILLE', 'Northville', 'northville', 'North ville']),
  );
  expect(sales).toHaveLength(8);
});

test('dates of many forms are read when the years of two digits are known', async () => {
  const asked = await only('date-forms.csv');
  expect(asked.error).toMatch(
    /^the years of "Sale Date" have two digits, such as "15-JAN-24"; give first_year: \d+ in the mapping/,
  );
  const { sales, rejects, error } = await only('date-forms.csv', { first_year: 1930 });
  expect(error).toBeUndefined();
  expect(sales.every(({ contractDate }) => contractDate?.startsWith('2024-'))).toBe(true);
  expect(rejects.map(({ message }) => message)).toContain('line 14: contract_date "2024" is not a date (dmy)');
  expect(rejects.length).toBeLessThanOrEqual(4);
});
