/** Every format reads a small file of its own, so that all of them are tested where the shared data is missing. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { detectFormat, formats } from '../../src/formats/index.ts';

interface Counts {
  sales: number;
  places: number;
  rejects: number;
  /** Sum of the prices of the sales. */
  total: number;
}

/** By format: what its fixture holds. */
const expected: Record<string, Counts> = {
  rejects: { sales: 40, places: 20, rejects: 1, total: 24_187_500 },
  'nsw-archive': { sales: 198, places: 0, rejects: 2, total: 93_124_000 },
  'nsw-psi': { sales: 152, places: 0, rejects: 0, total: 197_464_109 },
  'property-insights': { sales: 199, places: 0, rejects: 1, total: 175_837_500 },
  'uk-price-paid': { sales: 300, places: 0, rejects: 0, total: 24_859_460 },
  'singapore-hdb': { sales: 300, places: 0, rejects: 0, total: 133_892_844 },
  'nyc-rolling-sales': { sales: 198, places: 0, rejects: 2, total: 216_850_000 },
  'king-county': { sales: 198, places: 0, rejects: 2, total: 207_180_000 },
  seattle: { sales: 300, places: 0, rejects: 0, total: 192_399_093 },
  'kaggle-sydney': { sales: 198, places: 0, rejects: 2, total: 9_023_130_588 },
  'kaggle-melbourne': { sales: 198, places: 0, rejects: 2, total: 318_332_000 },
  dvf: { sales: 9, places: 0, rejects: 0, total: 2_945_634 },
  'geo-dvf': { sales: 12, places: 0, rejects: 0, total: 3_400_634 },
  'ireland-ppr': { sales: 38, places: 0, rejects: 0, total: 17_476_256 },
  'cook-county': { sales: 58, places: 0, rejects: 2, total: 26_831_012 },
  geonames: { sales: 0, places: 300, rejects: 0, total: 0 },
  'place-coordinates': { sales: 0, places: 300, rejects: 0, total: 0 },
};

const folderOf = (format: string) => join(import.meta.dirname, '..', 'fixtures', format);

async function beginning(path: string): Promise<string> {
  const chunks: Buffer[] = await Array.fromAsync(createReadStream(path, { end: 4095 }));
  return Buffer.concat(chunks).toString();
}

test.each(formats.map((format) => [format.name, format] as const))('%s', async (name, format) => {
  const folder = folderOf(name);
  const [file] = existsSync(folder) ? readdirSync(folder) : [];
  if (!file) expect.fail(`Add a file of a few hundred rows to packages/imports/test/fixtures/${name}/.`);
  const counts: Counts = { sales: 0, places: 0, rejects: 0, total: 0 };
  const path = join(folder, file);
  expect(detectFormat(await beginning(path))).toBe(format);
  for await (const { sales, places = [], rejects } of format.read(createReadStream(path))) {
    counts.sales += sales.length;
    counts.places += places.length;
    counts.rejects += rejects.length;
    counts.total += sales.reduce((sum, { price }) => sum + price, 0);
  }
  if (!expected[name]) expect.fail(`Add what ${path} holds to packages/imports/test/formats/fixtures.test.ts.`);
  expect(counts).toEqual(expected[name]);
});
