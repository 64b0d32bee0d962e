/** Awkward workbooks and containers from the complaints of users, read as a preview reads them. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Mapping } from '../src/mapping/mapping.ts';
import { type FilePreview, type Preview, previewFiles } from '../src/preview.ts';

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
