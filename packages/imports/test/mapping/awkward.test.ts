/** Awkward files from the complaints of users: each is read correctly, or the message states what to do. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { type Read, readTable } from './support.ts';

async function awkward(name: string, given?: Mapping, currency = 'AUD', timeZone = 'Australia/Sydney'): Promise<Read> {
  const content = await readFile(new URL(`../fixtures/awkward/${name}`, import.meta.url));
  return readTable(content, given, undefined, { currency, timeZone });
}

const prices = ({ sales }: Read) => sales.map(({ price }) => price);
const asked = ({ resolution }: Read) => resolution.questions.map(({ member }) => member);
const messages = ({ rejects }: Read) => rejects.map(({ message }) => message);

describe('prices', () => {
  test('are multiplied by the scale in the heading', async () => {
    expect(prices(await awkward('thousands-in-header.csv'))).toEqual([1_250_000, 845_000, 2_100_000, 990_000]);
    expect(prices(await awkward('millions-3dec.csv', undefined, 'HKD'))).toEqual([6_850_000, 12_500_000, 785_000]);
  });

  test('whose heading states a scale that the amounts contradict become a question', async () => {
    const text = "Sold,Address,Price ($'000)\n2024-01-31,1 King St,1250000\n2024-02-01,2 King St,845000\n";
    expect(asked(await readTable(text))).toEqual(['price_scale']);
    expect(prices(await readTable(text, { price_scale: 1 }))).toEqual([1_250_000, 845_000]);
  });

  test('whose heading states another currency become a question', async () => {
    const read = await awkward('millions-3dec.csv');
    expect(read.resolution.questions).toEqual([
      {
        member: 'currency',
        text: 'the heading of "Consideration (HK$ million)" states another currency than AUD, that of the market; import the file into a market with that currency, or give currency: "AUD" in the mapping if the prices are in it',
        choices: ['AUD'],
      },
    ]);
    expect(asked(await awkward('millions-3dec.csv', { currency: 'AUD' }))).toEqual([]);
    expect(asked(await awkward('thousands-in-header.csv', { currency: 'EUR' }))).toEqual(['currency']);
  });

  test('in another currency are rejected', async () => {
    const read = await awkward('two-currencies.csv', undefined, 'EUR');
    expect(prices(read)).toEqual([150_000, 170_000]);
    expect(messages(read)).toEqual([
      'line 3: price "HRK 1,100,000" is not in EUR, the currency of the market',
      'line 5: price "$120,000" is not in EUR, the currency of the market',
    ]);
  });

  test('with three decimals have no thousands where the column shows its decimal mark', async () => {
    const right = [385_000, 412_500, 985, 1, 100_000];
    expect(prices(await awkward('three-decimals.csv'))).toEqual(right);
    expect(prices(await awkward('three-decimals.csv', { decimal: '.' }))).toEqual(right);
    const text = 'Sold,Address,Price\n2024-01-31,1 King St,450.000\n';
    expect(prices(await readTable(text))).toEqual([450_000]);
    expect(prices(await readTable(text, { decimal: '.' }))).toEqual([450]);
  });
});

describe('areas', () => {
  test.each(['area-unit-column.csv', 'nsw-cleaned.csv'])('have the unit of their own column: %s', async (name) => {
    for (const given of [undefined, { area_unit: 'm2' }] as const) {
      const { sales } = await awkward(name, given);
      expect(sales.map(({ landArea }) => landArea)).toEqual([650.3, 12_000, 13_000].slice(0, sales.length));
    }
  });

  test('with an unknown unit are rejected', async () => {
    const text = 'Sold,Address,Price,Land area,Area type\n2024-01-31,1 King St,500000,2,furlong\n';
    const fields = {
      contract_date: { column: 'Sold' },
      price: { column: 'Price' },
      address: { column: 'Address' },
      land_area: { column: 'Land area', unit_column: 'Area type' },
    };
    expect(messages(await readTable(text, { fields }))).toEqual([
      'line 2: land_area "2" has the unit "furlong", which is not a unit of area',
    ]);
  });
});

describe('instants', () => {
  test('become days in the time zone of the market', async () => {
    const { sales } = await awkward('utc-timestamps.csv');
    expect(sales.map(({ contractDate }) => contractDate)).toEqual(['2024-01-01', '2024-07-01', '2024-02-29']);
  });

  test('at midnight UTC alone are days', async () => {
    const text = 'Sold,Address,Price\n2024-01-31T00:00:00Z,1 King St,450000\n';
    const { sales } = await readTable(text, undefined, undefined, { currency: 'USD', timeZone: 'America/New_York' });
    expect(sales[0]?.contractDate).toBe('2024-01-31');
  });
});
