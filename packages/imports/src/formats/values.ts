/** Readers of single values that formats share. */
import { hash } from 'node:crypto';
import { attributes, maxAttributeLength, type NumberAttributeName } from '@property-insights/database';
import { type AttributeMember, attributeMembers } from './attributes.ts';
import { type Sale, ValueError } from './format.ts';

/** The members of a sale that a source may omit, all null. */
export const blankSale = {
  issuedAt: null,
  settlementDate: null,
  type: null,
  street: null,
  locality: null,
  region: null,
  postcode: null,
  ...(Object.fromEntries(Object.values(attributeMembers).map((name) => [name, null])) as Record<AttributeMember, null>),
  dealing: null,
  details: null,
} satisfies Partial<Sale>;

/** The hexadecimal MD5 of a text in UTF-8. It identifies rows and is not used for security. */
export function fingerprint(text: string): string {
  return hash('md5', text);
}

/**
 * The same function with a cache: streets, localities and dates repeat thousands of times in a file. The cache is cleared at 50,000 entries,
 * so that a hostile file cannot fill the memory.
 */
export function memoized<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let answer = known.get(text);
    if (answer === undefined) {
      answer = work(text);
      if (known.size >= 50_000) known.clear();
      known.set(text, answer);
    }
    return answer;
  };
}

const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a year (1–9999), month and day are a day of the Gregorian calendar. */
export function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return false;
  if (month === 2 && day === 29) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (daysInMonth[month - 1] as number);
}

/** The ISO date of numbers as texts; empty if they are not a day. */
export function isoDay(year: string, month: string, day: string): string {
  if (!isDay(Number(year), Number(month), Number(day))) return '';
  return `${year.padStart(4, '0')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** An attribute that a column states; null if the text is empty. @throws ValueError */
export function attributeOf(name: NumberAttributeName, text: string, column: string = name): number | null {
  const { type, minimum, maximum } = attributes[name];
  return numberOf(text, column, minimum, maximum, type === 'smallint');
}

/** A detail of a dwelling; null if the text is no such number. A sale is not refused for a detail. */
export function detailOf(name: NumberAttributeName, text: string): number | null {
  const { type, minimum, maximum } = attributes[name];
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return value >= minimum && value <= maximum && (type !== 'smallint' || Number.isInteger(value)) ? value : null;
}

/** A text attribute; null if there is no text, or one too long to be a category. */
export function categoryOf(text: string | undefined): string | null {
  return text && text.length <= maxAttributeLength ? text : null;
}

function numberOf(text: string, column: string, minimum: number, maximum: number, whole = false): number | null {
  if (text === '') return null;
  const value = /^-?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= minimum && value <= maximum) || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number';
    throw new ValueError(`bad ${column}`, `${column} "${text}" is not ${kind} from ${minimum} to ${maximum}`);
  }
  return value;
}

const squareMetresPerSquareFoot = 0.09290304;

/** Square metres of a text in square feet, rounded to hundredths; null if it is empty or zero. @throws ValueError */
export function squareMetresOfFeet(text: string, column: string): number | null {
  const squareFeet = numberOf(text, column, 0, 1e9);
  return squareFeet ? Math.round(squareFeet * squareMetresPerSquareFoot * 100) / 100 : null;
}

/** The reason why a sale is non-standard, from its price and contract date; null if there is none. */
export function notStandard(price: number, contractDate: string | null): string | null {
  if (price === 0) return 'no price';
  if (!contractDate) return 'contract date missing';
  return contractDate < '1900-01-01' ? 'contract date before 1900' : null;
}

/** The values of a source that have no column in `sale`, as JSON, without empty ones. */
export function detailsOf(values: Record<string, string | undefined>): string {
  const details: Record<string, string> = {};
  for (const name in values) {
    const value = values[name];
    if (value) details[name] = value;
  }
  return JSON.stringify(details);
}

const small = new Set(['AND', 'BY', 'OF', 'THE']);

/**
 * The usual spelling of a place or street name in capitals: `ST MARYS` → `St Marys`, `MCMAHONS POINT` → `McMahons Point`,
 * `O'CONNELL` → `O'Connell`, `BRIGHTON-LE-SANDS` → `Brighton-Le-Sands`. Words with digits stay as they are.
 */
export const titleCase = memoized((text: string): string =>
  text
    .trim()
    .split(/\s+/)
    .map((word, index) => (index > 0 && small.has(word) ? word.toLowerCase() : titleWord(word)))
    .join(' '),
);

function titleWord(word: string): string {
  if (/\d/.test(word)) return word;
  return word
    .split(/([-/(.])/)
    .map((part) => {
      const lower = part.toLowerCase();
      const capital = lower.replace(/\p{L}/u, (letter) => letter.toUpperCase());
      return capital
        .replace(/^(Mc)(\p{L})(?=\p{L})/u, (_, mc: string, letter: string) => mc + letter.toUpperCase())
        .replace(/^(\p{L}')(\p{L})(?=\p{L})/u, (_, prefix: string, letter: string) => prefix + letter.toUpperCase());
    })
    .join('');
}
