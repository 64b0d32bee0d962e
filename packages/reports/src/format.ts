/** Values as text for people, in a language and a currency. Rounded half up on the decimal value. */
import { type Format, isDate, type Value } from './document.ts';
import type { Language } from './language.ts';

/** What a value that does not exist is written as. */
export const nothing = '–';

const units = {
  en: { 3: 'k', 6: 'm', 9: 'bn' },
  de: { 3: '\u00a0Tsd.', 6: '\u00a0Mio.', 9: '\u00a0Mrd.' },
} as const;

/** Decimal digits of the formats that have a fixed number of them. */
const digits = { count: 0, money: 0, index: 1, number: 1, factor: 3 } as const;

/** A number without binary rounding: Intl reads text as a decimal. */
type Decimal = Intl.StringNumericLiteral;

export class Formatter {
  readonly #language: Language;
  readonly #currency: Intl.NumberFormatOptions;
  readonly #formats = new Map<string, Intl.NumberFormat>();

  /** @param currency ISO 4217 */
  constructor(language: Language, currency: string) {
    this.#language = language;
    this.#currency = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' };
  }

  /** A value as text. An empty value is a dash. */
  text(value: Value, format: Format): string {
    if (value === null) return nothing;
    if (isDate(format)) return this.#day(typeof value === 'string' ? value : new Date(value).toISOString(), format);
    if (typeof value === 'string') return value;
    switch (format) {
      case 'text':
        return String(value);
      case 'money':
        return this.#number({ ...this.#currency, maximumFractionDigits: 0 }, decimal(value));
      case 'estimate':
        return this.#number({ ...this.#currency, maximumSignificantDigits: 3 }, decimal(value));
      case 'short_money':
        return this.#shortMoney(value);
      case 'share':
        return this.#share(value);
      case 'change':
        return this.#number({ style: 'percent', ...oneDigit, signDisplay: 'negative' }, decimal(value, 0), value > 0);
      default: {
        const fraction = { minimumFractionDigits: digits[format], maximumFractionDigits: digits[format] };
        return this.#number({ ...fraction, signDisplay: 'negative' }, decimal(value));
      }
    }
  }

  /** `82%`: a share of coverage. */
  percent(share: number): string {
    return this.#number({ style: 'percent', maximumFractionDigits: 0 }, decimal(share, 0));
  }

  /** `$1.008m to $1.025m` */
  range([low, high]: readonly [number, number], format: Format): string {
    const each = format === 'money' || format === 'estimate' ? 'short_money' : format;
    return `${this.text(low, each)} ${this.#language === 'de' ? 'bis' : 'to'} ${this.text(high, each)}`;
  }

  /** `30 Sep 2024` */
  date(iso: string): string {
    return this.#date(iso, { day: 'numeric', month: 'short', year: 'numeric' });
  }

  /** `September 2024`, `Q3 2024` or `2024` */
  period(iso: string, interval: 'month' | 'quarter' | 'year'): string {
    return interval === 'month' ? this.month(iso) : this.#day(iso, interval);
  }

  /** `September 2024` */
  month(iso: string): string {
    return this.#date(iso, { month: 'long', year: 'numeric' });
  }

  /** `27 November 2026` */
  longDate(iso: string): string {
    return this.#date(iso, { day: 'numeric', month: 'long', year: 'numeric' });
  }

  /** `Sep`; in German the three letters of an axis too. */
  shortMonth(iso: string): string {
    return this.#date(iso, { month: 'short' }).replace('.', '').slice(0, 3);
  }

  /** `January to September 2024` */
  months(from: string, to: string): string {
    const [first, last] = [this.month(from), this.month(to)];
    if (first === last) return first;
    const start = from.slice(0, 4) === to.slice(0, 4) ? this.#date(from, { month: 'long' }) : first;
    return `${start} ${this.#language === 'de' ? 'bis' : 'to'} ${last}`;
  }

  /** `a, b and c` */
  list(parts: readonly string[]): string {
    return new Intl.ListFormat(this.#language === 'de' ? 'de' : 'en-GB', { type: 'conjunction' }).format(parts);
  }

  #day(iso: string, format: 'date' | 'month' | 'quarter' | 'year'): string {
    const year = iso.slice(0, 4);
    if (format === 'year') return year;
    if (format === 'quarter') return `Q${Math.ceil(Number(iso.slice(5, 7)) / 3)} ${year}`;
    return format === 'date' ? this.date(iso) : this.#date(iso, { month: 'short', year: 'numeric' });
  }

  #shortMoney(value: number): string {
    // The unit is chosen by the rounded number: 999,950 is 1.00m.
    const rounded = Math.abs(Number(value.toPrecision(3)));
    const power = ([9, 6, 3] as const).find((each) => rounded >= 10 ** each);
    const text = (power: number) =>
      this.#number(
        { ...this.#currency, minimumFractionDigits: 0, maximumSignificantDigits: 3 },
        decimal(value, -power),
      );
    if (!power) return text(0);
    const unit = units[this.#language][power];
    // In German the unit precedes the currency: 1,02 Mio. $.
    return this.#language === 'de'
      ? text(power).replace(/[\u00a0 ]([^\d\u00a0 ]*)$/, `${unit}\u00a0$1`)
      : `${text(power)}${unit}`;
  }

  #share(value: number): string {
    if (value > 0 && value < 0.0005) return `<\u00a0${this.#number({ style: 'percent', ...oneDigit }, '0.001')}`;
    return this.#number({ style: 'percent', ...oneDigit }, decimal(value, 0));
  }

  #number(options: Intl.NumberFormatOptions, value: Decimal, isPositive = false): string {
    const key = JSON.stringify(options);
    const format = this.#formats.get(key) ?? new Intl.NumberFormat(this.#language, options);
    this.#formats.set(key, format);
    const text = format.format(value).replace('-', '−');
    // No sign on a change that is written as zero.
    return isPositive && /[1-9]/.test(text) ? `+${text}` : text;
  }

  #date(iso: string, options: Intl.DateTimeFormatOptions): string {
    const date = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
    if (this.#language === 'de') return new Intl.DateTimeFormat('de', { ...options, timeZone: 'UTC' }).format(date);
    // English as most of its readers write it, with month names of three letters.
    const parts = new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).formatToParts(date);
    const part = (type: string) => parts.find((each) => each.type === type)?.value;
    return [part('day'), part('month'), part('year')].filter(Boolean).join(' ');
  }
}

const oneDigit = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

/** A number as decimal text, times a power of ten. */
function decimal(value: number, power = 0): Decimal {
  const [mantissa, exponent = '0'] = String(value).split('e');
  return `${mantissa}e${Number(exponent) + power}` as Decimal;
}
