/**
 * Ireland's Residential Property Price Register (`PPR-ALL.csv`, or one of its months), in Windows-1252 as published or in UTF-8.
 *
 * There are no identifiers: a property is its address and county, and a sale is a property, a date and a price. The price of a new dwelling is without
 * VAT if the register says so. It is not converted, because the rate depends on the year and the dwelling.
 */
import { csvFormat, firstFields, headerLayout } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { blankSale, detailsOf, fingerprint, isoDay, memoized, notStandard, titleCase } from './values.ts';

const needed = [
  'Date of Sale (dd/mm/yyyy)',
  'Address',
  'County',
  'Price',
  'Not Full Market Price',
  'VAT Exclusive',
  'Description of Property',
] as const;
// Until 2021, there were postal codes such as Dublin 4 instead of Eircodes.
const others = ['Eircode', 'Postal Code', 'Property Size Description'] as const;
type Column = (typeof needed | typeof others)[number];

export const irelandPpr = csvFormat(
  {
    name: 'ireland-ppr',
    title: 'Irish Property Price Register',
    detect: (sample) => {
      const fields = firstFields(sample).map(nameOf);
      return needed.every((name) => fields.includes(name));
    },
  },
  (header) => headerLayout<Column>(header.map(nameOf), { needed, others }, readSale),
);

/** `Price (€)` is `Price`, whatever an encoding has made of the sign. */
function nameOf(column: string): string {
  return column.trim().replace(/^Price \(.{1,5}\)$/, 'Price');
}

function readSale(row: Record<Column, string>): Sale {
  const { Address: stated, County: county, Eircode: eircode } = row;
  const [, day = '', month = '', year = ''] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(row['Date of Sale (dd/mm/yyyy)']) ?? [];
  const contractDate = isoDay(year, month, day);
  if (!contractDate) {
    throw new ValueError(
      'bad date of sale',
      `date of sale "${row['Date of Sale (dd/mm/yyyy)']}" is not a date (dd/mm/yyyy)`,
    );
  }
  if (!stated) throw new ValueError('address missing', 'address is missing');
  const digits = /^\D{0,4}(\d{1,3}(?:,\d{3})*|\d{1,12})(\.\d\d?)?$/.exec(row.Price);
  if (!digits) throw new ValueError('bad price', `price "${row.Price}" is not an amount of euros`);
  const price = Math.round(Number(`${digits[1]?.replaceAll(',', '')}${digits[2] ?? ''}`));
  const partPrice = yesNo('Not Full Market Price', row['Not Full Market Price']);
  const withoutVat = yesNo('VAT Exclusive', row['VAT Exclusive']);
  const address = inSmallLetters(stated.replace(/\s+/g, ' '));
  const propertyKey = `${stated};${county}`.toUpperCase().replace(/[^\p{L}\d;]+/gu, ' ');
  const description = row['Description of Property'];
  return {
    ...blankSale,
    key: [propertyKey, contractDate, price].join(';'),
    propertyKey,
    fingerprint: fingerprint(
      [propertyKey, contractDate, price, eircode, row['Postal Code'], partPrice, withoutVat, description]
        .concat(row['Property Size Description'])
        .join('\x1f'),
    ),
    contractDate,
    price,
    type: /^(?:new\b|.*\bnua$)/i.test(description) ? 'New dwelling' : 'Second-hand dwelling',
    address: address.toLowerCase().endsWith(county.toLowerCase()) ? address : `${address}, ${county}`,
    locality: localityOf(address, county),
    region: county || null,
    postcode: eircode || row['Postal Code'] || null,
    nonStandard: partPrice ? 'not at market value' : notStandard(price, contractDate),
    details: detailsOf({
      vat_exclusive: withoutVat ? 'Yes' : 'No',
      description_of_property: description,
      property_size: row['Property Size Description'],
    }),
  };
}

function yesNo(name: string, text: string): boolean {
  if (/^yes$/i.test(text)) return true;
  if (/^no$/i.test(text)) return false;
  throw new ValueError(`bad ${name.toLowerCase()}`, `${name} "${text}" is neither Yes nor No`);
}

const inSmallLetters = memoized((text) =>
  /\p{Ll}/u.test(text)
    ? text
    : titleCase(text).replace(/(?<=^\d+\w? |, )\p{Ll}/gu, (beginning) => beginning.toUpperCase()),
);

const road = /\b(?:road|rd|street|st|avenue|ave|lane|drive|court|terrace|park|place|square|sq|way|close|crescent)\.?$/i;

/**
 * The town or postal district at the end of an address, before the county: `Dublin 14`, `Midleton`. Null if the address ends with a road, or has one
 * part.
 */
function localityOf(address: string, county: string): string | null {
  const district = /\bDublin (\d{1,2}|6w)\b/i.exec(address)?.[1];
  if (district) return `Dublin ${district.toUpperCase()}`;
  const [, ...parts] = address.split(',').map((part) => part.trim());
  const isCounty = (part: string) =>
    part.toLowerCase().replace(/^co(?:unty)?\b\.? ?/, '') === county.toLowerCase() || part === '';
  const town = parts.findLast((part) => !isCounty(part));
  return town && !road.test(town) && !/^\d/.test(town) ? titleCase(town.toUpperCase()) : null;
}
