import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { salesFiles } from '../src/files.ts';
import { deflatedZip, storedZip, xlsxParts, xlsxRows } from './helpers.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const csv = (price = 1) => `contract_date,price,address\n2025-01-05,${price},x\n`;

/** What is found in one file, with the bytes of it that were reported. */
async function found(name: string, content: string | Buffer) {
  const path = join(folder, 'received');
  await writeFile(path, content);
  const sales: Record<string, number[]> = {};
  let bytes = 0;
  for await (const file of salesFiles([{ name, path }], (more) => (bytes += more))) {
    const prices: number[] = [];
    for await (const batch of file.format.read(file.content)) prices.push(...batch.sales.map(({ price }) => price));
    sales[file.name] = prices;
  }
  expect(Math.round(bytes)).toBe(Buffer.byteLength(content as string));
  expect(await readdir(folder)).toEqual(['received']);
  return sales;
}

describe('sales are found in', () => {
  test('a gzip file', async () => {
    expect(await found('x.csv.gz', gzipSync(csv()))).toEqual({ 'x.csv.gz': [1] });
  });

  test('gzip in pieces, one after the other', async () => {
    expect(await found('x.gz', Buffer.concat([gzipSync(csv()), gzipSync('2025-01-06,2,y\n')]))).toEqual({
      'x.gz': [1, 2],
    });
  });

  test('a zip of zips in folders, with gzip in one of them', async () => {
    const week = deflatedZip({ 'week/a.csv': csv(1), 'week/licence.txt': 'free' });
    const other = storedZip({ 'b.csv.gz': gzipSync(csv(2)) });
    expect(await found('year.zip', deflatedZip({ '2025/': '', '2025/week.zip': week, 'other.zip': other }))).toEqual({
      'year.zip/2025/week.zip/week/a.csv': [1],
      'year.zip/other.zip/b.csv.gz': [2],
    });
  });

  test('a gzipped zip', async () => {
    expect(await found('x.zip.gz', gzipSync(storedZip({ 'a.csv': csv() })))).toEqual({ 'x.zip.gz/a.csv': [1] });
  });

  const header = ['contract_date', 'price', 'address'];
  test('a workbook, whose notes are passed over', async () => {
    const parts = xlsxParts({
      Notes: xlsxRows(['what the columns mean']),
      North: xlsxRows(header, ['2025-01-05', 1, 'x']),
      South: xlsxRows(header, ['2025-01-05', 2, 'x'], ['2025-01-06', 3, 'y']),
    });
    expect(await found('x.xlsx', deflatedZip(parts))).toEqual({ 'x.xlsx/North': [1], 'x.xlsx/South': [2, 3] });
  });

  test('a workbook in a zip', async () => {
    const book = deflatedZip(xlsxParts({ Sales: xlsxRows(header, ['2025-01-05', 1, 'x']) }));
    expect(await found('x.zip', storedZip({ 'book.xlsx': book }))).toEqual({ 'x.zip/book.xlsx/Sales': [1] });
  });

  test('a text in UTF-16, as spreadsheets save "Unicode text"', async () => {
    expect(await found('x.csv', Buffer.from(`\uFEFF${csv()}`, 'utf16le'))).toEqual({ 'x.csv': [1] });
  });
});

describe('refused is', () => {
  // Records of a legal description are only counted, so that reading them takes no time.
  const bomb = Buffer.concat([
    Buffer.from('A;RTSALEDATA;001;20240101 01:07;VALNET;\n'),
    Buffer.alloc(70 << 20, `C;${' '.repeat(500_000)}\n`),
  ]);
  const truncated = (content: Buffer) => content.subarray(0, content.length - 20);
  const nested = (depth: number): Buffer =>
    storedZip(depth === 0 ? { 'a.csv': csv() } : { 'in.zip': nested(depth - 1) });
  const encrypted = deflatedZip({ 'a.csv': csv() });
  encrypted.writeUInt16LE(1, encrypted.indexOf('PK\x01\x02') + 8);
  const changed = storedZip({ 'a.csv': csv(1) });
  changed.write('2', changed.indexOf(',1,x') + 1);
  test.each([
    ['a zip with another checksum', () => changed, /^x\/a\.csv: it is damaged or incomplete \(its checksum is wrong\)/],
    [
      'a zip that unpacks to a hundred times its size',
      () => deflatedZip({ 'a.DAT': bomb }),
      /^x: the files unpack to more than 100 times their size/,
    ],
    ['such a gzip file', () => gzipSync(bomb), /^x: the files unpack to more than 100 times/],
    [
      'a zip in too many others',
      () => nested(3),
      /^x\/in\.zip\/in\.zip\/in\.zip is nested too deep: an archive may be within 2 others at most$/,
    ],
    ['a path that leads out', () => storedZip({ '../../x.csv': csv() }), /^x: a file in it has a path outside of it/],
    ['a zip without its end', () => truncated(storedZip({ 'a.csv': csv() })), /^x: it is damaged or incomplete/],
    ['a zip within without its end', () => storedZip({ 'in.zip': truncated(nested(0)) }), /^x\/in\.zip: it is damaged/],
    [
      'a gzip file without its end',
      () => truncated(gzipSync(csv())),
      /^x: it is damaged or incomplete \(unexpected end/,
    ],
    ['an encrypted zip', () => encrypted, /^x\/a\.csv: it is encrypted; create it again without a password$/],
    ['a zip without sales', () => storedZip({ 'licence.txt': 'free' }), /^x contains no sales file$/],
    ['a zip of an unknown file', () => storedZip({ 'a.png': '\x89PNG' }), /^x\/a\.png has no supported format/],
    ['an empty file', () => Buffer.alloc(0), /^x is empty$/],
    ['an empty file in gzip', () => gzipSync(''), /^x is empty$/],
    [
      'a workbook of notes',
      () => storedZip(xlsxParts({ Notes: xlsxRows(['hello']) })),
      /^x has no sheet of a supported format/,
    ],
  ])('%s', async (_, content, message) => {
    await expect(
      found('x', content()).catch((error) => Promise.reject(new Error(named(error.message)))),
    ).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(['received']);
  });
  // A fault within a file is named by the pipeline.
  const named = (message: string) => (message.startsWith('x') ? message : `x: ${message}`);
});
