import { truncate } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { storedZip } from './helpers.ts';
import { ImportBench } from './import-bench.ts';

// What the world holds, through the whole pipeline. The formats' and files' own tests have more of it.

const bench = new ImportBench();
beforeEach(async () => {
  bench.marketId = await bench.addMarket();
});

const header = 'contract_date,price,address';
const good = Array.from({ length: 20 }, (_, i) => `2025-01-05,100,${i} King St`);
const csv = (...lines: string[]) => `${[header, ...good, ...lines].join('\n')}\n`;
const nsw = (price: string, contract = '20231219', settlement = '20231222') =>
  `B;001;2857799;1;20240101 01:07;;;176;LAKE RD;ELRINGTON;2325;25.15;H;${contract};${settlement};${price};RU2;R;RESIDENCE;;RAN;;0;D${price}${contract};`;
const nswFile = (records: string[], end = '\n') =>
  ['A;RTSALEDATA;001;20240101 01:07;VALNET;', ...records, `Z;${records.length + 2};${records.length};0;0;`, ''].join(
    end,
  );
const sales = () =>
  bench.query(
    'SELECT price, contract_date, address, non_standard FROM sale WHERE market_id = $1 AND retired_by IS NULL ORDER BY price',
    [bench.marketId],
  );

test('prices of nothing, of one dollar and of more than 32 bits hold are kept; negative ones are rejected', async () => {
  const prices = ['0', '1', '2147483647', '2147483648', '999999999999', '-5'];
  const file = await bench.file('x.DAT', nswFile(prices.map((price) => nsw(price))));
  expect(await bench.import([file], { maxRejects: 0.5 })).toMatchObject({
    state: 'finished',
    accepted: 5,
    rejected: 1,
  });
  expect((await sales()).map(({ price, non_standard }) => [price, non_standard])).toEqual([
    [0, 'no price'],
    [1, null],
    [2_147_483_647, null],
    [2_147_483_648, null],
    [999_999_999_999, null],
  ]);
});

test('dates from the year 1 to the year 9999 are kept, and what is no day is rejected', async () => {
  const dates = ['00010101', '02170512', '99991231', '20240230', '00000000', '20241301'];
  const file = await bench.file('x.DAT', nswFile(dates.map((date, i) => nsw(String(i), date, ''))));
  const report = await bench.import([file], { maxRejects: 0.5 });
  expect(report).toMatchObject({ state: 'finished', accepted: 3, rejected: 3 });
  expect((await sales()).map(({ contract_date }) => contract_date)).toEqual(['0001-01-01', '0217-05-12', '9999-12-31']);
});

describe('a last line cut short', () => {
  test('is a reject of a CSV file', async () => {
    const report = await bench.import([await bench.file('x.csv', csv('2025-01-06,2').trimEnd())]);
    expect(report).toMatchObject({ state: 'finished', accepted: 20, rejected: 1 });
  });

  test('fails a file of New South Wales, which says how long it should be', async () => {
    const file = await bench.file('x.DAT', nswFile([nsw('1'), nsw('2')]).slice(0, -9));
    expect(await bench.import([file])).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('download the file again'),
    });
  });
});

test.each([
  ['in LF', '\n'],
  ['in CRLF', '\r\n'],
  ['in CR', '\r'],
])('a quote left open loses no record, with lines that end %s', async (_, end) => {
  const records = Array.from({ length: 50 }, (_, i) =>
    nsw(String(i + 1)).replace('LAKE RD', i === 20 ? '"LAKE RD' : 'LAKE RD'),
  );
  expect(await bench.import([await bench.file('x.DAT', nswFile(records, end))])).toMatchObject({
    accepted: 50,
    rejected: 0,
  });
});

test('a quote left open in a CSV file costs the line where it began', async () => {
  const file = await bench.file('x.csv', csv('2025-01-06,2,"1 Open St', '2025-01-06,2,2 King St'));
  expect(await bench.import([file])).toMatchObject({ state: 'finished', accepted: 21, rejected: 1 });
});

test.each([
  ['Latin-1', Buffer.from(csv('2025-01-06,2,1 Rue de l’Été').replace('’', '\x92'), 'latin1'), '1 Rue de l’Été'],
  ['UTF-16', Buffer.from(`\uFEFF${csv('2025-01-06,2,1 Rue de l’Été')}`, 'utf16le'), '1 Rue de l’Été'],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${csv('2025-01-06,2,1 Rue de l’Été')}`), '1 Rue de l’Été'],
  ['what was spoilt before', Buffer.from(csv('2025-01-06,2,1 Rue de lâ€™Ã‰tÃ©')), '1 Rue de lâ€™Ã‰tÃ©'],
])('%s comes out as it was meant, or as it came', async (_, content, address) => {
  expect(await bench.import([await bench.file('x.csv', content)])).toMatchObject({ accepted: 21 });
  expect((await sales())[0]).toMatchObject({ price: 2, address });
});

test('a NUL in a line costs that line', async () => {
  const report = await bench.import([await bench.file('x.csv', csv('2025-01-06,2,1 \0 St'))]);
  expect(report).toMatchObject({ state: 'finished', accepted: 20, rejected: 1 });
});

describe('fails at once, with a sentence', () => {
  test('a line of a gigabyte', async () => {
    const file = await bench.file('x.csv', `${header}\n`);
    // The rest is a hole in the file, which reads as NULs and takes no room on the disk.
    await truncate(file.path, 2 ** 30);
    expect(await bench.import([file])).toMatchObject({
      state: 'failed',
      error: 'x.csv: line 2 is longer than 1 MB, so this is not a sales file.',
    });
  });

  test('a gigabyte without a line in it', async () => {
    const file = await bench.file('x.csv', '');
    await truncate(file.path, 2 ** 30);
    expect(await bench.import([file])).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/^x\.csv has no supported format/),
    });
  });

  const wide = (names: string) => `${names}${Array.from({ length: 10_000 }, (_, i) => `,c${i}`).join('')}\n`;
  test.each([
    ['10,000 columns', wide(header), /^x\.csv: line 1 has 10003 columns; the maximum is 2000\.$/],
    ['10,000 columns without a name that is known', wide('a'), /^x\.csv/],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), /^x\.csv has no supported format/],
    ['an empty file', '', /^x\.csv is empty\.$/],
    [
      'a zip in a zip that is cut short',
      storedZip({ 'in.zip': storedZip({ 'a.csv': csv() }).subarray(0, 200) }),
      /^x\.csv\/in\.zip: it is damaged or incomplete/,
    ],
    ['gzip that is cut short', gzipSync(csv()).subarray(0, 60), /^x\.csv: it is damaged or incomplete/],
  ])('%s', async (_, content, error) => {
    const report = await bench.import([await bench.file('x.csv', content)]);
    expect(report).toMatchObject({ state: 'failed', changed: false, error: expect.stringMatching(error) });
    expect(await sales()).toEqual([]);
  });
});

test('a file twice in one import, and as gzip, brings its sales once', async () => {
  const content = csv();
  const files = [
    await bench.file('a.csv', content),
    await bench.file('b.csv', content),
    await bench.file('a.csv.gz', gzipSync(content)),
  ];
  expect(await bench.import(files)).toMatchObject({ rows_read: 60, accepted: 20, duplicate: 40 });
});
