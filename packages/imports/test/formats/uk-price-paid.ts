/** Records of UK Price Paid, for the tests beside this file. */

/** The fields of a record: the sale of a semi-detached house. */
export const semi = [
  '{596A4084-13B8-4307-B3C8-83BB0C5E69F6}',
  '55000',
  '1995-03-17 00:00',
  'RG30 6DT',
  'S',
  'N',
  'F',
  '92',
  '',
  'RODWAY ROAD',
  'TILEHURST',
  'READING',
  'NEWBURY',
  'BERKSHIRE',
  'A',
  'A',
];
/** A line of the file. */
export const line = (fields: string[]) => fields.map((field) => `"${field}"`).join(',');
/** The record of the semi-detached house with some of its fields, counted from 0, replaced. */
export const changed = (fields: Record<number, string>) => line(semi.map((field, i) => fields[i] ?? field));
