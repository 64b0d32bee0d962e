/** Awkward files from the complaints of users: each is read correctly, or the message states what to do. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { noteText } from '../../src/file-notes.ts';
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
        open: { code: 'currency_of_heading', columns: ['Consideration (HK$ million)'], currency: 'AUD' },
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

  test('may have their currencies in a column of their own', async () => {
    const text = 'Sold,Address,Price,Currency\n2024-01-31,1 King St,450000,AUD\n2024-01-31,2 King St,300000,EUR\n';
    const read = await readTable(text, undefined, undefined, { currency: 'AUD', timeZone: 'Australia/Sydney' });
    expect(prices(read)).toEqual([450_000]);
    expect(messages(read)).toEqual(['line 3: price "EUR 300000" is not in AUD, the currency of the market']);
    expect(read.resolution.mapping.details).toBeUndefined();
  });

  test('that are hardly whole prices are noted, unless the heading states their scale', async () => {
    const table = (heading: string) => readTable(`Sold,Address,${heading}\n2024-01-31,1 King St,450\n`);
    expect((await table('Price')).resolution.notes.map(noteText)).toEqual([
      '"Price": half of the prices are 450 and less; give price_scale in the mapping if they are in thousands or millions',
    ]);
    const scaled = await table('Price mn');
    expect([prices(scaled), scaled.resolution.notes]).toEqual([[450_000_000], []]);
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

  test('outside the limits leave their column among the details, with a note', async () => {
    const rows = ['600', '700', '-5'].map((area, i) => `2024-01-31,${i} King St,500000,${area}`);
    const { resolution } = await readTable(['Sold,Address,Price,Land area (m2)', ...rows, ''].join('\n'));
    expect(resolution.mapping.details).toEqual(['Land area (m2)']);
    expect(resolution.notes.map(noteText)).toEqual([
      '"Land area (m2)" has the name of land_area, but too many of its first values are outside the limits; it is kept as a detail',
    ]);
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

describe('rows of summaries', () => {
  test('are rejected', async () => {
    const read = await awkward('total-row2.csv');
    expect(prices(read)).toEqual([1_250_000, 845_000, 2_100_000]);
    expect(messages(read)).toEqual([
      'line 5: address "Median" is that of a summary, not of a sale',
      'line 6: address "Average price" is that of a summary, not of a sale',
    ]);
  });

  test('do not count where columns are chosen', async () => {
    const text = 'Sold,Address,Price\n2024-01-31,1 A St,500000\n2024-02-01,2 A St,600000\nTotal,,1100000\n';
    const read = await readTable(text);
    expect(asked(read)).toEqual([]);
    expect(prices(read)).toEqual([500_000, 600_000]);
    expect(messages(read)).toEqual(['line 4: contract_date "Total" is that of a summary, not of a sale']);
  });

  test.each(['Total', 'Grand Total', 'Summe:', 'Durchschnitt', 'Médiane'])('are recognised by "%s"', async (word) => {
    const read = await readTable(`Sold,Address,Price\n2024-01-31,1 Total Rd,500000\n2024-01-31,${word},500000\n`);
    expect(read.sales.map(({ address }) => address)).toEqual(['1 Total Rd']);
  });
});

describe('identifiers', () => {
  test('that a spreadsheet has shortened are rejected', async () => {
    const read = await awkward('pin-scientific.csv');
    expect(read.sales).toEqual([]);
    expect(messages(read)[0]).toBe(
      'line 2: property_key "1.40812E+13" has lost digits in a spreadsheet; export the file again with this column as text',
    );
  });

  test('are read without what a program has added', async () => {
    const read = await readTable(
      'Sold,Address,Postcode,Parcel,Price\n2024-01-31,1 King St,2000.0,"=""0042""",500000\n2024-02-01,2E5,2000.0,43,500000\n',
    );
    expect(read.sales).toMatchObject([
      { postcode: '2000', propertyKey: '0042' },
      { postcode: '2000', address: '2E5', propertyKey: '43' },
    ]);
    expect((await awkward('nsw-cleaned.csv')).sales[0]?.postcode).toBe('2000');
  });

  test('that may have lost a leading zero are noted', async () => {
    const read = await readTable(
      'Sold,Address,Zip,Price\n2024-01-31,1 A St,2169,500000\n2024-02-01,2 A St,10001,500000\n',
    );
    expect(read.resolution.notes.map(noteText)).toEqual([
      '"Zip": some postcodes have 4 digits, some 5; a spreadsheet may have removed leading zeros',
    ]);
  });
});

test('errors of a spreadsheet are missing values', async () => {
  const read = await awkward('error-cells.csv');
  expect(read.sales.map(({ locality }) => locality)).toEqual([null, null]);
  expect(messages(read)).toEqual(['line 4: address is missing']);
  expect(read.resolution.notes.map(noteText)).toEqual([
    '3 cells at the beginning are errors of a spreadsheet, such as #REF!; they are read as missing',
  ]);
});

test('coordinates 0, 0 are none', async () => {
  const { sales } = await awkward('zero-coords.csv');
  expect(sales.map(({ latitude, longitude }) => [latitude, longitude])).toEqual([
    [null, null],
    [-33.81, 151.2],
    [null, null],
  ]);
});

describe('encodings', () => {
  test('of Central Europe and Japan are detected', async () => {
    const polish = await awkward('encoding-1250.csv');
    expect(polish.sales[0]).toMatchObject({ address: 'ul. Żółta 12', locality: 'Łódź' });
    expect(polish.resolution.mapping.table?.encoding).toBe('windows-1250');
    const japanese = await awkward('japan-sjis.csv');
    expect(japanese.resolution.mapping.table?.encoding).toBe('shift_jis');
    expect(japanese.resolution.mapping.details).toContain('地区名');
  });

  test('of Taiwan and old Macs are detected, and that of Western Europe is kept', async () => {
    const header = Buffer.from('Sold,Address,Price\n2024-01-31,');
    const line = Buffer.from(',500000\n');
    const address = async (bytes: number[]) =>
      (await readTable(Buffer.concat([header, Buffer.from(bytes), line]))).sales[0]?.address;
    // 台北市中山路
    expect(await address([0xa5, 0x78, 0xa5, 0x5f, 0xa5, 0xab, 0xa4, 0xa4, 0xa4, 0x73, 0xb8, 0xf4])).toBe(
      '台北市中山路',
    );
    expect(await address([0x52, 0x75, 0x65, 0x20, 0x64, 0x65, 0x20, 0x43, 0x61, 0x66, 0x8e, 0x73])).toBe(
      'Rue de Cafés',
    );
    expect(await address([...Buffer.from('12 Chérie-Straße Zürich', 'latin1')])).toBe('12 Chérie-Straße Zürich');
  });

  test('are those of TextDecoder, and damage is noted', async () => {
    const given: Mapping = { table: { encoding: 'koi8-r' } };
    const bytes = Buffer.concat([
      Buffer.from('Sold,Address,Price\n2024-01-31,'),
      Buffer.from([0xed, 0xc9, 0xd2]),
      Buffer.from(',5\n'),
    ]);
    expect((await readTable(bytes, given)).sales[0]?.address).toBe('Мир');
    const { resolution } = await readTable('Sold,Address,Price\n2024-01-31,Caf\ufffd 1,500000\n');
    expect(resolution.notes).toEqual([{ code: 'encoding', characters: 1, encoding: 'utf-8' }]);
  });
});

/** The sales that an import keeps: of several with one key, the last. */
const kept = ({ sales }: Read) => [...new Map(sales.map((sale) => [sale.key, sale])).values()];

describe('a deed over several rows', () => {
  test('is one sale, whose main dwelling represents it', async () => {
    const read = await awkward('dvf-geo-mutation-rows.csv', { area_unit: 'm2' }, 'EUR', 'Europe/Paris');
    expect(asked(read)).toEqual([]);
    expect(read.resolution.mapping.transaction).toEqual({ columns: ['id_mutation'] });
    expect(read.sales).toHaveLength(7);
    expect(kept(read)).toMatchObject([
      {
        price: 320_000,
        type: 'Maison',
        floorArea: 110,
        landArea: 600,
        nonStandard: null,
        address: '12 RUE DES LILAS, Bourg-Exemple',
      },
      {
        price: 180_000,
        type: 'Appartement',
        floorArea: 62,
        nonStandard: null,
        address: '7B AV DU PARC, Bourg-Exemple',
      },
      { price: 900_000, type: 'Appartement', floorArea: 80, nonStandard: 'shared dealing' },
    ]);
  });

  test('has the columns that the mapping states', async () => {
    const text = 'Sold,Address,Price,Deed\n2024-01-31,1 A St,5,7\n2024-01-31,Garage 1,5,7\n2024-01-31,2 A St,5,8\n';
    const fields = {
      contract_date: { column: 'Sold' },
      price: { column: 'Price' },
      address: { column: 'Address' },
      type: { column: 'Address' },
    };
    const read = await readTable(text, { fields, transaction: { columns: ['Deed'] } });
    expect(kept(read).map(({ address, nonStandard }) => [address, nonStandard])).toEqual([
      ['1 A St', null],
      ['2 A St', null],
    ]);
  });
});

describe('homes', () => {
  test('are distinguished by their house numbers and parcels', async () => {
    const french = await awkward('dvf-two-houses.txt', { area_unit: 'm2' }, 'EUR', 'Europe/Paris');
    expect(asked(french)).toEqual([]);
    expect(new Set(french.sales.map(({ propertyKey }) => propertyKey)).size).toBe(3);
    expect(french.sales[0]?.address).toBe('12 DES ECOLES, VILLENEUVE');
    const { sales } = await awkward('run-together-names.csv');
    expect(sales.map(({ propertyKey }) => propertyKey)).toEqual([
      '0000A00010000000',
      '0000A00011000000',
      '0000A00099000000',
    ]);
    expect(new Set(sales.map(({ key }) => key)).size).toBe(3);
  });

  test('that look alike become a question if their lots differ', async () => {
    const text = 'Sold,Address,Lot No,Price\n2024-01-31,1 A St,7,500000\n2024-02-28,1 A St,8,550000\n';
    const read = await readTable(text);
    expect(read.resolution.questions).toEqual([
      {
        member: 'fields.property_key',
        text: 'rows that would be one property, "1 A St", have different values in "Lot No"; give all fields in the mapping, with fields.property_key or fields.house_number, such as {"property_key": {"column": "Lot No"}}',
        open: { code: 'one_property', columns: ['Lot No'], property: '1 A St', other_prices: false },
        choices: ['Lot No'],
      },
    ]);
  });
});

describe('an odd quote', () => {
  test('rejects its row, and quotes are still quotes', async () => {
    const { sales, rejects, resolution } = await awkward('stray-quote.csv');
    expect(resolution.mapping.table?.quote).toBe('"');
    expect(sales.map(({ address }) => address)).toEqual(
      [
        '12 Alpha St',
        '14 Alpha St',
        '18 Alpha St, Rear',
        '20 Alpha St',
        '22 Alpha St',
        '24 Alpha St',
        '26 Alpha St',
      ].concat(['28 Alpha St', '30 Alpha St', '32 Alpha St']),
    );
    expect(rejects).toMatchObject([
      {
        line: 4,
        content: '2024-03-03,16 Alpha 5" St,Northville,520000',
        reason: 'odd quote',
        message: 'line 4: the row has a quote (") inside a value; put the value in quotes and double the quotes in it',
      },
    ]);
  });

  test.each([undefined, { table: { quote: '"' } } as const])('in the middle of a large file: %j', async (given) => {
    const [header, ...rows] = (
      await readFile(new URL('../fixtures/awkward/quoted-row-in-middle.csv', import.meta.url), 'utf8')
    ).split('\n');
    const before = Array.from({ length: 14_000 }, (_, i) => `2024-03-01,${i} Alpha St,Northville,${500_000 + i}`);
    const { sales, rejects } = await readTable([header, ...before, ...rows].join('\n'), given);
    expect(sales).toHaveLength(14_002);
    expect(rejects.map(({ line }) => line)).toEqual([14_003]);
  });

  test.each([
    ['is never closed', '2024-03-01,"1 A St,X,1', []],
    ['joins rows', '2024-03-01,"1 A St,X,1', ['2024-03-02,"2 A St",X,2']],
  ])('that %s costs no other row', async (_, odd, quoted) => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `2024-03-03,${i} Beta St with a long name,Northville,${i}`);
    const given: Mapping = { table: { quote: '"' } };
    const text = ['sold,address,suburb,price', ...rows.slice(0, 10), odd, ...quoted, ...rows.slice(10)].join('\r\n');
    const { sales, rejects } = await readTable(text, given);
    expect(sales).toHaveLength(30_000 + quoted.length);
    expect(rejects.map(({ line, content }) => [line, content])).toEqual([[12, odd]]);
  });

  test('in a thousand rows fails the file', async () => {
    const rows = Array.from({ length: 1_001 }, (_, i) => `2024-03-01,${i} 5" A St,X,1`);
    const given: Mapping = { table: { quote: '"' } };
    const text = ['sold,address,suburb,price', ...Array(5_000).fill('2024-03-01,1 A St,X,1'), ...rows].join('\n');
    await expect(readTable(text, given)).rejects.toThrow('more than 1000 rows have odd quotes');
  });
});

describe('years', () => {
  const table = (...dates: string[]) =>
    `Sold,Address,Price\n${dates.map((date, i) => `${date},${i} A St,500000`).join('\n')}\n`;
  const days = ({ sales }: Read) => sales.map(({ contractDate }) => contractDate);

  test('of two digits become a question', async () => {
    const text = table('15-JAN-24', '3 Apr 68');
    const last = new Date().getUTCFullYear();
    expect((await readTable(text)).resolution.questions).toEqual([
      {
        member: 'first_year',
        text: `the years of "Sold" have two digits, such as "15-JAN-24"; give first_year: ${last - 99} in the mapping if they are the years ${last - 99} to ${last}, or else the first of their hundred years`,
        open: { code: 'first_year', columns: ['Sold'], example: '15-JAN-24', from: last - 99, to: last },
        choices: [String(last - 99)],
      },
    ]);
    expect(days(await readTable(text, { first_year: 1927 }))).toEqual(['2024-01-15', '1968-04-03']);
    expect(days(await readTable(text, { first_year: 1868 }))).toEqual(['1924-01-15', '1868-04-03']);
  });

  test('of two digits further down reject the row', async () => {
    const rows = Array.from({ length: 1_100 }, () => '2024-01-31');
    expect(messages(await readTable(table(...rows, '31/01/24')))).toEqual([
      'line 1102: contract_date "31/01/24" has a year of two digits; state first_year in the mapping',
    ]);
  });

  test('of the Buddhist calendar become a question', async () => {
    const text = table('31/01/2567', '15/02/2566');
    expect((await readTable(text)).resolution.questions).toEqual([
      {
        member: 'calendar',
        text: 'the years of "Sold", such as 2567, seem to be those of the Buddhist calendar; give calendar: "buddhist" in the mapping if 2567 is 2024, or "gregorian"',
        open: { code: 'calendar', columns: ['Sold'], year: 2567, gregorian: 2024 },
        choices: ['buddhist', 'gregorian'],
      },
    ]);
    expect(days(await readTable(text, { calendar: 'buddhist' }))).toEqual(['2024-01-31', '2023-02-15']);
  });

  test.each(['one-future-year.csv', 'future-typo-dates.csv'])('that are typing errors are kept: %s', async (name) => {
    const read = await awkward(name);
    expect(asked(read)).toEqual([]);
    expect(days(read).some((day) => day?.startsWith('2204'))).toBe(true);
  });
});

describe('flags in columns of their own', () => {
  test('make sales of several parcels non-standard', async () => {
    const { sales, resolution } = await awkward('bundle-price.csv');
    expect(sales.map(({ price, nonStandard, dealing }) => [price, nonStandard, dealing])).toEqual([
      ...Array(3).fill([18_500_000, 'several parcels', '2400500001']),
      [410_000, null, '2400700042'],
    ]);
    expect(resolution.mapping.flags).toEqual([
      { column: 'Num Parcels Sale', above: 1, reason: 'several parcels' },
      { column: 'Is Multisale', words: expect.arrayContaining(['true']), reason: 'several parcels' },
    ]);
  });

  test.each([
    ['Not Full Market Price', ['Yes', 'No'], 'not at market value'],
    ["Arm's length", ['N', 'Y'], 'not at market value'],
    ['Valid sale', ['false', 'true'], 'not at market value'],
    ['Deed Type', ['Quit Claim Deed', 'Warranty'], 'not at market value'],
    ['SALEDESC', ['LOVE AND AFFECTION SALE', 'VALID SALE'], 'not at market value'],
    ['nature_mutation', ['Échange', 'Vente'], 'not at market value'],
    ['Multi-parcel sale', ['1', '0'], 'several parcels'],
    ['Number of parcels', ['2', '1'], 'several parcels'],
  ])('are read: %s', async (name, [set, clear], reason) => {
    const text = `Sold,Address,Price,${name}\n2024-01-31,1 A St,500000,${set}\n2024-01-31,2 A St,500000,${clear}\n`;
    expect((await readTable(text)).sales.map(({ nonStandard }) => nonStandard)).toEqual([reason, null]);
    expect((await readTable(text, { flags: [] })).sales.map(({ nonStandard }) => nonStandard)).toEqual([null, null]);
  });

  test('are none if the values are something else', async () => {
    const text = "Sold,Address,Price,Arm's length\n2024-01-31,1 A St,500000,see note\n";
    expect((await readTable(text)).resolution.mapping.flags).toBeUndefined();
  });

  test('are stated by a mapping', async () => {
    const text = 'Sold,Address,Price,Code\n2024-01-31,1 A St,500000,X1 family\n2024-01-31,2 A St,500000,A\n';
    const flags = [{ column: 'Code', words: ['family'], reason: 'between relatives' }];
    const plain = await readTable(text);
    const flagged = await readTable(text, { flags });
    expect(flagged.sales.map(({ nonStandard }) => nonStandard)).toEqual(['between relatives', null]);
    // Importing the file again changes the sale.
    expect(flagged.sales[0]?.fingerprint).not.toBe(plain.sales[0]?.fingerprint);
    expect(flagged.sales[1]?.fingerprint).toBe(plain.sales[1]?.fingerprint);
  });
});

describe('rows that are no sales', () => {
  const text = 'Status,Date,Address,Price\nSold,2024-01-31,1 A St,500000\nFor Rent,2024-02-01,2 A St,650\n';

  test('become a question if a column states it', async () => {
    const { resolution } = await readTable(text);
    expect(resolution.questions).toEqual([
      {
        member: 'leave_out',
        text: '"Status" states that 1 of the first 2 rows are no sales, such as "For Rent"; give leave_out: [{"column":"Status","words":["for rent"]}] in the mapping to reject them, or leave_out: [] if they are sales',
        open: { code: 'no_sales', columns: ['Status'], rows: 1, of: 2, example: 'For Rent' },
        choices: ['[{"column":"Status","words":["for rent"]}]', '[]'],
      },
    ]);
  });

  test('are rejected as the mapping states', async () => {
    const read = await readTable(text, { leave_out: [{ column: 'Status', words: ['for rent'] }] });
    expect(asked(read)).toEqual([]);
    expect(prices(read)).toEqual([500_000]);
    expect(read.rejects).toMatchObject([
      { reason: 'no sale', message: expect.stringContaining('"Status" is "For Rent"') },
    ]);
    expect(prices(await readTable(text, { leave_out: [] }))).toEqual([500_000, 650]);
  });

  test.each(['Median price', 'Average sale price', 'Weekly rent', 'Asking price', 'Listing price'])(
    'are recognised by the name of their amounts: %s',
    async (name) => {
      const { resolution } = await readTable(
        `Date,Suburb,Address,${name}\n2024-01-31,X,1 A St,500000\n2024-02-29,Y,2 A St,600000\n`,
      );
      expect(resolution.questions[0]?.text).toBe(
        `no column could be identified as the prices; by their names, the amounts of "${name}" are medians, rents, listings or values, not prices of sales; if they are, give fields.price in the mapping, with the other fields`,
      );
    },
  );
});

describe('homes of one address', () => {
  const text = (...rows: string[]) => `Sold,Address,Price,Ref\n${rows.join('\n')}\n`;

  test('become a question if a column distinguishes those sold on one day at different prices', async () => {
    const read = await readTable(
      text('2024-01-31,1 A St,500000,x7', '2024-01-31,1 A St,550000,x8', '2024-02-01,2 A St,1,x9'),
    );
    expect(read.resolution.questions).toEqual([
      {
        member: 'fields.property_key',
        text: 'rows that would be one property, "1 A St", were sold on one day at different prices, and have different values in "Ref"; give all fields in the mapping, with fields.property_key or fields.house_number, such as {"property_key": {"column": "Ref"}}',
        open: { code: 'one_property', columns: ['Ref'], property: '1 A St', other_prices: true },
        choices: ['Ref'],
      },
    ]);
  });

  test('are noted if no column distinguishes them', async () => {
    const { resolution } = await readTable(text('2024-01-31,1 A St,500000,x', '2024-01-31,1 A St,550000,x'));
    expect(resolution.questions).toEqual([]);
    expect(resolution.notes.map(noteText)).toEqual([
      'rows that would be one property, "1 A St", were sold on one day at different prices, and no column distinguishes all such rows; several homes may be one property',
    ]);
  });

  test('are not identified by numbers of rows, which the next edition may assign again', async () => {
    const rows = ['2024-01-31,1 A St,500000', '2024-02-01,2 A St,550000', '2024-02-02,3 A St,560000'];
    const edition = (rows: string[]) =>
      `Sale ID,Sold,Address,Price\n${rows.map((row, i) => `${i + 1},${row}`).join('\n')}\n`;
    const [first, second] = [await readTable(edition(rows)), await readTable(edition(rows.toReversed()))];
    const identities = ({ sales }: Read) => sales.map(({ key, fingerprint }) => `${key} ${fingerprint}`).sort();
    expect(identities(second)).toEqual(identities(first));
    expect(first.resolution.evidence).toContainEqual({
      member: 'details',
      text: 'without "Sale ID", which numbers the rows: the next edition may number them again',
    });
  });
});
