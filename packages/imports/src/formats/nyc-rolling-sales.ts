/**
 * Rolling and annualised sales of New York City's Department of Finance: CSV, or the sheet of a workbook, below a few lines of title. Prices are
 * written as ` $730,000 `, ` $-   ` and `-` (none), dates as `M/D/YYYY`, in workbooks as dates. Copies differ in the spelling of the columns' names
 * (`EASE-MENT`, `ease_ment`, with line breaks) and some put other columns first.
 *
 * One sale is (borough, block, lot, apartment, date). All flats of a cooperative are one lot, and the address states the flat after a comma.
 * A deed without a price (a gift, or a correction) may have the same date as a sale; the two are distinguished.
 */
import { csvFormat, headerLayout } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import {
  blankSale,
  detailsOf,
  fingerprint,
  isoDay,
  memoized,
  notStandard,
  squareMetresOfFeet,
  titleCase,
} from './values.ts';

/** Letters only, as `lettersOf` leaves them. */
const needed = [
  'BOROUGH',
  'NEIGHBORHOOD',
  'BUILDINGCLASSCATEGORY',
  'BLOCK',
  'LOT',
  'ADDRESS',
  'APARTMENTNUMBER',
  'ZIPCODE',
  'SALEPRICE',
  'SALEDATE',
] as const;
const others = [
  'LANDSQUAREFEET',
  'GROSSSQUAREFEET',
  'RESIDENTIALUNITS',
  'COMMERCIALUNITS',
  'YEARBUILT',
  'TAXCLASSATTIMEOFSALE',
  'BUILDINGCLASSATTIMEOFSALE',
] as const;
type Column = (typeof needed | typeof others)[number];

export const nycRollingSales = csvFormat(
  {
    name: 'nyc-rolling-sales',
    title: 'New York City rolling sales',
    // The names of a header may have line breaks in them.
    detect: (sample) => {
      const letters = lettersOf(sample);
      return letters.includes('BOROUGHNEIGHBORHOODBUILDINGCLASSCATEGORY') && letters.includes('SALEPRICESALEDATE');
    },
  },
  (record) => {
    const header = record.map(lettersOf);
    if (!header.includes('BOROUGH') || !header.includes('SALEPRICE')) return undefined;
    return headerLayout<Column>(header, { needed, others }, readSale);
  },
);

function lettersOf(text: string): string {
  return text.replace(/[^A-Za-z]/g, '').toUpperCase();
}

function readSale(row: Record<Column, string>): Sale {
  const { BLOCK: block, LOT: lot, NEIGHBORHOOD: neighborhood, BUILDINGCLASSCATEGORY: category, ZIPCODE: zip } = row;
  const borough = boroughs[row.BOROUGH] ?? title(row.BOROUGH);
  if (!Object.values(boroughs).includes(borough)) {
    throw new ValueError('bad borough', `borough "${row.BOROUGH}" is neither a number from 1 to 5 nor a name`);
  }
  for (const [name, number] of [
    ['block', block],
    ['lot', lot],
  ] as const) {
    if (!/^\d{1,6}$/.test(number)) throw new ValueError(`bad ${name}`, `${name} "${number}" is not a number`);
  }
  const price = dollars(row.SALEPRICE);
  const contractDate = isoDate(row.SALEDATE);
  if (!contractDate) {
    throw new ValueError('bad sale date', `sale date "${row.SALEDATE}" is not a date (M/D/YYYY)`);
  }
  const [place = '', ...flat] = row.ADDRESS.split(',').map((part) => part.trim());
  const apartment = row.APARTMENTNUMBER || flat.join(' ');
  const propertyKey = [borough, Number(block), Number(lot), apartment].join(';').toUpperCase();
  const address = [place && title(place), apartment && `Apt ${apartment}`, borough].filter(Boolean).join(', ');
  const land = area(row.LANDSQUAREFEET);
  const floor = area(row.GROSSSQUAREFEET);
  const details = {
    residential_units: row.RESIDENTIALUNITS,
    commercial_units: row.COMMERCIALUNITS,
    year_built: row.YEARBUILT,
    tax_class: row.TAXCLASSATTIMEOFSALE,
    building_class: row.BUILDINGCLASSATTIMEOFSALE,
  };
  return {
    ...blankSale,
    key: [propertyKey, contractDate, ...(price === 0 ? ['no price'] : [])].join(';'),
    propertyKey,
    fingerprint: fingerprint(
      [propertyKey, contractDate, price, neighborhood, category, place, zip, land, floor]
        .concat(Object.values(details))
        .join('\x1f'),
    ),
    contractDate,
    price,
    type: dwellingType(category),
    address,
    street: place ? title(place.replace(/^[\d-]+[A-Z]?\s+(?=\S)/i, '')) : null,
    locality: neighborhood ? title(neighborhood) : null,
    region: borough,
    postcode: /^[1-9]\d{4}$/.test(zip) ? zip : null,
    landArea: squareMetresOfFeet(land, 'land square feet'),
    floorArea: squareMetresOfFeet(floor, 'gross square feet'),
    nonStandard: notStandard(price, contractDate),
    details: detailsOf({ block, lot, building_class_category: category.replace(/\s+/g, ' '), ...details }),
  };
}

const boroughs: Record<string, string> = {
  1: 'Manhattan',
  2: 'Bronx',
  3: 'Brooklyn',
  4: 'Queens',
  5: 'Staten Island',
};

/** Reads ` $730,000 ` and `730000.0`; ` $-   ` is 0. */
function dollars(text: string): number {
  const digits = text.replace(/[$,\s]/g, '');
  if (digits === '-') return 0;
  if (!/^\d{1,12}(\.\d+)?$/.test(digits)) {
    throw new ValueError('bad sale price', `sale price "${text}" is not a number of dollars`);
  }
  return Math.round(Number(digits));
}

/** Areas are written like prices. */
function area(text: string): string {
  const digits = text.replace(/[,\s]/g, '');
  return digits === '-' ? '' : digits;
}

/** The number of a building class category identifies what is sold: `01 ONE FAMILY DWELLINGS`. */
const dwellingType = memoized((category) => {
  const number = Number(/^\d{2}/.exec(category)?.[0]);
  return types.find(([numbers]) => numbers.includes(number))?.[1] ?? (number >= 21 ? 'Commercial' : 'Other');
});
const types: [number[], string][] = [
  [[1], 'One-family house'],
  [[2], 'Two-family house'],
  [[3], 'Three-family house'],
  [[4, 12, 13, 15, 16], 'Condominium'],
  [[9, 10, 17], 'Cooperative'],
  [[7, 8, 14], 'Rental building'],
  [[5, 31], 'Land'],
  [[29, 44], 'Parking'],
];

/** ISO date of `M/D/YYYY`, `M/D/YY` (there are none from before 2003) or `YYYY-MM-DD`, with or without a time of 0:00; empty if it is not a day. */
const isoDate = memoized((text) => {
  const [day] = text.split(/[ T]0?0:00(?::00)?(?:\.0+)?$/) as [string];
  const iso = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (iso) return isoDay(iso[1] as string, iso[2] as string, iso[3] as string);
  const match = /^(\d\d?)\/(\d\d?)\/(\d\d|\d{4})$/.exec(day);
  if (!match) return '';
  const year = match[3] as string;
  return isoDay(year.length === 2 ? `20${year}` : year, match[1] as string, match[2] as string);
});

/** `East 6th Street` */
const title = memoized((text) =>
  titleCase(text.toUpperCase()).replace(/\d(ST|ND|RD|TH)\b/g, (ordinal) => ordinal.toLowerCase()),
);
