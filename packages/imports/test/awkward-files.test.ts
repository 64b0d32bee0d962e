/** Awkward workbooks and containers from the complaints of users, read as a preview reads them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Mapping } from '../src/mapping/mapping.ts';
import { type FilePreview, type Preview, previewFiles } from '../src/preview.ts';
import { storedZip } from './helpers.ts';

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

  test('whose dates may be half converted has a note', async () => {
    expect((await only('mixed-date-cells.xlsx')).notes).toEqual([
      '"Sale Date": a spreadsheet may have exchanged day and month in 2 dates, those with days up to 12; the other 2 are texts',
    ]);
  });

  test.each(['raw-styled-to-end.xlsx', 'raw-dot-target.xlsx'])('that is valid is read: %s', async (name) => {
    expect((await only(name)).sales.map(({ price }) => price)).toEqual([650_000, 645_000]);
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
    ['an OpenDocument file (.ods)', storedZip({ mimetype: 'application/x', 'content.xml': '<x/>' })],
    ['a binary Excel workbook (.xlsb)', storedZip({ 'xl/workbook.bin': 'x' })],
  ])('%s', async (kind, content) => {
    const path = join(await mkdtemp(join(tmpdir(), 'awkward-test-')), 'received');
    await writeFile(path, content);
    const { error } = await previewFiles({ files: [{ name: 'x', path }], market: undefined });
    await rm(dirname(path), { recursive: true });
    expect(error).toContain(`x has no supported format; it is ${kind}: `);
  });
});

test.each(['with-shape.zip', 'macosx.zip'])('companions in a zip are passed over: %s', async (name) => {
  expect((await only(name)).sales.length).toBeGreaterThan(0);
});

describe('a table', () => {
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
    const { rejects, rows } = await only('redfin.csv', { area_unit: 'ft2' });
    expect(rejects).toEqual([]);
    expect(rows).toBe(5);
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
      '"SALEDATE" has the name of the contract dates, but 3 of its first 3 values are none, such as "1709251200000"',
    ],
    ['serial-dates.csv', 'such as "45352", "45353", "45400"; these are serial numbers; export the column as dates'],
    [
      'undisclosed.csv',
      '"Sale Price" has the name of the prices, but 2 of its first 5 values are none, such as "Undisclosed", "Withheld"',
    ],
    ['zillow-wide.csv', 'a column for each of 3 dates; these are statistics, not sales'],
  ])('that cannot be read names the column: %s', async (name, message) => {
    expect((await only(name)).error).toContain(message);
  });
});
