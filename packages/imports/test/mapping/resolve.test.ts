import { describe, expect, test } from 'vitest';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { readTable, said } from './support.ts';

/** A table with these columns, each a few values; dates and places enough for a sale are added. */
async function table(columns: Record<string, string[]>, given?: Mapping, remembered?: Mapping) {
  const length = Math.max(...Object.values(columns).map((values) => values.length));
  const all: Record<string, string[]> = { Sold: [], Price: [], Address: [], ...columns };
  const defaults: Record<string, string> = { Sold: '2024-01-31', Price: '500000', Address: '1 King St' };
  // A column without values is left out.
  const names = Object.keys(all).filter((name) => columns[name]?.length !== 0);
  const lines = Array.from({ length }, (_, row) =>
    names.map((name) => all[name]?.[row] ?? defaults[name] ?? '').join('|'),
  );
  return readTable([names.join('|'), ...lines, ''].join('\n'), given, remembered);
}

describe('columns are known by their names', () => {
  test.each([
    ['Sale Price ($)', 'price', '500000'],
    ['VERKAUFSPREIS', 'price', '500000'],
    ['valeur_fonciere', 'price', '500000'],
    ['salePrice', 'price', '500000'],
    ['date_mutation', 'contract_date', '2024-01-31'],
    ['Settlement Date', 'settlement_date', '2024-01-31'],
    ['Código postal', 'postcode', '28001'],
    ['PLZ', 'postcode', '80331'],
    ['Suburb Name', 'locality', 'Newtown'],
    ['Property Type', 'type', 'House'],
    ['BEDROOMS', 'bedrooms', '3'],
    ['Lot Size (acres)', 'land_area', '0.25'],
    ['Wohnfläche in m²', 'floor_area', '85'],
    ['Lattitude', 'latitude', '-33.8'],
    ['Parcel ID', 'property_key', '17-4-223'],
    ['street_no', 'house_number', '12'],
  ])('"%s" is %s', async (name, field, value) => {
    const others = {
      ...(field === 'price' && { Price: [] }),
      ...(field === 'contract_date' && { Sold: [] }),
      ...(field === 'latitude' && { Long: ['151.2'] }),
    };
    const { resolution } = await table({ ...others, [name]: [value] });
    expect(resolution.mapping.fields).toMatchObject({ [field]: { column: name } });
  });

  test.each(['List price', 'price per sqm', 'Last sale price', 'Rental price', 'Assessed value'])(
    '"%s" is no price',
    async (name) => {
      const { resolution } = await table({ [name]: ['900000'] });
      expect(resolution.mapping.fields?.price).toEqual({ column: 'Price' });
    },
  );

  test.each(['owner name', 'Purchaser', 'agent_email'])('"%s" is kept out: it is of people', async (name) => {
    const { resolution, sales } = await table({ [name]: ['Jo'], View: ['Lake'] });
    expect(resolution.mapping.details).toEqual(['View']);
    expect(sales[0]?.details).toBe('{"View":"Lake"}');
  });

  test('unless their values are something else', async () => {
    const { resolution } = await table({ 'Sale date': ['yes', 'no'], Bedrooms: ['many', 'few'] });
    expect(Object.keys(resolution.mapping.fields ?? {})).toEqual(['price', 'contract_date', 'address']);
    expect(resolution.mapping.fields?.contract_date).toEqual({ column: 'Sold' });
  });
});

describe('without names', () => {
  test('the only column of dates and the only one of large numbers are chosen, the rest becomes questions', async () => {
    const { resolution } = await readTable('2024-01-31;1;450000\n2024-02-01;2;650000\n2024-02-03;3;550000\n');
    expect(resolution.mapping.table?.header).toBe(false);
    expect(resolution.mapping.fields).toEqual({ price: { column: 3 }, contract_date: { column: 1 } });
    expect(resolution.questions.map(({ member }) => member)).toEqual(['fields.address']);
  });

  test('of several that could be prices none is taken', async () => {
    const { resolution } = await readTable('2024-01-31;410000;450000\n2024-02-01;640000;650000\n');
    expect(resolution.questions[0]).toEqual({
      member: 'fields.price',
      text:
        'no column could be identified as the prices; column 2 and column 3 could be; ' +
        'give fields.price in the mapping, such as {"fields": {"price": {"column": 2}}} with the other fields',
      open: { code: 'no_column', field: 'price', columns: [2, 3] },
      choices: ['column 2', 'column 3'],
    });
  });

  test('a mapping by numbers reads it', async () => {
    const fields = { price: { column: 2 }, contract_date: { column: 1 }, address: { columns: [3, 4] } };
    const { sales } = await readTable('2024-01-31;450000;12;King St\n', { fields });
    expect(sales).toMatchObject([{ price: 450_000, contractDate: '2024-01-31', address: '12 King St' }]);
  });
});

describe('the order of day and month', () => {
  test('is found from the values that can only be one', async () => {
    const read = await table({ Sold: ['01/02/2024', '13/02/2024', '02/03/2024'] });
    expect(read.sales.map(({ contractDate }) => contractDate)).toEqual(['2024-02-01', '2024-02-13', '2024-03-02']);
    expect(said(read, 'fields.contract_date')).toMatch(
      /"Sold": 3 of 3 values are dates dd\/mm\/yyyy; 1 of them can only be that order$/,
    );
  });

  test('is found from another column of dates', async () => {
    const read = await table({ Sold: ['01/02/2024', '02/03/2024'], Settled: ['02/25/2024', '03/04/2024'] });
    expect(read.sales[0]).toMatchObject({ contractDate: '2024-01-02', settlementDate: '2024-02-25' });
    expect(said(read, 'fields.contract_date')).toContain('mm/dd/yyyy like "Settled", where 1 can only be that order');
  });

  test('becomes a question when it is ambiguous, and when values contradict each other', async () => {
    const silent = await table({ Sold: ['01/02/2024', '02/03/2024'] });
    expect(silent.resolution.questions.map(({ member }) => member)).toEqual(['date_order']);
    const both = await table({ Sold: ['13/02/2024', '02/13/2024'] });
    expect(both.resolution.questions[0]?.text).toBe(
      'the order of day and month in "Sold" is ambiguous: 1 can only be dd/mm/yyyy and 1 only mm/dd/yyyy; give date_order: "dmy" or "mdy" in the mapping',
    );
  });

  test('is what the mapping says', async () => {
    const { sales, resolution } = await table({ Sold: ['01/02/2024'] }, { date_order: 'mdy' });
    expect(sales[0]?.contractDate).toBe('2024-01-02');
    expect(resolution.questions).toEqual([]);
  });

  test('that is ambiguous only further down rejects the row', async () => {
    const fields = { price: { column: 'Price' }, contract_date: { column: 'Sold' }, address: { column: 'Address' } };
    const lines = Array.from({ length: 1_000 }, () => '2024-01-31|500000|1 King St');
    const { rejects } = await readTable(['Sold|Price|Address', ...lines, '03/04/2024|1|x', ''].join('\n'), { fields });
    expect(rejects.map(({ message }) => message)).toEqual([
      'line 1002: contract_date "03/04/2024" could be 2024-04-03 or 2024-03-04; state date_order in the mapping',
    ]);
  });
});

describe('the decimal mark', () => {
  test('is found from the values that can only be one', async () => {
    const read = await table({ 'Floor area m2': ['85,5', '1.120'], Bathrooms: ['1.5', '2'] });
    expect(read.sales.map(({ floorArea, bathrooms }) => [floorArea, bathrooms])).toEqual([
      [85.5, 1.5],
      [1120, 2],
    ]);
  });

  test('becomes a question when it is not stated', async () => {
    const { resolution } = await table({ 'Floor area m2': ['1.120', '2.350'] });
    expect(resolution.questions).toEqual([
      {
        member: 'decimal',
        text: 'the decimal mark in "Floor area m2" is ambiguous: "1.120" could be 1.12 or 1120; give decimal: "." or "," in the mapping',
        open: { code: 'decimal', columns: ['Floor area m2'], example: '1.120', with_point: 1.12, with_comma: 1120 },
        choices: ['.', ','],
      },
    ]);
  });
});

describe('the unit of areas', () => {
  test('is found from the name of the column, or from each value', async () => {
    const { sales } = await table({ 'Land (acres)': ['2'], 'Living area': ['1000 sq ft'] });
    expect(sales[0]).toMatchObject({ landArea: 8093.71, floorArea: 92.9 });
  });

  test('becomes a question when it is not stated', async () => {
    const { resolution } = await table({ 'Land size': ['650'] });
    expect(resolution.questions).toEqual([
      {
        member: 'area_unit',
        text: 'the unit of "Land size" is not stated; give area_unit: "m2", "ft2", "yd2", "acre" or "ha" in the mapping',
        open: { code: 'area_unit', columns: ['Land size'] },
        choices: ['m2', 'ft2', 'yd2', 'acre', 'ha'],
      },
    ]);
    const { sales } = await table({ 'Land size': ['650'] }, { area_unit: 'ft2' });
    expect(sales[0]?.landArea).toBe(60.39);
  });
});

describe('a given mapping', () => {
  const fields = { price: { column: 'Price' }, contract_date: { column: 'Sold' }, address: { column: 'Address' } };

  test('takes no column that it does not name', async () => {
    const { sales } = await table({ Bedrooms: ['3'], Zoning: ['R2'] }, { fields });
    expect(sales[0]).toMatchObject({ bedrooms: null, details: null });
  });

  test('joins columns, gives fixed values and translates codes', async () => {
    const { sales } = await table(
      { Y: ['2024', '2024'], M: ['2', '12'], D: ['29', '1'], T: ['h', 'x'], Cat: ['A', 'B'] },
      {
        fields: {
          ...fields,
          contract_date: { columns: ['Y', 'M', 'D'], separator: '-' },
          region: { value: 'NSW' },
          type: { column: 'T', values: { h: 'House' } },
          non_standard: { column: 'Cat', values: { A: '', B: 'not at market value' } },
        },
        details: ['Cat'],
      },
    );
    expect(sales).toMatchObject([
      { contractDate: '2024-02-29', region: 'NSW', type: 'House', nonStandard: null, details: '{"Cat":"A"}' },
      { contractDate: '2024-12-01', region: 'NSW', type: 'x', nonStandard: 'not at market value' },
    ]);
  });

  test('goes before what is remembered, which goes before what would be proposed', async () => {
    const remembered: Mapping = { fields: { ...fields, region: { value: 'VIC' } }, missing: ['1 King St'] };
    const once = await table({ Bedrooms: ['3'] }, undefined, remembered);
    expect(once.resolution.origin).toBe('remembered');
    expect(once.rejects.map(({ reason }) => reason)).toEqual(['address missing']);
    const { resolution, sales } = await table({ Bedrooms: ['3'] }, { fields, missing: [] }, remembered);
    expect(resolution.origin).toBe('given');
    expect(sales[0]).toMatchObject({ region: null, address: '1 King St' });
  });

  test.each([
    [
      { price: { column: 'Preis' } },
      'fields.price of the mapping names the column "Preis", which the table lacks; its columns are "Sold", "Price", "Address", "Price2"',
    ],
    [{ price: { column: 9 } }, 'fields.price of the mapping names the column number 9, which the table lacks'],
  ])('that names a column which is not there is refused: %j', async (wrong, sentence) => {
    await expect(table({ Price2: ['1'] }, { fields: wrong })).rejects.toThrow(sentence);
  });

  test('must identify two columns of one name by their numbers', async () => {
    const text = 'Sold;Price;Price;Address\n2024-01-31;1000;2000;x\n';
    await expect(readTable(text, { fields })).rejects.toThrow(
      'names the column "Price", but the table has several of that name; use its number',
    );
    const { sales } = await readTable(text, { fields: { ...fields, price: { column: 3 } } });
    expect(sales[0]?.price).toBe(2000);
  });

  test('says how the table is written down', async () => {
    const text = Buffer.from("Verkaufte Häuser\nSold#Price#Address\n2024-01-31#1000#'St. Georg#Straße'\n", 'latin1');
    const given: Mapping = {
      table: { encoding: 'windows-1252', delimiter: '#', quote: "'", header: true, skip_rows: 1 },
    };
    expect((await readTable(text, given)).sales).toMatchObject([{ price: 1000, address: 'St. Georg#Straße' }]);
  });
});

describe('a sale', () => {
  test('without a key is known by its address, date and price, and its property by its address', async () => {
    const { sales } = await table({ Suburb: ['Newtown'], Postcode: ['2042'] });
    expect(sales[0]).toMatchObject({
      propertyKey: '1 king st;;;;newtown;;2042',
      key: '1 king st;;;;newtown;;2042;2024-01-31;500000',
    });
  });

  test('with keys is known by them', async () => {
    const { sales } = await table({ sale_id: ['a'], parcel: ['b'] });
    expect(sales[0]).toMatchObject({ key: 'a', propertyKey: 'b' });
  });

  test('has its address put together from its parts', async () => {
    const parts = {
      Address: [],
      Unit: ['5', 'Flat 24', '', ''],
      House_number: ['12', '', '7', ''],
      Street: ['King St', 'Park Rd', 'Bay Rd', 'High St'],
      Town: ['Newtown', 'Reading', '', 'Ely'],
    };
    const { sales } = await table(parts, {
      fields: {
        price: { column: 'Price' },
        contract_date: { column: 'Sold' },
        unit: { column: 'Unit' },
        house_number: { column: 'House_number' },
        street: { column: 'Street' },
        locality: { column: 'Town' },
      },
    });
    expect(sales.map(({ address }) => address)).toEqual([
      '5/12 King St, Newtown',
      'Flat 24, Park Rd, Reading',
      '7 Bay Rd',
      'High St, Ely',
    ]);
  });

  test.each([
    [{ Price: ['1.2x'] }, 'price "1.2x" is not an amount of money of at least 0'],
    [{ Price: ['-5'] }, 'price "-5" is not an amount of money of at least 0'],
    [{ Price: ['?'] }, 'price is missing'],
    [{ Sold: ['soon'] }, 'contract_date "soon" is not a date'],
    [{ Address: ['N/A'] }, 'address is missing'],
    [{ Bedrooms: ['2.5'] }, 'bedrooms "2.5" is not a whole number from 0 to 999'],
    [{ Lat: ['95'], Long: ['1'] }, 'latitude "95" is not a number from -90 to 90'],
    [{ Lat: ['5'], Long: [''] }, 'latitude and longitude must both be given, or neither'],
    [{ Land: ['big'] }, 'land_area "big" is not a number from 0 to 1000000000000, with a unit or without'],
  ])('of %j is rejected', async (columns, message) => {
    const given: Mapping = {
      area_unit: 'm2',
      fields: {
        price: { column: 'Price' },
        contract_date: { column: 'Sold' },
        address: { column: 'Address' },
        ...('Bedrooms' in columns && { bedrooms: { column: 'Bedrooms' } }),
        ...('Lat' in columns && { latitude: { column: 'Lat' }, longitude: { column: 'Long' } }),
        ...('Land' in columns && { land_area: { column: 'Land' } }),
      },
    };
    expect((await table(columns, given)).rejects.map(({ message }) => message)).toEqual([`line 2: ${message}`]);
  });
});
