/** No file takes more time or memory than its size justifies, and no file makes a reader throw anything but its own errors. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import '../../../test/property-tests.ts';
import { previewFiles } from '../src/preview.ts';
import { hostileFiles, runText } from './hostile-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostile-files-'));
afterAll(() => rm(folder, { recursive: true }));

/** Of processor time, so that a busy machine does not matter: microseconds for a file and for each byte. */
const budget = { file: 1_500_000, byte: 5 };
/** Of garbage and of what is kept, in bytes. */
const maxMemory = 300e6;

async function preview(content: string | Buffer): Promise<void> {
  const path = join(folder, 'received');
  writeFileSync(path, content);
  const memory = process.memoryUsage();
  const started = process.cpuUsage();
  await previewFiles({ files: [{ name: 'x', path }], format: undefined, mapping: undefined });
  const { user } = process.cpuUsage(started);
  const { heapUsed, external } = process.memoryUsage();
  expect(user).toBeLessThan(budget.file + budget.byte * Buffer.byteLength(content as string));
  expect(heapUsed + external - memory.heapUsed - memory.external).toBeLessThan(maxMemory);
  expect(await readdir(folder)).toEqual(['received']);
}

test.each(Object.entries(hostileFiles))('%s', async (_, make) => {
  await preview(make());
});

const fixtures = [
  'kaggle-melbourne/melb_data.csv',
  'kaggle-sydney/SydneyHousePrices.csv',
  'king-county/kc_house_data.csv',
  'nsw-archive/ARCHIVE_SALES_999.DAT',
  'nsw-psi/260_SALES_DATA_NNME_18032024.DAT',
  'nyc-rolling-sales/rollingsales_bronx.csv',
  'property-insights/sales.csv',
  'rejects/rejects.csv',
  'seattle/ex_sales.csv',
  'singapore-hdb/resale-flat-prices.csv',
  'uk-price-paid/pp-extract.csv',
  'dvf/ValeursFoncieres-extract.txt',
  'ireland-ppr/PPR-2023-02.csv',
  'cook-county/parcel-sales.csv',
  'geonames/AU.txt',
];

test.each(fixtures)('%s with long runs in its values', { timeout: 60_000 }, async (fixture) => {
  const text = readFileSync(join(import.meta.dirname, 'fixtures', fixture), 'utf8').slice(0, 20_000);
  const delimiter = ['\t', '|', ';'].find((mark) => text.split('\n', 1)[0]?.includes(mark)) ?? ',';
  const values = text.split(delimiter);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(values.length - 1), runText), { maxLength: 6 }), async (changes) => {
      const changed = [...values];
      for (const [position, run] of changes) changed[position] = run;
      await preview(changed.join(delimiter));
    }),
    { numRuns: 15, endOnFailure: true },
  );
});
