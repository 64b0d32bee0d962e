/** Numbers and dates in the reader's locale and the market's currency. */
import type { ChartFormat } from '@property-insights/charts';
import type { Interval } from './address.ts';

export interface Format {
  /** `$1,015,000`; a dash for null. */
  price(value: number | null | undefined): string;
  /** In three digits: `$1.02m`, `$760k`, `$167bn`. */
  shortPrice(value: number | null | undefined): string;
  /** A price that is only an estimate, in three digits: `$999,000`. */
  roughPrice(value: number): string;
  count(value: number): string;
  /** `82%`. */
  percent(share: number): string;
  /** A share with one decimal: `55.7%`, `< 0.1%`. */
  share(share: number): string;
  /** `+5.3%`, `−5.0%`, `0.0%`; a dash for null. */
  change(share: number | null | undefined): string;
  /** `102.8`: a value of an index, with one decimal by default; a dash for null. */
  decimal(value: number | null | undefined, digits?: number): string;
  /** `129 m`, `1.4 km`. */
  distance(km: number): string;
  /** `812 bytes`, `12.3 kB`, `1.4 GB`. */
  bytes(value: number): string;
  /** `15 sec`, `3 min`: rounded up. */
  duration(seconds: number): string;
  /** An area in m² in the reader's unit: `670 m²`, `7,212 sq ft`. */
  area(value: number | null | undefined): string;
  /** A number of m² in the reader's unit. */
  fromSquareMetres(value: number): number;
  /** A number in the reader's unit in m², to a tenth. */
  toSquareMetres(value: number): number;
  areaUnit: AreaUnit;
  /** `30 Sep 2024`. */
  day(day: string | null | undefined): string;
  /** `27 Nov 2026 at 10:12`. */
  moment(moment: string): string;
  /** `September 2024`, `Q3 2024` or `2024`. */
  period(day: string, interval: Interval): string;
  /** `January to September 2024`: from whole months if the days are their ends. */
  span(from: string | undefined, to: string | undefined): string | undefined;
  /** Names in a sentence: `Epping, Ryde and Mosman`. */
  list(names: string[]): string;
  chart(interval: Interval): ChartFormat;
}

export const areaUnits = ['m²', 'sq ft'] as const;
export type AreaUnit = (typeof areaUnits)[number];

const dash = '–';

/** Units of area in a square metre. */
const inSquareMetre: Record<AreaUnit, number> = { 'm²': 1, 'sq ft': 1 / 0.3048 ** 2 };

/** Units of a thousand, a million and a billion; a language that is not listed has the English ones. */
const units: Record<string, readonly [string, string, string]> = {
  de: ['\u00a0Tsd.', '\u00a0Mio.', '\u00a0Mrd.'],
};
const englishUnits = ['k', 'm', 'bn'] as const;

/** Dates are without time zones: days, not moments. */
const asDate = (day: string) => new Date(`${day.slice(0, 10)}T00:00:00Z`);

/** Rounds half up on the decimal value, as a reader does: 1,015,000 is 1.02 million. */
function toDigits(value: number, digits: number): number {
  if (value === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value)) + 1e-12) + 1 - digits);
  return Number((Math.floor(value / step + 0.5 + 1e-9) * step).toPrecision(12));
}

/** The first day after a day. */
export function nextDay(day: string): string {
  return new Date(asDate(day).getTime() + 86_400_000).toISOString().slice(0, 10);
}

/** The last day before a day. */
export function dayBefore(day: string): string {
  return new Date(asDate(day).getTime() - 86_400_000).toISOString().slice(0, 10);
}

/**
 * @param range joins the ends of a range in a sentence: `January to September 2024`
 */
export function formatOf(
  locale: string,
  currency: string,
  range = (from: string, to: string) => `${from} – ${to}`,
  areaUnit: AreaUnit = 'm²',
): Format {
  const options = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const;
  const whole = new Intl.NumberFormat(locale, { ...options, maximumFractionDigits: 0 });
  const counts = new Intl.NumberFormat(locale);
  const oneDigit = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte'].map(
    (unit) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: unit === 'byte' ? 'long' : 'short',
        maximumFractionDigits: 1,
      }),
  );
  const durationIn = (unit: string) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' });
  const durations = { second: durationIn('second'), minute: durationIn('minute') };
  const percents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const shares = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const dates = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  const days = dates({ day: 'numeric', month: 'short', year: 'numeric' });
  const months = dates({ month: 'long', year: 'numeric' });
  const monthNames = dates({ month: 'long' });
  const shortMonths = dates({ month: 'short' });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  const minus = (text: string) => text.replace('-', '−');
  // Making a formatter takes 0.2 ms, a hundred times as long as using it.
  const shorts = new Map<string, Intl.NumberFormat>();
  const shortFormat = (least: number, most: number) => {
    const key = `${least} ${most}`;
    const format =
      shorts.get(key) ??
      new Intl.NumberFormat(locale, { ...options, minimumFractionDigits: least, maximumFractionDigits: most });
    shorts.set(key, format);
    return format;
  };

  const [thousand, million, billion] = units[new Intl.Locale(locale).language] ?? englishUnits;

  /** The short form of Intl has no lower-case units in English, which prices of property have. */
  function short(value: number, trim: boolean): string {
    const [unit, suffix] =
      Math.abs(value) >= 999.5e6
        ? [1e9, billion]
        : Math.abs(value) >= 999.5e3
          ? [1e6, million]
          : Math.abs(value) >= 1e3
            ? [1e3, thousand]
            : [1, ''];
    const rounded = toDigits(value, 3) / unit;
    const digits = unit === 1 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, Math.abs(rounded)))));
    const number = shortFormat(trim ? 0 : digits, digits);
    // The suffix follows the number and not the currency's sign: 1,02 Mio. € and $1.02m.
    const parts = number.formatToParts(rounded);
    const last = parts.findLastIndex(({ type }) => type === 'integer' || type === 'fraction');
    return minus(parts.map(({ value }, i) => (i === last ? value + suffix : value)).join(''));
  }

  const quarter = (day: string) => Math.floor(asDate(day).getUTCMonth() / 3) + 1;
  const isWholeMonths = (from: string, to: string) => from.endsWith('-01') && nextDay(to).endsWith('-01');

  return {
    price: (value) => (value == null ? dash : minus(whole.format(Math.floor(value + 0.5)))),
    shortPrice: (value) => (value == null ? dash : short(value, false)),
    roughPrice: (value) => whole.format(toDigits(value, 3)),
    count: (value) => minus(counts.format(value)),
    percent: (share) => percents.format(share),
    share: (share) => (share > 0 && share < 0.0005 ? `< ${shares.format(0.001)}` : shares.format(share)),
    change(share) {
      if (share == null) return dash;
      const text = shares.format(Math.abs(share));
      return Number(Math.abs(share).toFixed(3)) === 0 ? text : `${share > 0 ? '+' : '−'}${text}`;
    },
    decimal: (value, digits = 1) =>
      value == null
        ? dash
        : minus(
            new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
              value,
            ),
          ),
    distance: (km) => (km < 1 ? `${counts.format(Math.round(km * 1000))} m` : `${oneDigit.format(km)} km`),
    bytes(value) {
      const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), sizes.length - 1);
      return sizes[power]?.format(value / 1000 ** power) ?? '';
    },
    duration: (seconds) =>
      seconds < 90 ? durations.second.format(Math.ceil(seconds)) : durations.minute.format(Math.ceil(seconds / 60)),
    area: (value) =>
      value == null ? dash : `${counts.format(Math.round(value * inSquareMetre[areaUnit]))} ${areaUnit}`,
    fromSquareMetres: (value) => value * inSquareMetre[areaUnit],
    toSquareMetres: (value) => Math.round((value / inSquareMetre[areaUnit]) * 10) / 10,
    areaUnit,
    day: (day) => (day == null ? dash : days.format(asDate(day))),
    moment: (moment) => moments.format(new Date(moment)),
    period(day, interval) {
      if (interval === 'year') return day.slice(0, 4);
      if (interval === 'quarter') return `Q${quarter(day)} ${day.slice(0, 4)}`;
      return months.format(asDate(day));
    },
    span(from, to) {
      if (from === undefined || to === undefined) return undefined;
      const [first, last] = [asDate(from), asDate(to)];
      const sameYear = from.slice(0, 4) === to.slice(0, 4);
      if (!isWholeMonths(from, to)) return range(days.format(first), days.format(last));
      if (from.endsWith('-01-01') && to.endsWith('-12-31')) {
        return sameYear ? from.slice(0, 4) : `${from.slice(0, 4)}–${to.slice(0, 4)}`;
      }
      if (from.slice(0, 7) === to.slice(0, 7)) return months.format(first);
      return range((sameYear ? monthNames : months).format(first), months.format(last));
    },
    list: (names) => lists.format(names),
    chart: (interval) => ({
      axisPrice: (value) => short(value, true),
      shortPrice: (value) => short(value, false),
      count: (value) => counts.format(value),
      axisCount: (value) =>
        value >= 1e6
          ? `${counts.format(value / 1e6)}${million}`
          : value >= 1e4
            ? `${counts.format(value / 1e3)}${thousand}`
            : counts.format(value),
      percent: (share) => percents.format(share),
      period: (day) =>
        interval === 'year'
          ? day.slice(0, 4)
          : interval === 'quarter'
            ? `Q${quarter(day)}`
            : shortMonths.format(asDate(day)),
      year: (day) => day.slice(0, 4),
    }),
  };
}
