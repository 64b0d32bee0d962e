/**
 * Price Paid Data of HM Land Registry (England and Wales): 16 columns without a header as published, or with a header, as on its
 * search page and in republished copies (SAON before PAON, no record status, `dd/mm/yyyy`).
 *
 * One sale is one transaction id. Record status A adds it, C changes it, D deletes it; the status is not part of the
 * fingerprint, because a change in a monthly file is an addition in the next yearly file.
 *
 * The only date is the date of transfer, on which the sale was completed. It is used as the contract date, too, because there is no other.
 */
import type { CsvLayout } from './csv.ts';
import { csvFormat, firstFields } from './csv.ts';
import type { Batch, Format, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { peek } from './text.ts';
import { blankSale, fingerprint, isoDay, memoized, notStandard, titleCase } from './values.ts';

/** The fields in the order of the files without a header, each with its names in headers, in lower-case letters only. */
const fieldNames = [
  ['transactionuniqueidentifier', 'transactionid', 'uniqueid', 'id'],
  ['price', 'pricepaid'],
  ['dateoftransfer', 'transferdate', 'deeddate', 'date'],
  ['postcode'],
  ['propertytype'],
  ['oldnew', 'newbuild'],
  ['duration', 'estatetype', 'tenure'],
  ['paon'],
  ['saon'],
  ['street'],
  ['locality'],
  ['towncity', 'town'],
  ['district'],
  ['county'],
  ['ppdcategorytype', 'ppdcategory', 'categorytype', 'category', 'transactioncategory'],
  ['recordstatusmonthlyfileonly', 'recordstatus', 'status'],
];
const statusField = 15;

const transactionId = /^\{?([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})\}?$/i;

/** The header of the search page, if the first sale follows it without a line break, as in some downloads. */
const joinedHeader = /^(?:\xef\xbb\xbf)?unique_id[\w,]*(?=")/i;

const csv = csvFormat(
  {
    name: 'uk-price-paid',
    title: 'HM Land Registry Price Paid',
    detect: (sample) => {
      const fields = firstFields(sample);
      return isSale(fields) || missingFields(positions(fields)).length === 0;
    },
  },
  layout,
);

export const ukPricePaid: Format = {
  ...csv,
  async *read(file): AsyncGenerator<Batch> {
    const { sample, content } = await peek(file);
    const header = joinedHeader.exec(sample.toString('latin1'))?.[0];
    if (header === undefined) return yield* csv.read(content);
    for await (const batch of csv.read(withLineBreak(content, header.length))) {
      for (const reject of batch.rejects) reject.line -= 1;
      yield batch;
    }
  },
};

/** Inserts a line break after so many bytes. */
async function* withLineBreak(content: AsyncIterable<Buffer>, after: number): AsyncGenerator<Buffer> {
  let left = after;
  for await (const chunk of content) {
    if (left > 0 && chunk.length >= left) {
      yield Buffer.concat([chunk.subarray(0, left), Buffer.from('\n'), chunk.subarray(left)]);
    } else yield chunk;
    left -= chunk.length;
  }
}

/** Whether a record is a sale, by its transaction id alone. Other errors of the first sale become a reject. */
function isSale(fields: string[]): boolean {
  return transactionId.test(fields[0] as string) && fields.length > 10;
}

/** The position of each field in a record; -1 if the header does not name it. */
function positions(header: string[]): number[] {
  const names = header.map((name) => name.toLowerCase().replace(/[^a-z]/g, ''));
  return fieldNames.map((known) => names.findIndex((name) => known.includes(name)));
}

/** Without the record status, every record is an addition. */
function missingFields(places: number[]): string[] {
  return fieldNames.flatMap((names, i) => (places[i] === -1 && i !== statusField ? (names[0] as string) : []));
}

function layout(first: string[]): CsvLayout {
  if (isSale(first)) return { hasHeader: false, width: fieldNames.length, sale: readSale };
  const places = positions(first);
  const missing = missingFields(places);
  if (missing.length > 0) throw new FileError(`the header lacks ${missing.map((name) => `"${name}"`).join(' and ')}`);
  return {
    hasHeader: true,
    width: first.length,
    sale: (record) => readSale(places.map((place) => record[place] ?? '')),
  };
}

function readSale(record: string[]): Sale {
  const fields = record.map((field) => field.trim());
  const [idText, priceText, dateText, postcode, typeCode, newBuild, duration, ...place] = fields as string[];
  const [paon, saon, street, localityText, town, district, county, category, status] = place as string[];
  const id = transactionId.exec(idText as string)?.[1]?.toUpperCase();
  if (!id) {
    throw new ValueError(
      'bad transaction id',
      `transaction id "${idText}" is not one such as {F9059A48-F872-4B00-A7C4-83B8088E8B17}`,
    );
  }
  if (!/^\d{1,12}$/.test(priceText as string)) {
    throw new ValueError('bad price', `price "${priceText}" is not a whole number of pounds`);
  }
  const price = Number(priceText);
  const date = isoDate(dateText as string);
  if (!date) {
    throw new ValueError(
      'bad date of transfer',
      `date of transfer "${dateText}" is not a date (YYYY-MM-DD or dd/mm/yyyy)`,
    );
  }
  const type = types[typeCode as string];
  if (!type) throw new ValueError('bad property type', `property type "${typeCode}" is none of D, S, T, F and O`);
  if (category !== 'A' && category !== 'B') {
    throw new ValueError('bad category', `category "${category}" is neither A nor B`);
  }
  if (!['A', 'C', 'D', ''].includes(status as string)) {
    throw new ValueError('bad record status', `record status "${status}" is none of A, C and D`);
  }
  const localityName = localityText || town;
  if (!localityName) throw new ValueError('locality missing', 'locality and town are both missing');
  const stated = [id, price, date, ...fields.slice(3, statusField)].join('\x1f');
  const locality = title(localityName);
  return {
    ...blankSale,
    key: id,
    propertyKey: propertyKey(id, fields),
    fingerprint: fingerprint(status === 'D' ? `${stated}\x1fdeleted` : stated),
    contractDate: date,
    settlementDate: date,
    price,
    type,
    address: address([saon, paon, street, localityName, town === localityName ? '' : town] as string[]),
    street: street ? title(street) : null,
    locality,
    region: county ? title(county) : null,
    postcode: postcode || null,
    newBuild: newBuild === 'Y' ? 1 : newBuild === 'N' ? 0 : null,
    tenure: duration === 'F' ? 'Freehold' : duration === 'L' ? 'Leasehold' : null,
    nonStandard: nonStandard(category, price, date),
    details: JSON.stringify({
      new_build: newBuild,
      duration,
      town: title(town as string),
      district: title(district as string),
      category,
    }),
    ...(status === 'D' && { deletes: true }),
  };
}

const types: Record<string, string> = {
  D: 'Detached',
  S: 'Semi-detached',
  T: 'Terraced',
  F: 'Flat',
  O: 'Other',
};

/** Postcode, PAON, SAON and street. Without a postcode, the place is used; without a building, the id of the sale. */
function propertyKey(id: string, fields: string[]): string {
  const [postcode, , , , paon, saon, street, ...place] = fields.slice(3, 14);
  if (!paon && !saon) return id;
  return `${postcode || place.join(';')};${paon};${saon};${street}`.toUpperCase();
}

function nonStandard(category: string, price: number, date: string): string | null {
  if (category === 'B') return 'not at market value';
  return notStandard(price, date);
}

/** `Flat 4, Pineridge Gardens, 15 Westcote Road, Reading`: no comma follows a number, unless another number follows. */
function address(parts: string[]): string {
  let text = '';
  for (const part of parts.filter(Boolean)) {
    if (text) text += /(^|, )\d+[A-Z]?( ?- ?\d+[A-Z]?)?$/.test(text) && !/^\d/.test(part) ? ' ' : ', ';
    text += title(part);
  }
  return text;
}

const title = memoized((text) => titleCase(text.toUpperCase()));

/** ISO date of `YYYY-MM-DD` or `dd/mm/yyyy`, with or without a time of 0:00; empty if it is not a day. */
const isoDate = memoized((text) => {
  const match = /^(?:(\d{4})-(\d\d)-(\d\d)|(\d\d)\/(\d\d)\/(\d{4}))(?: 0?0:00(?::00)?)?$/.exec(text);
  if (!match) return '';
  const [, year = match[6], month = match[5], day = match[4]] = match;
  return isoDay(year as string, month as string, day as string);
});
