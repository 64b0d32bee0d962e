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
const months = new Map<string, number>([['sept', 9]]);
// No name is that of different months in two of them, as `listopad` would be with Croatian.
const languages = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pt', 'cs', 'pl', 'sv', 'da', 'nb', 'fi', 'hu', 'ro'];
for (const language of languages) {
  for (const month of ['long', 'short'] as const) {
    // Some languages inflect the name beside a day: `leden`, `15. ledna`.
    for (const day of [undefined, 'numeric'] as const) {
      const format = new Intl.DateTimeFormat(language, { month, day, timeZone: 'UTC' });
      for (let i = 0; i < 12; i++) {
        const parts = format.formatToParts(Date.UTC(2000, i, 15));
        months.set(plain(parts.find(({ type }) => type === 'month')?.value ?? ''), i + 1);
      }
    }
  }
}
const weekdays = new Set(
  languages.flatMap((language) =>
    (['long', 'short'] as const).flatMap((weekday) => {
      const format = new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' });
      return Array.from({ length: 7 }, (_, i) => plain(format.format(Date.UTC(2000, 0, i + 1))));
    }),
  ),
);

const time = String.raw`(?:[T ]+\d{1,2}(?::?\d\d){1,2}(?:[.,]\d+)?(?: ?[AP]M)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?`;
const yearFirst = new RegExp(String.raw`^(\d{4})([-/.]?)(\d\d?)\2(\d\d?)${time}$`, 'i');
const yearLast = new RegExp(String.raw`^(\d\d?)([-/. ])(\d\d?)\2(\d{4}|\d\d)${time}$`, 'i');
const eastAsian = /^(\d{4})[年년] ?(\d\d?)[月월] ?(?:(\d\d?)[日일])?$/;
const monthOnly = /^(\d{4})[-/](\d\d?)$/;
const monthFirst = /^(\d\d?)[-/](\d{4})$/;
const quarter = /^(?:Q([1-4])[ -/]?(\d{4})|(\d{4})(?:[ -/]?Q|年第)([1-4])(?:四半期)?)$/i;
const dayNamed = new RegExp(
  String.raw`^(\d\d?)(?:st|nd|rd|th|er|\.)?[- /]*(?:de )?(\p{L}{3,12})\.?[-, /]*(?:de )?(\d{4}|\d\d)${time}$`,
  'iu',
);
const monthNamed = new RegExp(
  String.raw`^(\p{L}{3,12})\.?[- ]*(?:(\d\d?)(?:st|nd|rd|th)?,? *[- ]*)?(\d{4})${time}$`,
  'iu',
);

/**
 * Reads a date: `2015-04-03`, `20150403`, `3/4/2015`, `03.04.15`, `3 Apr 2015`, `April 3, 2015`, `Fri 3 April 2015`, `2015年4月3日`, with or without a
 * time, which is ignored. A month (`2015-04`, `4/2015`, `April 2015`) and a quarter (`Q2 2015`, `2015年第2四半期`) are read as their first days. Years of two digits are 1969 to 2068, as in POSIX, until `inYears` assigns them.
 */
export const readDate: (text: string) => DateReading = memoized((written) => {
  if (written.length > maxLength) return noDate;
  const text = withoutWeekday(written);
  let match = yearFirst.exec(text);
  // Without separators, only eight digits are a date.
  if (match && (match[2] || /^\d{8}(?!\d)/.test(text))) return unambiguous(match[1], match[3], match[4]);
  match = yearLast.exec(text);
  if (match) {
    const [, first, , second, year] = match;
    return { dmy: iso(year, second, first), mdy: iso(year, first, second) };
  }
  match = eastAsian.exec(text);
  if (match) return unambiguous(match[1], match[2], match[3] ?? '1');
  match = monthOnly.exec(text);
  if (match) return unambiguous(match[1], match[2], '1');
  match = monthFirst.exec(text);
  if (match) return unambiguous(match[2], match[1], '1');
  match = quarter.exec(text);
  if (match) return unambiguous(match[2] ?? match[3], 3 * Number(match[1] ?? match[4]) - 2, '1');
  match = dayNamed.exec(text);
  if (match) return unambiguous(match[3], months.get(plain(match[2] as string)), match[1]);
  match = monthNamed.exec(text);
  if (match) return unambiguous(match[3], months.get(plain(match[1] as string)), match[2] ?? '1');
  return noDate;
});

/** A date without the day of the week before it, and without the apostrophe by which spreadsheets mark a text. */
function withoutWeekday(text: string): string {
  const before = /^(?:'|([\p{L}-]{2,16})\.?,? +)(?=[\d\p{L}])/u.exec(text);
  return before && (before[1] === undefined || weekdays.has(plain(before[1]))) ? text.slice(before[0].length) : text;
}

/** Whether the year of a date is written with two digits. */
export function hasShortYear(date: string): boolean {
  return !/\d{4}/.test(date);
}

/** An ISO date of the Gregorian calendar, from one whose year was written with two digits or is Buddhist. Empty if there is no such day. */
export function inYears(date: string, firstYear: number | undefined, calendar: Calendar | undefined): string {
  let year = Number(date.slice(0, 4));
  if (firstYear !== undefined) year = firstYear + ((((year - firstYear) % 100) + 100) % 100);
  if (calendar === 'buddhist') year -= buddhistYears;
  return iso(year, date.slice(5, 7), date.slice(8, 10));
}

export type Calendar = 'gregorian' | 'buddhist';
/** The Buddhist calendar of Thailand is ahead by these years. */
export const buddhistYears = 543;

const instant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)? ?(?:Z|UTC|[+-]\d\d:?\d\d)$/i;

/** The instant of an ISO date and time with a zone, such as `2023-12-31T13:00:00Z`; undefined for other texts. */
export function readInstant(text: string): Date | undefined {
  if (text.length > maxLength || !instant.test(text)) return undefined;
  const date = new Date(
    text
      .replace(' ', 'T')
      .replace(/ ?UTC$/i, 'Z')
      .replace(' ', ''),
  );
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** What the numbers in a column of dates count: days as spreadsheets do, where 1 is 1900-01-01, the time since 1970 in UTC, or years. */
export const dateNumbers = ['excel_days', 'unix_seconds', 'unix_milliseconds', 'years'] as const;
export type DateNumbers = (typeof dateNumbers)[number];

/** What a number in a column of dates probably counts, for the years 1900 to 2100; undefined if it is none. */
export function dateNumbersOf(text: string): DateNumbers | undefined {
  if (/^(?:19|20)\d\d$/.test(text)) return 'years';
  if (/^\d{5}(?:\.\d+)?$/.test(text)) return 'excel_days';
  if (/^-?\d{9,10}$/.test(text)) return 'unix_seconds';
  return /^-?\d{11,13}$/.test(text) ? 'unix_milliseconds' : undefined;
}

/** The date `2024-03-01`, or the instant `2024-03-01T13:00:00.000Z`, of such a number; the text itself if it is none. A year is its first day. */
export function dateOfNumber(text: string, numbers: DateNumbers): string {
  if (numbers === 'years') return /^\d{4}$/.test(text) ? `${text}-01-01` : text;
  const value = /^-?\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const milliseconds =
    numbers === 'excel_days'
      ? Date.UTC(1899, 11, 30) + Math.floor(value) * 86_400_000
      : value * (numbers === 'unix_seconds' ? 1000 : 1);
  if (!(Math.abs(milliseconds) < Date.UTC(9999, 11, 31))) return text;
  const iso = new Date(milliseconds).toISOString();
  return numbers === 'excel_days' ? iso.slice(0, 10) : iso;
}

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

/** The words for a scale of amounts, in lower case, and the number that each multiplies by. */
const scales = new Map<string, number>(
  (
    [
      [1e3, "'000 ’000 000 000s '000s k t tsd thousand thousands tausend"],
      [1e4, '万'],
      [1e5, 'lakh lakhs lac lacs'],
      [1e6, 'm mn mm mio mln mill million millions millionen millones milhoes milioni'],
      [1e7, 'cr crore crores'],
      [1e8, '億 亿'],
      [1e9, 'bn billion billions mrd mia'],
    ] as const
  ).flatMap(([scale, words]) => words.split(' ').map((word) => [word, scale] as const)),
);

const dollars = 'USD AUD CAD NZD HKD SGD TWD MXN BRL ARS CLP COP FJD JMD TTD BBD BSD BZD NAD XCD'.split(' ');
/** The currencies that a sign may stand for, by the sign in lower case. A sign that is missing here may be any. */
const signs: Record<string, readonly string[]> = {
  $: dollars,
  ...Object.fromEntries(
    Object.entries({
      USD: 'us$ $us',
      AUD: 'a$ au$ $au',
      CAD: 'c$ ca$ $ca',
      NZD: 'nz$ $nz',
      HKD: 'hk$ $hk',
      SGD: 's$ sg$ $sg',
      TWD: 'nt$',
      BRL: 'r$',
      MXN: 'mx$',
      EUR: '€',
      GBP: '£ £gb',
      INR: '₹',
      KRW: '₩',
      RUB: '₽',
      TRY: '₺',
      UAH: '₴',
      ILS: '₪',
      THB: '฿',
      VND: '₫',
      PHP: '₱',
      NGN: '₦',
      PLN: 'zł',
      CHF: 'fr',
    }).flatMap(([code, texts]) => texts.split(' ').map((text) => [text, [code]])),
  ),
  '¥': ['JPY', 'CNY'],
  円: ['JPY'],
  kr: ['SEK', 'NOK', 'DKK', 'ISK'],
  rs: ['INR', 'PKR', 'LKR', 'NPR', 'MUR', 'SCR'],
};
const scaleWord = [...scales.keys()].sort((a, b) => b.length - a.length).join('|');
const currencyWord = String.raw`(?:[A-Z]{2,3}|[ACSRN])?\p{Sc}(?:US|AU|CA|NZ|HK|SG|GB)?|${[...Intl.supportedValuesOf('currency'), 'HRK'].join('|')}|kr|fr|zł|rs|円`;
const moneyWords = new RegExp(`^(${scaleWord})?(${currencyWord})?(${scaleWord})?$`, 'iu');

/** What the words beside an amount, or in the heading of a column of amounts, state. */
export interface MoneyUnit {
  /** The number that amounts are multiplied by; 1 if none is stated. */
  scale: number;
  /** The ISO codes that the sign may stand for; undefined if none is stated. */
  currencies: readonly string[] | undefined;
}

/** `$`, `A$`, `USD`, `€`, `kr.`, `HK$ million`, `TEUR`, `$'000`, `Mio. €`, `k`; undefined for other words. */
const moneyUnit: (text: string) => MoneyUnit | undefined = memoized((text) => {
  const match = moneyWords.exec(text.replace(/[\s.]/g, ''));
  if (!match || (match[1] && match[3])) return undefined;
  const [, before, currency, after] = match;
  const scale = scales.get((before ?? after ?? '').toLowerCase()) ?? 1;
  const code = currency?.toUpperCase();
  const currencies = code && /^[A-Z]{3}$/.test(code) ? [code] : signs[currency?.toLowerCase() ?? ''];
  return { scale, currencies };
});

/** Whether a text is a currency, such as `EUR` or `€`. */
export function isCurrency(text: string): boolean {
  const unit = moneyUnit(text);
  return unit?.currencies !== undefined && unit.scale === 1;
}

/**
 * The unit that the heading of a column states: `Sale price ($'000)`, `Price in TEUR`, `Consideration (HK$ million)`. A single letter is a scale
 * only in brackets or beside a currency: `(m)`, `$m`.
 */
export function moneyUnitNamed(heading: string): MoneyUnit {
  const named: MoneyUnit = { scale: 1, currencies: undefined };
  const bracketed = [...heading.matchAll(/[([（]([^()[\]（）]{1,40})[)\]）]/g)].map(([, text]) => text as string);
  const words = heading
    .split(/[\s,;:_/()[\]（）]+/)
    .filter((word) => /\p{Sc}|^['’]?000s?$|^.{3,}$|^(?:mn|mm|bn|cr)$|^[万億亿]/iu.test(word));
  for (const text of [...bracketed.map((text) => text.replace(/^in /i, '')), ...words]) {
    const unit = moneyUnit(text);
    if (!unit) continue;
    if (unit.scale !== 1) named.scale = unit.scale;
    named.currencies ??= unit.currencies;
  }
  return named;
}

export interface MoneyReading extends NumberReading {
  /** The amount if nothing shows the decimal mark: three digits after the only point or comma are thousands. NaN if it is ambiguous. */
  likely: number;
  /** What the text states beside the digits; the amounts are already scaled. */
  unit: MoneyUnit;
}

/**
 * Reads an amount of money: a number with or without a currency (`$450,000`, `450.000 €`) and a scale (`$1.2m`, `TEUR 850`). In parentheses it is
 * negative; `$ -` is zero.
 */
export function readMoney(text: string): MoneyReading {
  if (!/^\d{1,15}$/.test(text)) return readMarkedMoney(text);
  const value = Number(text);
  return { '.': value, ',': value, likely: value, unit: noUnit };
}

const readMarkedMoney: (text: string) => MoneyReading = memoized((text) => {
  if (text.length > maxLength) return noMoney;
  const spaced = text.replace(spaces, ' ').trim();
  if (/^[^\d]*\p{Sc} *-$/u.test(spaced)) return { '.': 0, ',': 0, likely: 0, unit: noUnit };
  const minus = spaced.startsWith('-');
  const open = spaced.startsWith('(', minus ? 1 : 0);
  const close = spaced.endsWith(')');
  const { before, digits, after } = aroundDigits(spaced.slice(Number(minus) + Number(open), close ? -1 : undefined));
  const [first, second] = [moneyUnit(before), moneyUnit(after.replace(/^[.,]?-$/, ''))];
  if (!first || !second || (first.scale !== 1 && second.scale !== 1)) return noMoney;
  if (open !== close || ((minus || open) && digits.startsWith('-'))) return noMoney;
  const unit = { scale: first.scale * second.scale, currencies: first.currencies ?? second.currencies };
  const scale = unit.scale * (minus || open ? -1 : 1);
  const read = readNumber(digits);
  const [point, comma] = [scaled(read['.'], scale), scaled(read[','], scale)];
  const thousands = unit.scale === 1 && /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits);
  const likely = thousands
    ? Number(digits.replace(/[.,]/, '')) * scale
    : Number.isNaN(point) || point === comma
      ? comma
      : Number.isNaN(comma)
        ? point
        : Number.NaN;
  return { '.': point, ',': comma, likely, unit };
});

/** A text around what is from its first digit, with the sign or mark before it, to its last. A dash behind stands for the cents: `450,-`. */
function aroundDigits(text: string): { before: string; digits: string; after: string } {
  let begin = text.search(/\d/);
  if (begin === -1) return { before: text, digits: '', after: '' };
  // The point of `Rs.500` is that of the currency.
  if (/[.,]/.test(text[begin - 1] ?? '') && !/\p{L}/u.test(text[begin - 2] ?? '')) begin--;
  if (/[-+]/.test(text[begin - 1] ?? '')) begin--;
  let end = text.length;
  while (!/\d/.test(text[end - 1] as string)) end--;
  return { before: text.slice(0, begin), digits: text.slice(begin, end), after: text.slice(end) };
}

const noUnit: MoneyUnit = { scale: 1, currencies: undefined };
const noMoney: MoneyReading = { ...noNumber, likely: Number.NaN, unit: noUnit };

/** A product without the binary fraction that multiplication leaves: 1.1 million is 1,100,000. */
export function scaled(value: number, scale: number): number {
  return Math.abs(scale) === 1 || Number.isNaN(value) ? value * scale : Number((value * scale).toPrecision(15));
}

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

/** The unit of a value in a column of units, where single letters are used too: `M` and `H` in New South Wales. */
export function areaUnitCode(text: string): AreaUnit | undefined {
  const codes: Record<string, AreaUnit> = { m: 'm2', h: 'ha' };
  return areaUnit(text) ?? codes[text.toLowerCase()];
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
