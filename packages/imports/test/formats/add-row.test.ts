import { describe, expect, test } from 'vitest';
import { propertyInsights } from '../../src/formats/property-insights.ts';
import { readText } from '../helpers.ts';

const header = 'contract_date,price,address,sale_key,issued_at,locality,land_area';

async function readRow(stated: Partial<Record<string, string>>) {
  const row = { contract_date: '2024-01-31', price: '1', address: '5 King St', ...stated };
  const record = header.split(',').map((name) => `"${row[name as keyof typeof row] ?? ''}"`);
  return readText(propertyInsights, `${header}\n${record.join(',')}\n`, 4096);
}

describe('a row is rejected with the limit', () => {
  test.each([
    [{ address: 'a'.repeat(1001) }, 'value too long', 'line 2: address has 1001 characters; the maximum is 1000'],
    [{ sale_key: 'é'.repeat(1001) }, 'value too long', 'line 2: sale_key has 2002 bytes; the maximum is 2000'],
    [
      { sale_key: 'k', locality: ' x'.repeat(40_000) },
      'value too long',
      'line 2: the row has 80041 characters; the maximum is 65536',
    ],
    [
      { land_area: '1000000000001' },
      'bad land_area',
      'line 2: land_area "1000000000001" is not a number from 0 to 1000000000000',
    ],
  ])('%#', async (stated, reason, message) => {
    const { sales, rejects } = await readRow(stated);
    expect(sales).toEqual([]);
    expect(rejects).toMatchObject([{ reason, message }]);
  });

  test.each([
    ['of the largest lengths', { address: 'a'.repeat(1000), sale_key: 'é'.repeat(1000) }],
    ['issued with a fraction of a second', { issued_at: '2024-02-29 23:59:59.123456789+1400' }],
  ])('but not a row %s', async (_, stated) => {
    expect((await readRow(stated)).rejects).toEqual([]);
  });
});

test.each([
  '0000-01-01T00:00Z',
  '0001-01-01T00:00+14:00',
  '1899-12-31T00:00Z',
  '2023-02-29T00:00Z',
  '2024-01-01T24:00Z',
  '2024-01-01T23:59:60Z',
  '2024-01-01T00:00+15:00',
  '2024-01-01T00:00',
  '2024-01-01T00:00:00.1234567890Z',
  'now',
])('the moment %s is rejected', async (issued_at) => {
  const { rejects } = await readRow({ issued_at });
  expect(rejects).toMatchObject([
    {
      reason: 'bad issued_at',
      message: `line 2: issued_at "${issued_at}" is not a date and time of the years 1900 to 2999, such as 2025-01-31T09:30:00Z`,
    },
  ]);
});

test('a reject of a long row shows the beginning of the row and both ends of the message', async () => {
  const { rejects } = await readRow({ price: 'x'.repeat(60_000) });
  expect(rejects[0]?.message).toMatch(/^line 2: price "x{193} … x+" is not a whole number/);
  const { rejects: longer } = await readRow({ price: 'x'.repeat(70_000) });
  expect(longer[0]?.content).toMatch(/^"2024-01-31","x{186} … \(700\d\d characters\)$/);
});
