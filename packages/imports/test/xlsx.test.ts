import { describe, expect, test } from 'vitest';
import { sheetAsCsv } from '../src/sheet.ts';
import { xlsxSheets } from '../src/xlsx.ts';
import { pieces, xlsxParts, xlsxRows } from './helpers.ts';

async function sheetsOf(parts: Record<string, string>, pieceSize = 5) {
  return xlsxSheets(async (path) => {
    const part = parts[path];
    return part === undefined ? undefined : pieces(Buffer.from(part), pieceSize);
  });
}

/** The first sheet as CSV. */
async function csvOf(rows: string, options?: Parameters<typeof xlsxParts>[1]): Promise<string> {
  const [sheet] = await sheetsOf(xlsxParts({ Sales: rows }, options));
  let text = '';
  for await (const piece of sheetAsCsv(sheet as NonNullable<typeof sheet>)) text += piece;
  return text;
}

describe('a value is read as text', () => {
  test.each([
    ['a shared string', '<c t="s"><v>1</v></c>', 'two &amp; half'.replace('&amp;', '&')],
    ['a shared string in several styles', '<c t="s"><v>2</v></c>', 'rich text'],
    ['a text of its own', '<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>', 'inline'],
    ["a formula's text", '<c t="str"><f>A1&amp;B1</f><v>both</v></c>', 'both'],
    ["a formula's number", '<c><f>1+1</f><v>2</v></c>', '2'],
    ['a whole number', '<c><v>730000</v></c>', '730000'],
    ['a number with an exponent', '<c><v>7.3E5</v></c>', '730000'],
    ['a fraction', '<c><v>0.30000000000000004</v></c>', '0.30000000000000004'],
    ['a number in an accounting format', '<c s="3"><v>730000</v></c>', '730000'],
    ['a date', '<c s="1"><v>45321</v></c>', '2024-01-30'],
    ['a date in a format of its own', '<c s="2"><v>45321</v></c>', '2024-01-30'],
    ['a date with a time', '<c s="1"><v>45321.3958333333</v></c>', '2024-01-30 09:30:00'],
    ['the first days of 1900', '<c s="1"><v>1</v></c>', '1900-01-01'],
    ['the day before the leap day that was none', '<c s="1"><v>59</v></c>', '1900-02-28'],
    ['the day after it', '<c s="1"><v>61</v></c>', '1900-03-01'],
    ['a number that is no day', '<c s="1"><v>-1</v></c>', '-1'],
    ['a truth', '<c t="b"><v>1</v></c>', 'TRUE'],
    ['a fault', '<c t="e"><v>#N/A</v></c>', '#N/A'],
    ['a quote', '<c t="str"><v>the "Nest", 3</v></c>', '"the ""Nest"", 3"'],
    ['a line break', '<c t="str"><v>BUILDING CLASS&#10;AT TIME OF SALE</v></c>', 'BUILDING CLASS AT TIME OF SALE'],
    ['an escaped character', '<c t="str"><v>a_x0009_b</v></c>', 'a\tb'],
  ])('%s', async (_, cell, expected) => {
    const strings =
      '<si><t>one</t></si><si><t>two &amp; half</t></si><si><r><t>rich</t></r><r><t> text</t></r><rPh><t>x</t></rPh></si>';
    expect(await csvOf(`<row>${cell}</row>`, { strings, formats: [0, 14, 164, 165] })).toBe(`${expected}\n`);
  });

  test('a date counted from 1904', async () => {
    expect(await csvOf('<row><c s="1"><v>43859</v></c></row>', { formats: [0, 14], date1904: true })).toBe(
      '2024-01-30\n',
    );
  });
});

test('a row is the line of its number, and as wide as those above', async () => {
  const rows =
    '<row r="1"><c r="A1" t="str"><v>title</v></c></row><row r="3"><c r="A3" t="str"><v>a</v></c><c r="C3" t="str"><v>c</v></c></row><row r="4"/><row r="5"><c r="B5"><v>2</v></c></row>';
  expect(await csvOf(rows)).toBe('title\n\na,,c\n\n,2,\n');
});

test('hidden sheets are passed over', async () => {
  const parts = xlsxParts({ Lists: xlsxRows(['x']), Sales: xlsxRows(['y']) });
  parts['xl/workbook.xml'] = parts['xl/workbook.xml']?.replace(
    'name="Lists"',
    'name="Lists" state="veryHidden"',
  ) as string;
  expect((await sheetsOf(parts)).map(({ name }) => name)).toEqual(['Sales']);
});

test('rows are made only as fast as they are taken', async () => {
  const parts = xlsxParts({ Sales: xlsxRows(...Array.from({ length: 1000 }, (_, i) => [i, 'x'])) });
  let given = 0;
  const [sheet] = await xlsxSheets(async (path, purpose) => {
    async function* part() {
      for await (const piece of pieces(Buffer.from(parts[path] as string), 100)) {
        given += path.includes('sheet1') && purpose !== 'scan' ? piece.length : 0;
        yield piece;
      }
    }
    return part();
  });
  const rows = sheet?.rows();
  await rows?.next();
  expect(given).toBeLessThan(1000);
  await rows?.return(undefined);
});

test.each([
  [
    'a row beyond the last',
    '<row r="1048577"><c><v>1</v></c></row>',
    'the number of a row is 1048577; it must be from 1 to 1048576',
  ],
  ['a cell beyond the widest sheet', '<row r="7"><c r="XFD7"><v>1</v></c></row>', 'row 7 has more than 2000 columns'],
  ['an endless value', `<row><c t="str"><v>${'x'.repeat(40_000)}</v></c></row>`, 'a value is longer than 32767'],
  ['XML that is none', '<row><c></row>', "the workbook's XML is damaged (Unexpected close tag)"],
])('%s is refused', async (_, rows, message) => {
  await expect(csvOf(rows)).rejects.toThrow(message);
});

test('a workbook that lacks a part is refused', async () => {
  const { 'xl/_rels/workbook.xml.rels': _, ...parts } = xlsxParts({ Sales: '' });
  await expect(sheetsOf(parts)).rejects.toThrow('the workbook lacks its part xl/_rels/workbook.xml.rels');
});
