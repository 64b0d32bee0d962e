/**
 * Property Sales Information of the New South Wales Valuer General, in the form published since 2001 (`.DAT`).
 *
 * Records: A header, B sale, C legal description, D owner (suppressed), Z trailer. Only B is kept; the numbers of the others are compared
 * with the trailer.
 *
 * One sale is (property id, dealing number, unit, strata lot). A sale that is issued again replaces the earlier row, so the time of issue
 * is part of the fingerprint.
 *
 * A property id belongs to a valuation, and a strata scheme has one valuation: in 2024, 11,800 ids cover several dwellings, one of them 353.
 * So a dwelling is (property id, strata lot). The unit number does not identify it, because it has several spellings, is omitted at first, or
 * is shared by a flat and its garage. Without a lot (company title), the unit identifies the dwelling. The few records without a property id
 * are identified by their address.
 */
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { nswFormat } from './nsw-records.ts';
import { blankSale, categoryOf, detailsOf, fingerprint, isoDay, memoized, titleCase } from './values.ts';

// B has 24 fields; the closing `;` makes a 25th, empty one.
const saleParts = 25;

export const nswPsi = nswFormat({
  name: 'nsw-psi',
  title: 'New South Wales Property Sales Information',
  detect: (sample) => /^A;(RTSALEDATA;|\d{1,3};)/.test(sample),
  fileDate(header) {
    // With `RTSALEDATA` since 2012.
    const date = /^A;(?:RTSALEDATA;)?\d{1,3};(\d{8}) \d\d:\d\d;/.exec(header)?.[1] ?? '';
    return isoDate(date) && date;
  },
  counted: ['B', 'C', 'D'],
  sale: readSale,
});

function readSale(text: string, fileDate: string): Sale {
  const fields = text.split(';');
  if (fields.length !== saleParts || fields[24] !== '') {
    throw new ValueError(
      'wrong number of fields',
      `a sale has 24 fields, each followed by ";", but this record has ${fields.length - 1}`,
    );
  }
  const [, district, property, , issued, name, unit, house, street, locality, postcode, area, areaUnit, ...last] =
    fields as string[];
  const [contract, settlement, priceText, zoning, nature, purpose, lot, component, saleCode, interest, dealing] =
    last as string[];
  const issuedAt = issueTime(issued as string);
  if (!issuedAt) {
    throw new ValueError('bad download time', `download time "${issued}" is not CCYYMMDD HH24:MI`);
  }
  if (!dealing) throw new ValueError('dealing number missing', 'the dealing number is missing');
  if (!locality?.trim()) throw new ValueError('locality missing', 'the locality is missing');
  if (!/^\d{1,12}$/.test(priceText as string) && priceText !== '') {
    throw new ValueError('bad price', `price "${priceText}" is not a whole number of dollars`);
  }
  const price = Number(priceText);
  const contractDate = date(contract as string, 'contract date');
  const settlementDate = date(settlement as string, 'settlement date');
  return {
    ...blankSale,
    key: `${property};${dealing};${unit};${lot}`,
    propertyKey: propertyKey(fields),
    fingerprint: fingerprint(text),
    issuedAt,
    contractDate,
    settlementDate,
    price,
    type: dwellingType(nature as string, purpose as string, lot !== '' || unit !== ''),
    address: address(unit as string, house as string, street as string, locality),
    street: street ? titleCase(street) : null,
    locality: titleCase(locality),
    region: 'NSW',
    postcode: postcode || null,
    zoning: categoryOf(zoning),
    landArea: squareMetres(area as string, areaUnit as string),
    dealing,
    nonStandard: nonStandard(price, contract as string, interest as string, fileDate),
    details: detailsOf({
      district_code: district,
      property_id: property,
      property_name: name?.trim(),
      strata_lot: lot,
      zoning,
      nature_of_property: nature,
      primary_purpose: purpose,
      component_code: component,
      sale_code: saleCode,
      percent_interest: interest === '0' ? '' : interest,
    }),
  };
}

function propertyKey(fields: string[]): string {
  const [, , property, , , , unit, house, street, locality, postcode] = fields;
  const lot = fields[19];
  if (!property) return [unit, house, street, locality, postcode, lot].join(';');
  if (lot) return `${property}/${lot}`;
  return unit ? `${property}/unit ${unit}` : property;
}

/** The first reason that applies. */
function nonStandard(price: number, contract: string, interest: string, fileDate: string): string | null {
  if (interest !== '' && Number(interest) !== 0) return 'part interest';
  if (price === 0) return 'no price';
  if (contract === '') return 'contract date missing';
  if (contract < '19000101') return 'contract date before 1900';
  if (contract > fileDate) return 'contract date after the file';
  return null;
}

function dwellingType(nature: string, purpose: string, divided: boolean): string {
  if (nature === 'R') return divided ? 'Unit' : 'House';
  if (nature === 'V') return 'Land';
  return typeOfPurpose(purpose);
}

// The purpose is free text of up to 20 characters (66 spellings in 2024), so its words decide.
const purposes: [RegExp, string][] = [
  [/\bCAR ?(SPACE|PARK)|\bGARAGE|\bPARKING/, 'Parking'],
  [/\bFARM|\bRURAL|\bAGRICULT|\bPRIMARY PROD/, 'Farm'],
  [/\bWAREHOUSE|\bFACTORY|\bINDUSTR|\bSTORAGE/, 'Industrial'],
  [/\bCOMMERCIAL|\bSHOP|\bOFFICE|\bRETAIL|\bHOTEL|\bMOTEL/, 'Commercial'],
];
const typeOfPurpose = memoized(
  (purpose) => purposes.find(([words]) => words.test(purpose.toUpperCase()))?.[1] ?? 'Other',
);

/** `5/12A King St, Branxton`: the source writes the number with a space: `12 A`. */
export function address(unit: string, house: string, street: string, locality: string): string {
  const place = [number(house), titleCase(street)].filter(Boolean).join(' ');
  if (!unit) return place ? `${place}, ${titleCase(locality)}` : titleCase(locality);
  const beginning = house ? `${number(unit)}/${place}` : [`Unit ${number(unit)}`, place].filter(Boolean).join(', ');
  return `${beginning}, ${titleCase(locality)}`;
}

const number = memoized((text) => titleCase(text.replace(/(\d) ([A-Z]{1,2})$/, '$1$2')));

export function squareMetres(area: string, unit: string): number | null {
  if (area === '') return null;
  if (!/^(\d+(\.\d*)?|\.\d+)$/.test(area)) throw new ValueError('bad area', `area "${area}" is not a number`);
  if (unit !== 'M' && unit !== 'H') {
    throw new ValueError('bad area', `area type "${unit}" is neither M (square metres) nor H (hectares)`);
  }
  // Rounded to hundredths, so that 25.15 ha are 251500 m² and not 251499.99999999997.
  const value = Math.round(Number(area) * (unit === 'H' ? 1_000_000 : 100)) / 100;
  return value > 0 ? value : null;
}

function date(text: string, name: string): string | null {
  if (text === '') return null;
  const iso = isoDate(text);
  if (!iso) throw new ValueError(`bad ${name}`, `${name} "${text}" is not a date (CCYYMMDD)`);
  return iso;
}

/** The ISO date of `CCYYMMDD`; empty if it is not a day. Years such as 0217 are wrong, but stated by the source. */
const isoDate = memoized((text) => {
  if (!/^\d{8}$/.test(text)) return '';
  return isoDay(text.slice(0, 4), text.slice(4, 6), text.slice(6));
});

/** The time of `CCYYMMDD HH24:MI`, which is Sydney time, for PostgreSQL; empty if it is not a time. */
const issueTime = memoized((text) => {
  const date = isoDate(text.slice(0, 8));
  return date && /^ ([01]\d|2[0-3]):[0-5]\d$/.test(text.slice(8)) ? `${date}${text.slice(8)} Australia/Sydney` : '';
});
