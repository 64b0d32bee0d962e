/**
 * The readings of a cell. Some texts, such as `03/04/2015` and `1.234`, can be read in two ways. A reading returns both values; they are equal
 * if there is no ambiguity.
 */
import { isDay, memoized } from '../formats/values.ts';

/** The value of a cell: text, or a number from a source that has numbers. An empty text is no value. */
export type Cell = string | number;

export type DateOrder = 'dmy' | 'mdy';
export type DecimalMark = '.' | ',';

/** ISO dates; empty if the text is not a date in that order. */
export type DateReading = Record<DateOrder, string>;
/** NaN if the text is not a number with that decimal mark. */
export type NumberReading = Record<DecimalMark, number>;

/** Dates and numbers are shorter. Longer texts are not matched with regular expressions. */
const maxLength = 60;

/** The names of the months, long and short, in the languages of the registries: lower case, without accents and dots. */
const months = new Map<string, number>();
for (const language of ['en', 'de', 'fr', 'es', 'it', 'nl', 'pt']) {
  for (const form of ['long', 'short'] as const) {
    const format = new Intl.DateTimeFormat(language, { month: form, timeZone: 'UTC' });
    for (let month = 0; month < 12; month++) months.set(plain(format.format(Date.UTC(2000, month, 15))), month + 1);
  }
}
months.set('sept', 9);

const time = String.raw`(?:[T ]+\d{1,2}(?::?\d\d){1,2}(?:[.,]\d+)?(?: ?[AP]M)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?`;
const yearFirst = new RegExp(String.raw`^(\d{4})([-/.]?)(\d\d?)\2(\d\d?)${time}$`, 'i');
const yearLast = new RegExp(String.raw`^(\d\d?)([-/. ])(\d\d?)\2(\d{4}|\d\d)${time}$`, 'i');
const monthOnly = /^(\d{4})[-/](\d\d)$/;
const dayNamed = new RegExp(
  String.raw`^(\d\d?)(?:st|nd|rd|th|\.)?[- /]*(?:de )?(\p{L}{3,12})\.?[-, /]*(?:de )?(\d{4}|\d\d)${time}$`,
  'iu',
);
const monthNamed = new RegExp(
  String.raw`^(\p{L}{3,12})\.?[- ]*(?:(\d\d?)(?:st|nd|rd|th)?,? *[- ]*)?(\d{4})${time}$`,
  'iu',
);

/**
 * Reads a date: `2015-04-03`, `20150403`, `3/4/2015`, `03.04.15`, `3 Apr 2015`, `April 3, 2015`, with or without a time, which is ignored. A
 * month (`2015-04`, `April 2015`) is read as its first day. Years of two digits are 1969 to 2068, as in POSIX.
 */
export const readDate: (text: string) => DateReading = memoized((text) => {
  if (text.length > maxLength) return noDate;
  let match = yearFirst.exec(text);
  // Without separators, only eight digits are a date.
  if (match && (match[2] || /^\d{8}(?!\d)/.test(text))) return unambiguous(match[1], match[3], match[4]);
  match = yearLast.exec(text);
  if (match) {
    const [, first, , second, year] = match;
    return { dmy: iso(year, second, first), mdy: iso(year, first, second) };
  }
  match = monthOnly.exec(text);
  if (match) return unambiguous(match[1], match[2], '1');
  match = dayNamed.exec(text);
  if (match) return unambiguous(match[3], months.get(plain(match[2] as string)), match[1]);
  match = monthNamed.exec(text);
  if (match) return unambiguous(match[3], months.get(plain(match[1] as string)), match[2] ?? '1');
  return noDate;
});

const noDate: DateReading = { dmy: '', mdy: '' };

type Digits = string | number | undefined;

function unambiguous(year: Digits, month: Digits, day: Digits): DateReading {
  const date = iso(year, month, day);
  return { dmy: date, mdy: date };
}

function iso(yearText: Digits, month: Digits, day: Digits): string {
  let year = Number(yearText);
  if (String(yearText).length === 2) year += year < 69 ? 2000 : 1900;
  if (!isDay(year, Number(month), Number(day))) return '';
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

const number = (decimal: string, thousands: string, others = '') =>
  new RegExp(
    String.raw`^[-+]?(?:\d+|[1-9]\d{0,2}(?:([${thousands}])\d{3})(?:\1\d{3})*${others})?(?:[${decimal}]\d*)?(?:e[-+]?\d{1,3})?$`,
    'i',
  );
// In India, groups of two digits precede the last three.
const withPoint = number('.', `, '’`, '|[1-9]\\d?(?:,\\d\\d)+,\\d{3}');
const withComma = number(',', `. '’`);
const spaces = /[\u00a0\u2007\u2009\u202f]/g;

/**
 * Reads a number with a point or a comma as decimal mark. The other of the two, a space or an apostrophe may separate thousands:
 * `1,234,567.5`, `1.234.567,5`, `1 234 567,5`, `1'234'567.5`, `12,34,567`, `1.2e6`.
 */
export const readNumber = withFastPath((text) => {
  if (text.length > maxLength || !/\d/.test(text)) return noNumber;
  const spaced = text.replace(spaces, ' ').trim();
  return {
    '.': withPoint.test(spaced) ? Number(spaced.replace(/[, '’]/g, '')) : Number.NaN,
    ',': withComma.test(spaced) ? Number(spaced.replace(/[. '’]/g, '').replace(',', '.')) : Number.NaN,
  };
});

/** Reads texts of digits alone, which most numbers are, without a regular expression for each form. */
function withFastPath(read: (text: string) => NumberReading): (text: string) => NumberReading {
  const cached = memoized(read);
  return (text) => {
    if (!/^\d{1,15}$/.test(text)) return cached(text);
    const value = Number(text);
    return { '.': value, ',': value };
  };
}

const noNumber: NumberReading = { '.': Number.NaN, ',': Number.NaN };

// `$`, `A$`, `USD`, `US$`, `€`, `kr`, `Fr.`, `zł`, `Rs.`: before or after the digits. Other letters are not allowed: `1.2 MIO` is not 1.2.
const currency = String.raw`(?:[A-Z]{0,3}\p{Sc}[A-Z]{0,3}|${Intl.supportedValuesOf('currency').join('|')}|kr\.?|fr\.?|zł|rs\.?)`;
const money = new RegExp(String.raw`^(-?)(\(?) *${currency}? *(.*?) *${currency}?(?:,-|\.-)? *(\)?)$`, 'iu');

/**
 * Reads an amount of money: a number with or without a currency sign. In parentheses it is negative; `$ -` is zero.
 * Money has two decimals or none, so three digits after a single point or comma (`450.000`) are thousands.
 */
export const readMoney = withFastPath((text) => {
  if (text.length > maxLength) return noNumber;
  const match = money.exec(text.replace(spaces, ' ').trim());
  if (!match) return noNumber;
  const [, minus, open, digits, close] = match as unknown as [string, string, string, string, string];
  if (digits === '-' && /\p{Sc}/u.test(text)) return { '.': 0, ',': 0 };
  if ((open === '') !== (close === '') || ((minus || open) && digits.startsWith('-'))) return noNumber;
  const sign = minus || open ? -1 : 1;
  if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(digits)) {
    const amount = sign * Number(digits.replace(/[.,]/, ''));
    return { '.': amount, ',': amount };
  }
  const { '.': point, ',': comma } = readNumber(digits);
  return { '.': sign * point, ',': sign * comma };
});

/** Units of area, each in square metres. */
export const areaUnits = { m2: 1, ft2: 0.09290304, yd2: 0.83612736, acre: 4046.8564224, ha: 10_000 } as const;
export type AreaUnit = keyof typeof areaUnits;

const unitNames: Record<AreaUnit, string[]> = {
  m2: [
    'm2',
    'm²',
    'sqm',
    'sqmt',
    'sqmeter',
    'sqmeters',
    'sqmetre',
    'sqmetres',
    'squaremeters',
    'squaremetres',
    'qm',
    'mq',
    'mts2',
  ],
  ft2: ['ft2', 'ft²', 'sqft', 'sqfeet', 'sf', 'squarefeet', 'squarefoot'],
  yd2: ['yd2', 'yd²', 'sqyd', 'sqyds', 'squareyards'],
  acre: ['ac', 'acre', 'acres'],
  ha: ['ha', 'hectare', 'hectares', 'hektar'],
};
const units = new Map(
  Object.entries(unitNames).flatMap(([unit, names]) => names.map((name) => [name, unit as AreaUnit] as const)),
);

/** The unit of a word: `sqft`, `sq. ft.`, `m²`, `Hectares`. */
export function areaUnit(word: string): AreaUnit | undefined {
  return units.get(word.toLowerCase().replace(/[^\p{L}\d²]/gu, ''));
}

/** Splits `650 m²` into the text of the number and the unit, which is undefined if there is none. */
export function readArea(text: string): { digits: string; unit: AreaUnit | undefined } | undefined {
  const match = /^([-+\d][\d., '’\u00a0\u202f]*(?:e[-+]?\d+)?)\s*(\p{L}[\p{L}. ]*[2²]?)?$/iu.exec(
    text.slice(0, maxLength + 1),
  );
  if (!match) return undefined;
  const [, digits, word] = match as unknown as [string, string, string | undefined];
  if (word === undefined) return { digits: digits.trim(), unit: undefined };
  const unit = areaUnit(word);
  return unit && { digits: digits.trim(), unit };
}

/** Lower case, without accents, dots and spaces around. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f.]/g, '')
    .trim()
    .toLowerCase();
}
