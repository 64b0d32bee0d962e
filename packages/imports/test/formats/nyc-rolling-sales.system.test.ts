import { expect, test } from 'vitest';
import { ImportBench } from '../import-bench.ts';
import { file, house, workbook } from './nyc-rolling-sales.ts';

const bench = new ImportBench();

test('a sale in a workbook and in the CSV file of it is imported once', async () => {
  const book = await bench.file('rollingsales_manhattan.xlsx', workbook());
  const csv = await bench.file('rollingsales_manhattan.csv', file(house));
  expect(await bench.import([book, csv])).toMatchObject({ accepted: 1, duplicate: 1, rejected: 0 });
});
