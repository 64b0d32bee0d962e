/** Real files read by a mapping, their formats' own readers aside, have the same prices and dates. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sharedPath, withoutSharedData } from '../../../../test/shared-data.ts';
import type { Format, Sale } from '../../src/formats/format.ts';
import { singaporeHdb } from '../../src/formats/singapore-hdb.ts';
import { ukPricePaid } from '../../src/formats/uk-price-paid.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { readTable } from './support.ts';

const priceAndDate = ({ price, contractDate }: Sale) => `${contractDate} ${price}`;

async function byFormat(format: Format, path: string): Promise<Sale[]> {
  const sales: Sale[] = [];
  for await (const batch of format.read(createReadStream(path))) sales.push(...batch.sales);
  return sales;
}

test.skipIf(withoutSharedData('singapore-hdb'))('Singapore HDB, whose column names state what they hold', async () => {
  const path = sharedPath('singapore-hdb', 'hdb_2015-01_2016-12.csv');
  const { sales, rejects, resolution } = await readTable(await readFile(path));
  expect(rejects).toEqual([]);
  expect(resolution.questions).toEqual([]);
  const known = await byFormat(singaporeHdb, path);
  expect(sales).toHaveLength(37_153);
  expect(sales.map(priceAndDate)).toEqual(known.map(priceAndDate));
  expect(sales.map(({ floorArea }) => floorArea)).toEqual(known.map(({ floorArea }) => floorArea));
  expect(sales[0]).toMatchObject({ street: 'ANG MO KIO AVE 4', locality: 'ANG MO KIO', type: '3 ROOM' });
});

test.skipIf(withoutSharedData('uk-price-paid'))('UK Price Paid, which names no columns, by their numbers', async () => {
  const path = sharedPath('uk-price-paid', 'RG31.csv');
  const mapping: Mapping = {
    fields: {
      sale_key: { column: 1 },
      price: { column: 2 },
      contract_date: { column: 3 },
      postcode: { column: 4 },
      type: { column: 5, values: { D: 'Detached', S: 'Semi-detached', T: 'Terraced', F: 'Flat', O: 'Other' } },
      house_number: { column: 8 },
      unit: { column: 9 },
      street: { column: 10 },
      locality: { column: 12 },
      region: { column: 14 },
      non_standard: { column: 15, values: { A: '', B: 'not at market value' } },
    },
  };
  const { sales, rejects } = await readTable(await readFile(path), mapping);
  expect(rejects).toEqual([]);
  const known = await byFormat(ukPricePaid, path);
  expect(sales).toHaveLength(15_434);
  const more = ({ type, postcode, nonStandard }: Sale) => `${type} ${postcode} ${nonStandard}`;
  expect(sales.map((sale) => `${priceAndDate(sale)} ${more(sale)}`)).toEqual(
    known.map((sale) => `${priceAndDate(sale)} ${more(sale)}`),
  );
});

test.skipIf(withoutSharedData('uk-price-paid'))(
  'UK Price Paid without a mapping asks only what distinguishes properties',
  async () => {
    const path = sharedPath('uk-price-paid', 'RG31.csv');
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, 300);
    const { resolution } = await readTable(lines.join('\n'));
    expect(resolution.mapping.fields).toEqual({ price: { column: 2 }, contract_date: { column: 3 } });
    expect(resolution.questions.map(({ member }) => member)).toEqual(['fields.address']);
  },
);

test.skipIf(withoutSharedData('house-price-index'))('Seattle, with areas in square feet', async () => {
  const text = await readFile(sharedPath('house-price-index', 'ex_sales.csv'), 'utf8');
  const { sales, rejects, resolution } = await readTable(text);
  expect(rejects).toEqual([]);
  expect(resolution.questions).toEqual([]);
  const lines = text.trimEnd().split('\n').slice(1);
  expect(sales).toHaveLength(5_348);
  expect(sales.map(priceAndDate)).toEqual(
    lines.map((line) => line.split(',')).map(([, , price, date]) => `${date} ${price}`),
  );
  expect(sales[0]).toMatchObject({
    key: '2011..2621',
    propertyKey: '..0007600046',
    landArea: 479.38,
    floorArea: 212.75,
    bedrooms: 8,
  });
});

// The form of kc_house_data.csv.
test('King County, whose dates are at midnight and whose areas are in square feet', async () => {
  const text =
    'id,date,price,bedrooms,bathrooms,sqft_living,sqft_lot,floors,zipcode,lat,long\n' +
    '7129300520,20141013T000000,221900,3,1,1180,5650,1,98178,47.5112,-122.257\n' +
    '6414100192,20141209T000000,538000.0,3,2.25,2570,7242,2,98125,47.721,-122.319\n';
  const { sales, resolution } = await readTable(text);
  // The parcel number may be that of anything.
  expect(resolution.questions.map(({ member }) => member)).toEqual(['fields.address']);
  const { id, ...fields } = { id: { column: 'id' }, ...resolution.mapping.fields };
  const mapped = await readTable(text, { fields: { ...fields, property_key: id } });
  expect(sales).toEqual([]);
  expect(mapped.sales).toMatchObject([
    {
      propertyKey: '7129300520',
      contractDate: '2014-10-13',
      price: 221_900,
      landArea: 524.9,
      floorArea: 109.63,
      postcode: '98178',
      latitude: 47.5112,
    },
    { propertyKey: '6414100192', contractDate: '2014-12-09', price: 538_000, bathrooms: 2.25 },
  ]);
});
