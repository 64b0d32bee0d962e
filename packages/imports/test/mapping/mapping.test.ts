import { expect, test } from 'vitest';
import { checkMapping, type Mapping, parseMapping } from '../../src/mapping/mapping.ts';

test('a mapping is taken as it is', () => {
  const mapping: Mapping = {
    table: { encoding: 'windows-1252', delimiter: '\t', quote: '', header: true, skip_rows: 3 },
    date_order: 'dmy',
    decimal: ',',
    area_unit: 'ft2',
    missing: ['?', 'k.A.'],
    fields: {
      price: { column: 'Preis', decimal: '.' },
      contract_date: { columns: ['Jahr', 'Monat', 'Tag'], separator: '-' },
      type: { column: 5, values: { H: 'House' } },
      region: { value: 'Bayern' },
      land_area: { column: 'Grund', unit: 'm2' },
    },
    details: ['Nummer', 7],
  };
  expect(checkMapping(mapping)).toEqual(mapping);
  expect(parseMapping(JSON.stringify(mapping))).toEqual(mapping);
});

test.each([
  ['{', 'The mapping is not valid JSON.'],
  ['[]', 'The mapping must be a JSON object.'],
  ['{"missing": ["\\u0000"]}', 'The mapping contains a NUL character or half of a surrogate pair.'],
  ['{"details": ["\\ud800"]}', 'The mapping contains a NUL character or half of a surrogate pair.'],
  ['3', 'The mapping must be a JSON object.'],
  [
    '{"colour": 1}',
    'Unknown mapping member "colour". Known members are table, date_order, date_numbers, decimal, area_unit, price_scale, currency, time_zone, first_year, calendar, missing, fields, transaction, leave_out, flags, details.',
  ],
  ['{"date_order": "ymd"}', 'Mapping member "date_order" must be one of "dmy", "mdy", not "ymd".'],
  ['{"decimal": ";"}', 'Mapping member "decimal" must be one of ".", ",", not ";".'],
  ['{"table": {"header": "yes"}}', 'Mapping member "table.header" must be true or false, not "yes".'],
  ['{"table": {"skip_rows": -1}}', 'Mapping member "table.skip_rows" must be a whole number from 0 to 50, not -1.'],
  [
    '{"table": {"delimiter": ""}}',
    'Mapping member "table.delimiter" must be a delimiter, such as "," or ";" or "\\t", not "".',
  ],
  [
    '{"fields": {"pryce": {}}}',
    /^Unknown mapping member "fields\.pryce". Known members are price, contract_date, .*issued_at\.$/,
  ],
  [
    '{"fields": {"price": "Price"}}',
    'Mapping member "fields.price" must be an object such as {"column": "sold"}, not "Price".',
  ],
  [
    '{"fields": {"price": {"column": 0}}}',
    'Mapping member "fields.price.column" must be the name of a column, or its number, from 1, not 0.',
  ],
  [
    '{"fields": {"price": {"columns": [["x"]]}}}',
    'Mapping member "fields.price.columns[0]" must be the name of a column, or its number, from 1, not ["x"].',
  ],
  ['{"fields": {"price": {}}}', 'Mapping member "fields.price" must have one of column, columns and value.'],
  [
    '{"fields": {"price": {"column": "a", "value": "1"}}}',
    'Mapping member "fields.price" must have one of column, columns and value, not column and value.',
  ],
  [
    '{"fields": {"type": {"column": "a", "values": {"D": 1}}}}',
    'Mapping member "fields.type.values.D" must be text of at most 1000 characters, not 1.',
  ],
  ['{"details": "all"}', 'Mapping member "details" must be a list of at most 200 columns, not "all".'],
])('%s is refused with a sentence that names the member', (json, sentence) => {
  expect(() => parseMapping(json)).toThrow(sentence);
});
