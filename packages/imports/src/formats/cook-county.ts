/**
 * Parcel sales of the assessor of Cook County, Illinois, as its open data portal (Socrata) exports them to CSV, by the names of the fields or of the
 * columns. There are no addresses. A sale is a deed and a parcel.
 *
 * Names of sellers and buyers are not kept.
 */
import { csvFormat, firstFields, headerLayout } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { blankSale, detailsOf, fingerprint, isoDay, memoized, notStandard } from './values.ts';

const needed = ['pin', 'sale_date', 'sale_price', 'sale_document_num', 'is_multisale', 'num_parcels_sale'] as const;
const others = [
  'class',
  'neighborhood_code',
  'sale_deed_type',
  'mydec_deed_type',
  'sale_type',
  'sale_filter_same_sale_within_365',
  'sale_filter_less_than_10k',
  'sale_filter_deed_type',
] as const;
type Column = (typeof needed | typeof others)[number];

/** The names of fields that differ from those of the columns. */
const fieldNames: Record<string, string> = {
  doc_no: 'sale_document_num',
  nbhd: 'neighborhood_code',
  deed_type: 'sale_deed_type',
};

export const cookCounty = csvFormat(
  {
    name: 'cook-county',
    title: 'Cook County parcel sales',
    detect: (sample) => {
      const fields = firstFields(sample).map(nameOf);
      return needed.every((name) => fields.includes(name));
    },
  },
  (header) => headerLayout<Column>(header.map(nameOf), { needed, others }, readSale),
);

/** `Sale Document Num` and `doc_no` are `sale_document_num`. */
function nameOf(column: string): string {
  const name = column.trim().toLowerCase().replace(/\W+/g, '_');
  return fieldNames[name] ?? name;
}

function readSale(row: Record<Column, string>): Sale {
  const pin = row.pin.replaceAll('-', '');
  if (!/^\d{13,14}$/.test(pin)) throw new ValueError('bad pin', `pin "${row.pin}" is not a number of 14 digits`);
  const parcel = pin.padStart(14, '0');
  const contractDate = isoDate(row.sale_date);
  if (!contractDate) throw new ValueError('bad sale_date', `sale_date "${row.sale_date}" is not a date`);
  const digits = row.sale_price.replace(/[$,\s]/g, '');
  if (!/^\d{1,12}(\.\d+)?$/.test(digits)) {
    throw new ValueError('bad sale_price', `sale_price "${row.sale_price}" is not a number of dollars`);
  }
  const price = Math.round(Number(digits));
  const document = row.sale_document_num;
  const shared = isTrue(row.is_multisale) || Number(row.num_parcels_sale) > 1;
  return {
    ...blankSale,
    key: document ? `${document};${parcel}` : [parcel, contractDate, price].join(';'),
    propertyKey: parcel,
    fingerprint: fingerprint([...needed, ...others].map((name) => row[name]).join('\x1f')),
    contractDate,
    price,
    type: dwellingType(row.class),
    address: `Parcel ${parcel.replace(/^(..)(..)(...)(...)(....)$/, '$1-$2-$3-$4-$5')}`,
    locality: row.neighborhood_code ? `Neighborhood ${row.neighborhood_code}` : null,
    region: 'Cook County',
    // Replicas compare the sales of a dealing. If the file has only one of them, they would take the reason back.
    dealing: shared ? null : document || null,
    nonStandard: shared ? 'shared dealing' : (filtered(row) ?? notStandard(price, contractDate)),
    details: detailsOf({
      class: row.class,
      sale_document_num: document,
      deed_type: row.mydec_deed_type || row.sale_deed_type,
      sale_type: row.sale_type,
      num_parcels_sale: row.num_parcels_sale,
    }),
  };
}

/** The reason for which the assessor does not use a sale. */
function filtered(row: Record<Column, string>): string | null {
  if (isTrue(row.sale_filter_deed_type)) return 'not at market value';
  if (isTrue(row.sale_filter_less_than_10k)) return 'price below 10,000';
  return isTrue(row.sale_filter_same_sale_within_365) ? 'repeated within a year' : null;
}

function isTrue(text: string): boolean {
  return /^(?:true|t|yes|y|1)$/i.test(text);
}

/** ISO date of `2014-12-29`, `2014-12-29T00:00:00.000` or `12/29/2014`; empty if it is not a day. */
const isoDate = memoized((text) => {
  const match = /^(?:(\d{4})-(\d\d)-(\d\d)|(\d\d?)\/(\d\d?)\/(\d{4}))(?:[T ].*)?$/.exec(text);
  if (!match) return '';
  const [, year = match[6], month = match[4], day = match[5]] = match;
  return isoDay(year as string, month as string, day as string);
});

/** The first digit of a class is the use of the property; classes of dwellings are distinguished further. */
const dwellingType = memoized((text) => {
  const number = Number(text.slice(0, 3));
  if (!/^\d{3}/.test(text)) return null;
  return classes.find(([numbers]) => numbers.includes(number))?.[1] ?? uses[Number(text[0])] ?? 'Other';
});
const classes: [number[], string][] = [
  [[200, 201, 241], 'Land'],
  [[211, 212, 213], 'Apartment building'],
  [[299, 399], 'Condominium'],
];
const uses: Record<number, string> = { 1: 'Land', 2: 'House', 3: 'Apartment building', 5: 'Commercial' };
