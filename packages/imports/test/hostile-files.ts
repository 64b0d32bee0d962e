/** Files that are built to take more time or memory than their size justifies, or to break a reader. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { deflatedZip, odsContent, odsParts, storedZip, xlsxParts, xlsxRows } from './helpers.ts';

const header = 'contract_date,price,address';
const sale = ['2024-01-31', 1, 'x'];
const melbourne = 'Suburb,Address,Rooms,Type,Price,Method,SellerG,Date,Postcode,Regionname';
const workbook = (rows: string, name = 'Sales') => deflatedZip(xlsxParts({ [name]: rows }));
const ods = (rows: string) => deflatedZip(odsParts(odsContent({ Sales: rows })));
const names = xlsxRows(header.split(','));

/** Makers of hostile files, by what they consist of. */
export const hostileFiles: Record<string, () => string | Buffer> = {
  'empty lines': () => `${header}\n${'\n'.repeat(200_000)}`,
  'empty lines that end in CR': () => `${header}\r${'\r'.repeat(200_000)}`,
  'lines of one character': () => `${header}\n${'x\n'.repeat(100_000)}`,
  'line ends within quotes': () => `${header}\n2024-01-31,1,"${'\n'.repeat(60_000)}x"\n`.repeat(3),
  'a quote that is never closed': () => `sold,price,address\n"${'x,y\n'.repeat(150_000)}`,
  'odd quotes far apart': () => `${header}\n${`2024-01-31,1,"x\n${'2024-01-31,1,y\n'.repeat(6_000)}`.repeat(10)}`,
  'an odd quote in each line': () => `${header}\n${'2024-01-31,1,5" x\n'.repeat(40_000)}`,
  'doubled quotes': () => `sold,price,address\n${'"a""b",1,c\n'.repeat(20_000)}`,
  commas: () => `a,b,c\n${','.repeat(900_000)}`,
  'long runs of spaces': () => `sold,price,address\n${`2024-01-31,100,${' '.repeat(60_000)}x\n`.repeat(5)}`,
  'long numbers': () => `sold,price,address\n${`2024-01-31,${'1'.repeat(60_000)},x\n`.repeat(5)}`,
  'an address of digits': () => `${melbourne}\n${`A,${'1'.repeat(30_000)},2,h,1,S,X,1/01/2017,3000,R\n`.repeat(5)}`,
  'deep JSON': () => `{"price":1,"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}\n`.repeat(2),
  'JSON objects within each other': () => `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}\n`,
  'JSON with many members': () => `{${Array.from({ length: 1_900 }, (_, i) => `"m${i}":${i}`).join(',')}}\n`.repeat(10),
  'JSON with NUL and half of a surrogate pair in the names': () =>
    `{"price\\u0000":1,"\\ud800":"x","sold":1}\n`.repeat(9),
  'a JSON list that does not end': () => `[${'{"sold":"2024-01-31","price":1,"address":"x"},'.repeat(20_000)}`,
  'a JSON list of brackets': () => `[{"a":${'['.repeat(500_000)}`,
  'a JSON list of quotes': () => `[{"a":${'"\\"",'.repeat(200_000)}}]`,
  'a JSON list of commas': () => `[{"price":1}${','.repeat(500_000)}]`,
  'GeoJSON with a polygon of many points': () =>
    `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"price":1},"geometry":{"type":"Polygon","coordinates":[[${'[1,2],'.repeat(100_000)}[1,2]]]}}]}`,
  'NUL characters': () => Buffer.alloc(500_000),
  'a workbook with a value in the last row': () =>
    workbook(`${names}<row r="1048576"><c t="inlineStr"><is><t>x</t></is></c></row>`),
  'a workbook with long runs of spaces': () =>
    workbook(names + xlsxRows(['2024-01-31', 1, `a${' '.repeat(32_000)}b`]).repeat(2)),
  'a workbook with a long name of a sheet': () => workbook(names + xlsxRows(sale), 'n'.repeat(20_000_000)),
  'a workbook with a long attribute': () => workbook(`<row x="${'a'.repeat(20_000_000)}"></row>`),
  'a workbook with many sheets': () =>
    deflatedZip(xlsxParts(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`s${i}`, xlsxRows(['a'])])))),
  'a workbook of nested elements': () => workbook('<a>'.repeat(100_000)),
  'an OpenDocument workbook of one repeated cell': () =>
    ods(
      `<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="500"><text:p>${'x'.repeat(2_000)}</text:p></table:table-cell></table:table-row>`,
    ),
  'an OpenDocument workbook of empty rows': () =>
    ods('<table:table-row table:number-rows-repeated="1048576"><table:table-cell/></table:table-row>'.repeat(5_000)),
  'an OpenDocument workbook of spaces': () =>
    ods(
      `<table:table-row><table:table-cell><text:p>${'<text:s text:c="30000"/>'.repeat(20_000)}</text:p></table:table-cell></table:table-row>`,
    ),
  'an OpenDocument workbook of merged cells': () =>
    ods(
      `<table:table-row>${'<table:table-cell table:number-rows-spanned="1000000" table:number-columns-spanned="1"><text:p>x</text:p></table:table-cell>'.repeat(500)}</table:table-row>${`<table:table-row>${'<table:covered-table-cell/>'.repeat(500)}<table:table-cell><text:p>y</text:p></table:table-cell></table:table-row>`.repeat(200)}`,
    ),
  'an OpenDocument workbook of nested tables': () => ods('<table:table>'.repeat(100_000)),
  'an OpenDocument workbook with many sheets': () =>
    deflatedZip(odsParts(odsContent(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`s${i}`, '']))))),
  'a zip with control characters in a name': () => storedZip({ 'a\0\ud800\u0007.csv': `${header}\n1\n` }),
  'a zip with a long name': () => storedZip({ [`${'n'.repeat(65_000)}.csv`]: `${header}\n1\n` }),
  'zeros in gzip': () => gzipSync(Buffer.alloc(20_000_000)),
};

const runs = [
  ' ',
  '\t',
  '\n',
  '\r\n',
  '"',
  '""',
  "'",
  ',',
  ';',
  '.',
  '-',
  '1',
  '0',
  'a',
  'A ',
  ', 1',
  '1 - ',
  '(',
  '$',
  '€',
];
const moreRuns = ['é', '\u0301', '{', '[', '\\', '/', ':', '1,', '1.', '1e', 'Mc', '\0', 'OR ', '\u00a0'];

/** A text of long runs, at which expressions that backtrack take quadratic time. */
export const runText: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...runs, ...moreRuns), fc.constantFrom(1, 2, 12, 60, 20_000)), { maxLength: 4 })
  .map((parts) => parts.map(([text, times]) => text.repeat(times)).join(''));
