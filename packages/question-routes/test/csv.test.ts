import Type from 'typebox';
import { expect, test } from 'vitest';
import { toCsv } from '../src/csv.ts';

const row = Type.Object({
  name: Type.String(),
  price: Type.Union([Type.Number(), Type.Null()]),
  at: Type.Object({ type: Type.String(), coordinates: Type.Array(Type.Number()) }),
});

test('a table has a row each, under a header that is there without any', () => {
  const question = { result: Type.Object({ total: Type.Integer(), rows: Type.Array(row) }), table: 'rows' };
  const rows = [
    { name: 'a "b", c\nd', price: null, at: { type: 'Point', coordinates: [1, 2] } },
    { name: '', price: 1.5, at: { type: 'Point', coordinates: [] } },
  ];
  const header = 'name,price,at.type,at.coordinates\r\n';
  expect(toCsv(question, { total: 2, rows })).toBe(`${header}"a ""b"", c\nd",,Point,"[1,2]"\r\n"",1.5,Point,[]\r\n`);
  expect(toCsv(question, { total: 0, rows: [] })).toBe(header);
  expect(toCsv({ result: Type.Array(row) }, [])).toBe(header);
});

test('an object that may be null has its columns, which are empty then', () => {
  const result = Type.Array(Type.Object({ a: Type.String(), at: Type.Union([row.properties.at, Type.Null()]) }));
  const at = { type: 'Point', coordinates: [] };
  expect(
    toCsv({ result }, [
      { a: 'x', at },
      { a: 'y', at: null },
    ]),
  ).toBe('a,at.type,at.coordinates\r\nx,Point,[]\r\ny,,\r\n');
});

test('an answer without a table has a row for each of its values', () => {
  const question = { result: Type.Object({}) };
  expect(toCsv(question, { sales: 2, by_type: [{ type: null, sales: 2 }], none: {} })).toBe(
    'member,value\r\nsales,2\r\nby_type.0.type,\r\nby_type.0.sales,2\r\n',
  );
});

test('a text that a spreadsheet would execute has a mark, but numbers and raw texts have none', () => {
  const result = Type.Array(Type.Object({ a: Type.String(), b: Type.Number() }));
  const rows = [{ a: '=1+1', b: -2 }];
  expect(toCsv({ result }, rows)).toBe("a,b\r\n'=1+1,-2\r\n");
  expect(toCsv({ result }, rows, { raw: true })).toBe('a,b\r\n=1+1,-2\r\n');
});

test('a value with any line break is quoted', () => {
  expect(toCsv({ result: Type.Array(Type.Object({ a: Type.String() })) }, [{ a: '1\n2' }, { a: '1\r2' }])).toBe(
    'a\r\n"1\n2"\r\n"1\r2"\r\n',
  );
});
