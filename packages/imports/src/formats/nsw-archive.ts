/**
 * Property Sales Information of the New South Wales Valuer General in its archived form, sales of 1990 to 2001 (`ARCHIVE_SALES_1990.DAT`).
 *
 * B has 20 fields: record type, district, source, valuation number, property id, unit, house number, street, suburb, postcode, contract date
 * (DD/MM/YYYY), price, land description, area, area type, dimensions, component code, zone, vendor and purchaser (both suppressed). In the files, a
 * second `;` follows. Area types are M (square metres), H (hectares), and U, which is not documented.
 *
 * There are no dealing numbers and no strata lots, although a strata scheme has one property id. So a sale is identified by all its values,
 * including the price; the archive is closed and contains no corrections. A property is identified by its id and unit, like a property without
 * a strata lot in the current form. So the history of a house begins in 1990.
 */
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { address, squareMetres } from './nsw-psi.ts';
import { nswFormat } from './nsw-records.ts';
import { blankSale, categoryOf, detailsOf, fingerprint, isoDay, memoized, notStandard, titleCase } from './values.ts';

const saleFields = 20;

export const nswArchive = nswFormat({
  name: 'nsw-archive',
  title: 'New South Wales archived sales 1990–2001',
  detect: (sample) => /^[AB];/.test(sample) && /^B;(?:[^;\r\n]*;){9}\d{1,2}\/\d{1,2}\/\d{4};/m.test(sample),
  fileDate: (header) => /;(\d{8})(?: \d\d:\d\d)?;/.exec(header)?.[1] ?? '',
  dateless: true,
  counted: ['B'],
  sale: readSale,
});

function readSale(text: string, fileDate: string): Sale {
  const fields = text.split(';');
  if (fields.length <= saleFields || fields.slice(saleFields).some((field) => field !== '')) {
    throw new ValueError(
      'wrong number of fields',
      `a sale has ${saleFields} fields, each followed by ";", but this record has ${fields.length - 1}`,
    );
  }
  const [, district, source, valuation, property, unit, house, street, locality, postcode, ...last] =
    fields as string[];
  const [contract, priceText, land, area, areaType, dimensions, component, zone] = last as string[];
  if (!locality?.trim()) throw new ValueError('locality missing', 'the suburb is missing');
  if (!/^\d{1,12}(\.0+)?$/.test(priceText as string) && priceText !== '') {
    throw new ValueError('bad price', `price "${priceText}" is not a whole number of dollars`);
  }
  const price = Number(priceText);
  const contractDate = contract === '' ? null : isoDate(contract as string);
  if (contractDate === '') {
    throw new ValueError('bad contract date', `contract date "${contract}" is not a date (DD/MM/YYYY)`);
  }
  const identity = property || [valuation, house, street, locality, postcode].join(';');
  const propertyKey = unit ? `${identity}/unit ${unit}` : identity;
  return {
    ...blankSale,
    key: [propertyKey, contract, land, price].join(';'),
    propertyKey,
    fingerprint: fingerprint(text),
    contractDate,
    price,
    // The form does not distinguish houses from land and shops.
    type: unit ? 'Unit' : null,
    address: address(unit as string, house as string, street as string, locality),
    street: street ? titleCase(street) : null,
    locality: titleCase(locality),
    region: 'NSW',
    postcode: postcode || null,
    landArea: areaType === 'M' || areaType === 'H' ? squareMetres(area as string, areaType) : null,
    zoning: categoryOf(zone),
    nonStandard: notStandard(price, contractDate) ?? afterFile(contractDate, fileDate),
    details: detailsOf({
      district_code: district,
      source,
      valuation_number: valuation,
      property_id: property,
      land_description: land?.trim(),
      area: areaType === 'M' || areaType === 'H' ? '' : `${area} ${areaType}`.trim(),
      dimensions,
      component_code: component,
      zoning: zone,
    }),
  };
}

function afterFile(contractDate: string | null, fileDate: string): string | null {
  const after = contractDate && fileDate && contractDate.replaceAll('-', '') > fileDate;
  return after ? 'contract date after the file' : null;
}

/** ISO date of `DD/MM/YYYY`; empty if it is not a day. */
const isoDate = memoized((text) => {
  const [, day, month, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text) ?? [];
  return day && month && year ? isoDay(year, month, day) : '';
});
