import { expect, test } from 'vitest';
import type { Format, Reject } from '../../src/formats/format.ts';
import { detectFormat } from '../../src/formats/index.ts';
import { rejectColumns, rejectsCsv } from '../../src/formats/rejects.ts';
import { readText } from '../helpers.ts';

const rejects = detectFormat(rejectColumns.join(',')) as Format;

/** The file of rejects that a service makes of these, with their texts mended. */
function fileOf(
  rows: Reject[],
  { file, format }: { file: string; format: string },
  mend = (content: string) => content,
) {
  return rejectsCsv(
    rows.map(({ origin = { file, format }, content, ...reject }) => ({ ...reject, ...origin, content: mend(content) })),
  );
}

test('a text that a spreadsheet would execute has a mark in the file, which is removed again', async () => {
  const origin = { file: '=1.csv', format: 'property-insights' };
  const row = { line: 2, content: '-1,x', header: 'price,contract_date,address', reason: 'x', message: 'y' };
  const file = fileOf([row], origin);
  expect(file).toContain('\'=1.csv,2,x,y,"\'-1,x",property-insights,');
  expect((await readText(rejects, file)).rejects).toMatchObject([{ content: '-1,x', origin }]);
});

const nswRecord = (price: string) =>
  `B;001;2857799;1;20240101 01:07;;;176;LAKE RD;ELRINGTON;2325;25.15;H;20240119;20240122;${price};RU2;R;RESIDENCE;;RAN;;0;AT729586;`;
const ukRecord = (price: string) =>
  `"{596A4084-13B8-4307-B3C8-83BB0C5E69F6}","${price}","1995-03-17 00:00","RG30 6DT","S","N","F","92","","RODWAY ROAD","TILEHURST","READING","NEWBURY","BERKSHIRE","A","A"`;
const hdb =
  'month,town,flat_type,block,street_name,storey_range,floor_area_sqm,flat_model,lease_commence_date,resale_price';
const nyc =
  'BOROUGH,NEIGHBORHOOD,BUILDING CLASS CATEGORY,BLOCK,LOT,ADDRESS,APARTMENT NUMBER,ZIP CODE,"SALE\nPRICE",SALE DATE';
test.each([
  // Its contract is from after the file's own date, which only the header states.
  ['nsw-psi', (price: string) => `A;RTSALEDATA;001;20240101 01:07;VALNET;\n${nswRecord(price)}\nZ;3;1;0;0;\n`],
  ['uk-price-paid', (price: string) => `${ukRecord(price)}\n`],
  [
    'property-insights',
    (price: string) => `price,contract_date,address\n${price},2025-01-05,"The ""Nest"",\n3 King St"\n`,
  ],
  [
    'singapore-hdb',
    (price: string) => `${hdb}\n2012-03,BEDOK,2 ROOM,172,BEDOK AVE 4,06 TO 10,45,Improved,1986,${price}\n`,
  ],
  [
    'nyc-rolling-sales',
    (price: string) => `Title\n\n${nyc}\n1,SOHO,01 ONE FAMILY,5,6,1 A ST,,10009,${price},7/24/2018\n`,
  ],
])('a mended row of %s is the sale that it would be in its file', async (name, file) => {
  const format = detectFormat(file('1.2m'));
  expect(format?.name).toBe(name);
  if (!format) return;
  const { sales: expected } = await readText(format, file('120000'));
  const first = await readText(format, file('1.2m'));
  expect(first).toMatchObject({ sales: [], rejects: [{}] });
  const origin = { file: 'sales.csv', format: name };
  const mended = fileOf(first.rejects, origin, (content) => content.replace('1.2m', '120000'));
  expect(detectFormat(mended)).toBe(rejects);
  expect(expected).toHaveLength(1);
  expect(await readText(rejects, mended)).toEqual({ sales: expected, rejects: [] });

  // What is still wrong has its place in its own file, and can be mended again.
  const still = await readText(rejects, fileOf(first.rejects, origin));
  expect(still).toEqual({ sales: [], rejects: first.rejects.map((reject) => ({ ...reject, origin })) });
  expect(fileOf(still.rejects, { file: 'rejects.csv', format: 'rejects' })).toBe(fileOf(first.rejects, origin));
});

const row = (fields: Partial<Record<(typeof rejectColumns)[number], string>>) => {
  const values = {
    file: 'a.csv',
    line: '7',
    reason: 'r',
    message: 'm',
    header: 'price,contract_date,address',
    ...fields,
  };
  const content = fields.content ?? '5,2025-01-05,x';
  return rejectsCsv([{ format: 'property-insights', content, ...values }]);
};

test.each([
  [{ format: 'elsewhere' }, 'line 7: there is no format "elsewhere"'],
  [
    { header: 'price,address' },
    'line 7: its header is not one of the format Property Insights CSV: the header lacks "contract_date"',
  ],
  [{ content: '5,2025-01-05,x\n6,2025-01-06,y' }, 'line 7: this is not one record of CSV'],
  [{ content: '5,2025-01-05,"x' }, 'line 7: this is not one record of CSV'],
  [{ content: '5,2025-01-05' }, 'line 7: the header names 3 columns, but this line has 2'],
  [{ line: '', content: 'x,2025-01-05,y' }, 'line 2: price "x" is not a whole number without signs or separators'],
])('with %o it is rejected', async (fields, message) => {
  const { sales, rejects: found } = await readText(rejects, row(fields));
  expect(sales).toEqual([]);
  expect(found.map((reject) => reject.message)).toEqual([message]);
});

test('as a spreadsheet saves it, it is read as well', async () => {
  const { sales } = await readText(rejects, `\uFEFF${row({ content: '5,2025-01-05,x\r\n' }).replaceAll('\n', '\r\n')}`);
  expect(sales).toMatchObject([{ price: 5, address: 'x' }]);
});
