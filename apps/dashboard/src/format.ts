/** Formats figures as text, equally everywhere on the page. */
import type { Interval } from './view.ts';

/** The page is in English, with the day first in dates. */
const LOCALE = 'en-GB';
/** Shown for a missing figure. */
export const NONE = '–';

const count = new Intl.NumberFormat(LOCALE);
const percent = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
});
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const month = new Intl.DateTimeFormat(LOCALE, { month: 'short', year: 'numeric', timeZone: 'UTC' });

export const formatCount = (value: number): string => count.format(value);

/** A change as a signed percentage with a true minus sign; the fraction 0.05 is `+5.0%`. */
export const formatChange = (value: number | null): string =>
  value === null ? NONE : percent.format(value).replace('-', '−');

/** An ISO date as `1 Jul 2024`. */
export const formatDay = (date: string): string => day.format(new Date(date));

const money = new Map<string, { whole: Intl.NumberFormat; compact: Intl.NumberFormat }>();

function moneyOf(currency: string) {
  let formats = money.get(currency);
  if (!formats) {
    const style = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const;
    formats = {
      whole: new Intl.NumberFormat(LOCALE, { ...style, maximumFractionDigits: 0 }),
      compact: new Intl.NumberFormat(LOCALE, { ...style, notation: 'compact', maximumSignificantDigits: 3 }),
    };
    money.set(currency, formats);
  }
  return formats;
}

/** A price to the whole unit: `$805,000`. */
export const formatPrice = (value: number | null, currency: string): string =>
  value === null ? NONE : moneyOf(currency).whole.format(value);

/** A price for an axis: `$1.2M`. */
export const formatPriceShort = (value: number, currency: string): string => moneyOf(currency).compact.format(value);

/** A period by its first day: `Jul 2024`, `Q3 2024` or `2024`. */
export function formatPeriod(start: string, interval: Interval): string {
  const date = new Date(start);
  if (interval === 'month') return month.format(date);
  const year = date.getUTCFullYear();
  return interval === 'year' ? String(year) : `Q${Math.floor(date.getUTCMonth() / 3) + 1} ${year}`;
}
