/** Files of NYC rolling sales, for the tests beside this file. */
import { deflatedZip, xlsxParts, xlsxRows } from '../helpers.ts';

/** The names of the columns. */
export const names =
  'BOROUGH,NEIGHBORHOOD,BUILDING CLASS CATEGORY,TAX CLASS AT PRESENT,BLOCK,LOT,EASE-MENT,BUILDING CLASS AT PRESENT,ADDRESS,APARTMENT NUMBER,ZIP CODE,RESIDENTIAL UNITS,COMMERCIAL UNITS,TOTAL UNITS,LAND SQUARE FEET,GROSS SQUARE FEET,YEAR BUILT,TAX CLASS AT TIME OF SALE,BUILDING CLASS AT TIME OF SALE,SALE PRICE,SALE DATE'.split(
    ',',
  );
/** The fields of a record: the sale of a house. */
export const house = [
  ...['1', 'ALPHABET CITY            ', '01  ONE FAMILY DWELLINGS                    ', '1', '376', '43', ' ', 'S1'],
  ...[
    '743 EAST 6TH STREET',
    ' ',
    '10009',
    '1',
    '1',
    '2',
    ' 2,090 ',
    ' 3,680 ',
    '1940',
    '1',
    'S1',
    ' $3,200,000 ',
    '7/24/2018',
  ],
];
/** A line of a CSV file. */
export const quoted = (values: string[]) => values.map((value) => `"${value}"`).join(',');
const title = [
  'MANHATTAN ROLLING SALES DATA,,,',
  '"Sales From August 2017 - July 2018",,',
  '"For sales prior to the Final Roll, Neighborhood and Descriptive data reflect the Final Roll 2017/18.  ",,',
  'Building Class Category is based on Building Class at Time of Sale.,,',
];
/** A CSV file, with the title that the city puts first. */
export const file = (...rows: string[][]) => [...title, quoted(names), ...rows.map(quoted), ''].join('\r\n');

/** The same record of the house as a workbook. */
export function workbook(): Buffer {
  const row = house.map((value) => value.trim() || null);
  const cells = [...row.slice(0, 14), 2090, 3680, 1940, '1', 'S1', 3_200_000];
  // 2018-07-24, in the first of the date formats.
  const rows = xlsxRows(
    ...title.map((line) => [line.replace(/[",]+$/, '')]),
    names.map((name) => name.replace(' AT ', '\nAT ')),
  ).concat(xlsxRows(cells).replace('</row>', '<c s="1"><v>43305</v></c></row>'));
  return deflatedZip(xlsxParts({ Manhattan: rows }, { formats: [0, 14] }));
}
