import { describe, expect, test } from 'vitest';
import { countOdsSheets, odsSheets } from '../src/ods.ts';
import { sheetAsCsv } from '../src/sheet.ts';
import { odsContent, pieces } from './helpers.ts';

/** The sheets as CSV, by their names. */
async function sheetsOf(content: string, pieceSize = 5): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  for await (const sheet of odsSheets(pieces(Buffer.from(content), pieceSize))) {
    let text = '';
    for await (const piece of sheetAsCsv(sheet)) text += piece;
    read[sheet.name] = text;
  }
  return read;
}

const csvOf = async (rows: string) => (await sheetsOf(odsContent({ Sales: rows }))).Sales;
const row = (...cells: string[]) => `<table:table-row>${cells.join('')}</table:table-row>`;
const text = (value: string) => `<table:table-cell><text:p>${value}</text:p></table:table-cell>`;
const empty = (times: number) => `<table:table-cell table:number-columns-repeated="${times}"/>`;

describe('a value is read as text', () => {
  test.each([
    ['a text', text('two &amp; half'), 'two & half'],
    ['a text in several styles', text('rich <text:span>te<text:a>x</text:a></text:span>t'), 'rich text'],
    ['spaces and line ends', text('a<text:s text:c="2"/>b</text:p><text:p>c<text:line-break/>d'), 'a  b c d'],
    ['a number', '<table:table-cell office:value-type="float" office:value="730000"/>', '730000'],
    ['a number with an exponent', '<table:table-cell office:value-type="float" office:value="7.3E5"/>', '730000'],
    [
      'a number that shows leading zeros',
      '<table:table-cell office:value-type="float" office:value="2169"><text:p>02169</text:p></table:table-cell>',
      '02169',
    ],
    [
      'an amount with its currency',
      '<table:table-cell office:value-type="currency" office:currency="EUR" office:value="5.5"><text:p>€6</text:p></table:table-cell>',
      '5.5 EUR',
    ],
    ['a share', '<table:table-cell office:value-type="percentage" office:value="0.5"/>', '0.5'],
    ['a date', '<table:table-cell office:value-type="date" office:date-value="2024-01-30"/>', '2024-01-30'],
    [
      'a date at midnight',
      '<table:table-cell office:value-type="date" office:date-value="2024-01-30T00:00:00"/>',
      '2024-01-30',
    ],
    [
      'a date with a time',
      '<table:table-cell office:value-type="date" office:date-value="2024-01-30T09:30:00"/>',
      '2024-01-30 09:30:00',
    ],
    ['a truth', '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>', 'TRUE'],
    [
      'the result of a formula',
      '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>',
      '2',
    ],
    ['a formula without a result', '<table:table-cell table:formula="of:=1+1"/>', '#FORMULA!'],
    [
      'an error',
      '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>Err:502</text:p></table:table-cell>',
      '#VALUE!',
    ],
    [
      'a value with a note',
      '<table:table-cell><office:annotation><text:p>note</text:p></office:annotation><text:p>x</text:p></table:table-cell>',
      'x',
    ],
  ])('%s', async (_, cell, expected) => {
    expect(await csvOf(row(cell))).toBe(`${expected}\n`);
  });
});

test('empty and repeated cells and rows have their positions', async () => {
  const rows = [
    row(text('a'), empty(2), text('d'), empty(16_380)),
    '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>',
    `<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="3"><text:p>x</text:p></table:table-cell></table:table-row>`,
    `<table:table-row table:number-rows-repeated="1048571">${empty(16_384)}</table:table-row>`,
  ];
  expect(await csvOf(rows.join(''))).toBe('a,,,d\n\n\nx,x,x,\nx,x,x,\n');
});

test('merged cells of a column all have the value of the first', async () => {
  const merged =
    '<table:table-cell table:number-rows-spanned="3" table:number-columns-spanned="1"><text:p>North</text:p></table:table-cell>';
  const covered = '<table:covered-table-cell/>';
  const rows = [
    row(text('1'), merged),
    row(text('2'), covered),
    row(empty(1), covered),
    row(text('4'), '<table:table-cell/>'),
  ];
  expect(await csvOf(rows.join(''))).toBe('1,North\n2,North\n\n4,\n');
});

test('sheets are read in order, and hidden and linked ones are not', async () => {
  const content = odsContent({
    A: row(text('a')),
    Hidden: row(text('h')),
    B: row(text('b')),
    'file:///x.ods': row(text('l')),
  })
    .replace('table:name="Hidden"', 'table:name="Hidden" table:style-name="off"')
    .replace('table:name="file:///x.ods"', 'table:name="file:///x.ods" table:style-name="ta_extref"');
  expect(await sheetsOf(content)).toEqual({ A: 'a\n', B: 'b\n' });
  expect(await countOdsSheets(pieces(Buffer.from(content), 3))).toBe(4);
});

test('a sheet that is not read to its end does not end the next', async () => {
  const content = odsContent({ A: row(text('a')).repeat(100), B: row(text('b')) });
  const first: string[] = [];
  for await (const sheet of odsSheets(pieces(Buffer.from(content), 50))) {
    for await (const rows of sheet.rows()) {
      if (rows[0]) {
        first.push(`${sheet.name} ${rows[0].values}`);
        break;
      }
    }
  }
  expect(first).toEqual(['A a', 'B b']);
});

test.each([
  [
    'too many rows',
    `<table:table-row table:number-rows-repeated="1048576">${text('x')}</table:table-row>${row(text('y'))}`,
    'a sheet has more than 1048576 rows',
  ],
  [
    'too many columns',
    row('<table:table-cell table:number-columns-repeated="2001"><text:p>x</text:p></table:table-cell>'),
    'row 1 has more than 2000 columns',
  ],
  [
    'a long row',
    row(
      `<table:table-cell table:number-columns-repeated="100"><text:p>${'x'.repeat(20_000)}</text:p></table:table-cell>`,
    ),
    'row 1 has more than 1048576 characters',
  ],
  ['an endless value', row(text('x'.repeat(40_000))), 'a value is longer than 32767'],
  ['XML that is none', '<table:table-row></table:table-cell>', "the workbook's XML is damaged (Unexpected close tag)"],
])('%s is refused', async (_, rows, message) => {
  const content = odsContent({ Sales: rows });
  await expect(
    (async () => {
      for await (const sheet of odsSheets(pieces(Buffer.from(content), 1000))) {
        for await (const rows of sheet.rows()) if ((rows[0]?.number ?? 0) > 3) continue;
      }
    })(),
  ).rejects.toThrow(message);
});
