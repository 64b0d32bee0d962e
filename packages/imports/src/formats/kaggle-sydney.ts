/**
 * Sydney house prices as published on Kaggle (`SydneyHousePrices.csv`): Date,Id,suburb,postalCode,sellPrice,bed,bath,car,propType.
 *
 * There are no addresses. A sale is identified by the Id of its row and is a property of its own, because repeat sales of a home cannot be matched.
 */
import { csvFormat, headerLayout, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { attributeOf, blankSale, fingerprint, isoDay, memoized, notStandard, titleCase } from './values.ts';

const needed = ['Date', 'Id', 'suburb', 'postalCode', 'sellPrice', 'bed', 'bath', 'car', 'propType'] as const;

// The largest 32-bit integer stands for larger and for missing prices.
const overflow = 2_147_483_647;

export const kaggleSydney = csvFormat(
  {
    name: 'kaggle-sydney',
    title: 'Sydney house prices (Kaggle)',
    detect: (sample) => namesColumns(sample, needed),
  },
  (header) => headerLayout(header, { needed }, readSale),
);

function readSale(row: Record<(typeof needed)[number], string>): Sale {
  const {
    Date: dateText,
    Id: id,
    suburb,
    postalCode: postcode,
    sellPrice: priceText,
    bed,
    bath,
    car,
    propType: type,
  } = row;
  if (!/^\d{1,12}$/.test(id)) throw new ValueError('bad Id', `Id "${id}" is not a number`);
  if (!suburb) throw new ValueError('suburb missing', 'suburb is missing');
  if (!/^\d{1,12}(\.0+)?$/.test(priceText)) {
    throw new ValueError('bad sellPrice', `sellPrice "${priceText}" is not a whole number of dollars`);
  }
  const contractDate = isoDate(dateText);
  if (!contractDate) throw new ValueError('bad Date', `Date "${dateText}" is not a date (YYYY-MM-DD or d/mm/yyyy)`);
  const price = Number(priceText);
  const locality = titleCase(suburb.toUpperCase());
  return {
    ...blankSale,
    key: id,
    propertyKey: id,
    fingerprint: fingerprint([contractDate, id, locality, postcode, price, bed, bath, car, type].join('\x1f')),
    contractDate,
    price,
    type: type ? titleCase(type.toUpperCase()) : null,
    address: [locality, postcode].filter(Boolean).join(' '),
    locality,
    region: 'Sydney',
    postcode: postcode || null,
    bedrooms: attributeOf('bedrooms', bed, 'bed'),
    bathrooms: attributeOf('bathrooms', bath, 'bath'),
    carSpaces: attributeOf('car_spaces', car, 'car'),
    nonStandard: price === overflow ? 'no price' : notStandard(price, contractDate),
  };
}

/** ISO date of `YYYY-MM-DD` or `d/mm/yyyy`, which spreadsheets with Australian settings write; empty if it is not a day. */
const isoDate = memoized((text) => {
  const match = /^(?:(\d{4})-(\d\d)-(\d\d)|(\d\d?)\/(\d\d?)\/(\d{4}))$/.exec(text);
  if (!match) return '';
  const [, year = match[6], month = match[5], day = match[4]] = match;
  return isoDay(year as string, month as string, day as string);
});
