/** Generators of rows that are hostile to parsers and databases. */
import fc from 'fast-check';
import { fieldNames } from '../src/mapping/fields.ts';

/** Texts of special meaning to SQL, COPY, CSV, JSON or Unicode. */
const specialTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udc00y',
  '\ufeff',
  '\u202eabc',
  '\u2028',
  '\\N',
  '\\.',
  '\\',
  '"',
  '""',
  '",\n"',
  '\r\n',
  '\t',
  "'); DROP TABLE sale; --",
  '$1',
  'NULL',
  '{}',
  '\\u0000',
  '=1+1',
  '\u{1f3e0}\u{10ffff}',
  'e\u0301'.repeat(100),
];

/** Lengths around the limits of texts and keys, of an index entry and of a row. */
const specialLengths = [999, 1000, 1001, 1999, 2000, 2001, 2704, 65_536, 100_000];

const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...specialTexts) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...specialLengths.slice(0, -2)), fc.constantFrom('a', '"', 'é', '\u{1f3e0}', ' \n'))
      .map(([length, text]) => text.repeat(length / text.length)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...specialLengths.slice(-2)).map((length) => 'a'.repeat(length)) },
);

const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, -1, 0.5, 999, 32_767, 32_768, 2 ** 31, 2 ** 53, 2 ** 63, 1e12, 1e12 + 1, 1e300, 1e308),
  fc.constantFrom(5e-324, 1e-310, 1e-50, 1e-45, 1e-38, 90, 90.000001, -180, 180, 0.1, 1.1),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const hostileDays = ['0000-01-01', '0001-01-01', '0217-05-12', '1900-02-29', '2024-02-29', '9999-12-31', '10000-01-01'];
const hostileTimes = ['T00:00Z', 'T24:00Z', 'T23:59:60Z', ' 12:00:00.123456789+14:00', 'T12:00+15:59', 'T12:00-99:99'];

const hostileDate: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileDays, '-0044-03-15', 'infinity', 'epoch', 'today', '2024-13-01'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
);

const hostileMoment: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...hostileDays, '2024-03-31'), fc.constantFrom(...hostileTimes))
    .map(([day, time]) => day + time),
  fc.constantFrom('now', `2024-01-01T00:00:00.${'1'.repeat(300)}Z`, '2024-01-01T00:00'),
);

/** Usually a plain value, so that a row has few hostile ones and many rows are accepted. */
const seldom = <T>(hostile: fc.Arbitrary<T>, ...plain: (T | undefined)[]) =>
  fc.oneof({ weight: 11, arbitrary: fc.constantFrom(...plain) }, { weight: 1, arbitrary: hostile });

/** A row as an object of JSON lines, with the names of the fields of a mapping. */
export const hostileRow: fc.Arbitrary<Record<string, string | number | undefined>> = fc.record({
  price: seldom(hostileNumber, 1, 850_000),
  contract_date: seldom(hostileDate, '2024-01-31'),
  settlement_date: seldom(hostileDate, undefined, '2024-03-31'),
  address: fc.oneof(
    { weight: 11, arbitrary: fc.nat().map((number) => `${number} King St`) },
    { weight: 1, arbitrary: hostileText },
  ),
  street: seldom(hostileText, undefined, 'King St'),
  locality: seldom(hostileText, 'Branxton'),
  region: seldom(hostileText, 'NSW'),
  postcode: seldom(hostileText, '2335'),
  type: seldom(hostileText, 'House'),
  bedrooms: seldom(hostileNumber, undefined, 3),
  bathrooms: seldom(hostileNumber, undefined, 1.1, 2.5),
  car_spaces: seldom(hostileNumber, undefined, 1),
  land_area: seldom(hostileNumber, undefined, 600.25),
  floor_area: seldom(hostileNumber, undefined, 120),
  latitude: seldom(hostileNumber, -32.65),
  longitude: seldom(hostileNumber, 151.35),
  dealing: seldom(hostileText, undefined, 'AB1'),
  non_standard: seldom(hostileText, undefined),
  property_key: seldom(hostileText, undefined),
  sale_key: seldom(hostileText, undefined),
  issued_at: seldom(hostileMoment, undefined, '2024-02-01T09:30:00Z'),
  note: seldom(hostileText, 'corner block'),
  score: seldom(hostileNumber, 0.75),
});

/** The mapping by which `hostileRow` is read: every field from the column of its name, the other columns as details. */
export const hostileRowMapping = {
  area_unit: 'm2',
  decimal: '.',
  date_order: 'dmy',
  missing: [],
  details: ['note', 'score'],
  fields: Object.fromEntries(
    fieldNames.filter((name) => name !== 'unit' && name !== 'house_number').map((name) => [name, { column: name }]),
  ),
};

/** A first row, which names every column. */
export const completeRow = Object.fromEntries([...fieldNames, 'note', 'score'].map((name) => [name, '']));
