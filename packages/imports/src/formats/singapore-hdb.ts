/**
 * Resale flat prices of Singapore's Housing and Development Board, as published by data.gov.sg: CSV with a header. The files of different
 * periods differ in the remaining lease: none, whole years, or years and months.
 *
 * Sales and flats have no identifiers. Two flats with the same description may sell at the same price in one month (272 pairs in the files of
 * 2012–2016). So a sale is identified by all values of its row except the remaining lease, and by its number among equal rows of the file; the
 * same file finds the same sales again. A property is all flats with the same block, storeys, type, model, floor area and lease.
 */
import { csvFormat, headerLayout, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { blankSale, categoryOf, detailOf, fingerprint, memoized, titleCase } from './values.ts';

const needed = [
  'month',
  'town',
  'flat_type',
  'block',
  'street_name',
  'storey_range',
  'floor_area_sqm',
  'flat_model',
  'lease_commence_date',
  'resale_price',
] as const;
const others = ['remaining_lease'] as const;
type Column = (typeof needed | typeof others)[number];

// Fewer than a million flats were resold since 1990. Without a limit, the hashes of the rows would fill the memory.
const maxSales = 2_000_000;

export const singaporeHdb = csvFormat(
  {
    name: 'singapore-hdb',
    title: 'Singapore HDB resale prices',
    detect: (sample) => namesColumns(sample, needed),
  },
  (header) => {
    const seen = new Occurrences();
    return headerLayout<Column>(header, { needed, others }, (row) => readSale(row, seen));
  },
);

/** Counts the occurrences of equal rows in a file. */
class Occurrences {
  // Identified by 48 bits of its hash, in a tenth of the memory. If two rows share them (a chance of 1 in 500 among a million), a number is skipped.
  readonly #counts = new Map<number, number>();

  /** 1 for the first, 2 for the second. */
  next(description: string): number {
    const hash = Number.parseInt(fingerprint(description).slice(0, 12), 16);
    const count = (this.#counts.get(hash) ?? 0) + 1;
    this.#counts.set(hash, count);
    if (this.#counts.size > maxSales) {
      throw new FileError(`the file has more than ${maxSales} sales, which is more than there were in Singapore`);
    }
    return count;
  }
}

function readSale(row: Record<Column, string>, seen: Occurrences): Sale {
  const { month, town, block, storey_range, flat_model, lease_commence_date } = row;
  for (const name of ['town', 'flat_type', 'block', 'street_name'] as const) {
    if (!row[name]) throw new ValueError(`${name} missing`, `${name} is missing`);
  }
  if (!/^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(month)) {
    throw new ValueError('bad month', `month "${month}" is not a month (YYYY-MM)`);
  }
  if (!/^\d{1,12}(\.\d+)?$/.test(row.resale_price)) {
    throw new ValueError('bad resale_price', `resale_price "${row.resale_price}" is not a number of dollars`);
  }
  if (!/^\d{1,6}(\.\d+)?$/.test(row.floor_area_sqm)) {
    throw new ValueError(
      'bad floor_area_sqm',
      `floor_area_sqm "${row.floor_area_sqm}" is not a number of square metres`,
    );
  }
  const lease = remainingLease(row.remaining_lease);
  if (lease === null) {
    throw new ValueError(
      'bad remaining_lease',
      `remaining_lease "${row.remaining_lease}" is neither a number of years nor such as 61 years 04 months`,
    );
  }
  const area = Number(row.floor_area_sqm);
  const statedPrice = Number(row.resale_price);
  const price = Math.round(statedPrice);
  // Files of different periods write 31 and 31.0, MULTI GENERATION and Multi-Generation.
  const property = [
    block,
    row.street_name,
    town,
    storey_range,
    row.flat_type.replace('-', ' '),
    flat_model,
    area,
    lease_commence_date,
  ]
    .join(';')
    .toUpperCase();
  const description = `${month};${property};${statedPrice}`;
  const key = `${description};${seen.next(description)}`;
  const type = title(row.flat_type).replace('Multi Generation', 'Multi-Generation');
  const street = title(row.street_name);
  return {
    ...blankSale,
    key,
    propertyKey: property,
    fingerprint: fingerprint(`${key};${lease}`),
    contractDate: `${month}-01`,
    price,
    type,
    address: `${block} ${street}, ${title(town)}`,
    street,
    locality: title(town),
    region: 'Singapore',
    bedrooms: bedrooms[type] ?? null,
    floorArea: area > 0 ? area : null,
    storey: middleStorey(storey_range),
    flatModel: categoryOf(flat_model),
    leaseStart: detailOf('lease_start', lease_commence_date),
    leaseRemaining: lease === '' ? null : yearsOf(lease),
    nonStandard: price === 0 ? 'no price' : null,
    details: JSON.stringify({
      storey_range,
      flat_model,
      lease_commence_date,
      ...(lease && { remaining_lease: lease }),
    }),
  };
}

// The living room counts as a room. Of five rooms one is for dining, or partitioned into a fourth bedroom: the files do not show which.
const bedrooms: Record<string, number> = { '2 Room': 1, '3 Room': 2, '4 Room': 3 };

/** `61 years 4 months` of `61 years 04 months`, `70 years` of `70`; empty if there is none, null if it cannot be read. */
const remainingLease = memoized((text) => {
  if (text === '') return '';
  const match = /^(\d{1,2})(?: years?(?: (\d{1,2}) months?)?)?$/.exec(text);
  if (!match) return null;
  const months = Number(match[2] ?? 0);
  return `${Number(match[1])} years${months ? ` ${months} months` : ''}`;
});

/** Half of the sum of the storeys of `07 TO 09`; null if the text is another. */
const middleStorey = memoized((text) => {
  const match = /^(\d{1,2}) TO (\d{1,2})$/i.exec(text);
  return match && (Number(match[1]) + Number(match[2])) / 2;
});

/** Of `61 years 4 months`. */
const yearsOf = memoized((lease) => {
  const [years = 0, months = 0] = lease.match(/\d+/g)?.map(Number) ?? [];
  return Math.round(100 * (years + months / 12)) / 100;
});

const title = memoized((text) => titleCase(text.toUpperCase()));
