/** The figures of the questions calculated row by row: the SQL of the questions is compared with them. */
import type { SaleRow } from '@property-insights/database';
import type { Filters } from '../src/index.ts';

type Sale = Omit<SaleRow, 'fingerprint' | 'market_id' | 'issued_at'>;

/** A sale as a replica holds it. Without a gazetteer, it has coordinates only if they are its own. */
export type Row = Sale & { approximate: null; set_aside: string | null; own_non_standard: string | null };

/**
 * The sales in force as a replica holds them: those that share a dealing, have a nominal price, or are set aside, are marked.
 * @param reasons of the sales set aside, by their keys
 */
export function inReplica(sales: Sale[], reasons: Record<string, string> = {}): Row[] {
  const dealings = Map.groupBy(sales, ({ dealing }) => dealing);
  return sales.map((sale) => {
    const shared = sale.dealing !== null && (dealings.get(sale.dealing)?.length ?? 0) > 1;
    const set_aside = reasons[sale.key] ?? null;
    const derived = shared ? 'shared dealing' : sale.price < nominalBelow(sales, sale) ? 'nominal price' : null;
    const reason = sale.non_standard ?? derived;
    const non_standard = set_aside === null ? reason : 'set aside';
    return { ...sale, approximate: null, set_aside, own_non_standard: sale.non_standard, non_standard };
  });
}

/** Half a percent of the upper quartile of the prices until the end of the sale's decade, by steps of a fiftieth of the logarithm. */
function nominalBelow(sales: Sale[], { contract_date: day }: Sale): number {
  const until = day === null ? '9' : `${day.slice(0, 3)}9-12-31`;
  const prices = sales
    .filter(({ contract_date, price, non_standard }) => {
      return non_standard === null && price > 0 && (day === null || (contract_date !== null && contract_date <= until));
    })
    .map(({ price }) => price)
    .sort((a, b) => a - b);
  const quartile = prices[Math.ceil(0.75 * prices.length) - 1];
  return quartile === undefined ? 0 : Math.ceil(0.005 * Math.exp(Math.floor(50 * Math.log(quartile)) / 50));
}

export interface Split {
  selected: Row[];
  leftOut: Row[];
  /** How many sales may be among the selected ones, but do not state what a filter is about. */
  notStated: Record<string, number>;
}

export function split(rows: Row[], filters: Filters): Split {
  const within = (value: number | string | null, low?: number | string, high?: number | string) =>
    (low === undefined || (value !== null && value >= low)) &&
    (high === undefined || (value !== null && value <= high));
  const among = (value: string | null, names?: string[]) =>
    !names?.length || (value !== null && names.some((name) => name.toLowerCase() === value.toLowerCase()));
  const fits = (row: Row, wanted: Filters) =>
    within(row.bedrooms, wanted.bedrooms_min, wanted.bedrooms_max) &&
    within(row.price, wanted.price_min, wanted.price_max) &&
    within(row.land_area, wanted.land_area_min, wanted.land_area_max) &&
    within(row.floor_area, wanted.floor_area_min, wanted.floor_area_max) &&
    isInArea(row, wanted.within) &&
    (!wanted.reason?.length || (row.non_standard !== null && wanted.reason.includes(row.non_standard))) &&
    within(row.contract_date, wanted.sold_from, wanted.sold_to) &&
    among(row.region, wanted.region) &&
    among(row.locality, wanted.locality) &&
    among(row.postcode, wanted.postcode) &&
    among(row.type, wanted.type);
  const isSelected = (row: Row) =>
    filters.standard === 'all' || (row.non_standard === null) === (filters.standard !== 'false');
  const fitting = rows.filter((row) => fits(row, filters));
  const notStated: Record<string, number> = {};
  for (const [name, column, ...parameters] of unknowable) {
    if (parameters.every((parameter) => filters[parameter] === undefined)) continue;
    const others = { ...filters, ...Object.fromEntries(parameters.map((parameter) => [parameter, undefined])) };
    notStated[name] = rows.filter((row) => row[column] === null && isSelected(row) && fits(row, others)).length;
  }
  if (filters.price_min !== undefined) {
    const others = { ...filters, price_min: undefined };
    const isAsked = (row: Row) => isSelected(row) || (filters.standard !== 'false' && row.non_standard === 'no price');
    notStated.price = rows.filter(
      (row) => row.price === 0 && 0 < (filters.price_min ?? 0) && isAsked(row) && fits(row, others),
    ).length;
  }
  return { selected: fitting.filter(isSelected), leftOut: fitting.filter((row) => !isSelected(row)), notStated };
}

/** What a sale may not state, its column, and the filters that are about it. */
const unknowable = [
  ['bedrooms', 'bedrooms', 'bedrooms_min', 'bedrooms_max'],
  ['land_area', 'land_area', 'land_area_min', 'land_area_max'],
  ['floor_area', 'floor_area', 'floor_area_min', 'floor_area_max'],
  ['contract_date', 'contract_date', 'sold_from', 'sold_to'],
  ['coordinates', 'latitude', 'within'],
] as const;

function isInArea({ latitude, longitude }: Row, area?: string): boolean {
  if (area === undefined) return true;
  const degrees = area.split(',').map(Number);
  if (degrees.length > 4) return latitude !== null && longitude !== null && isAround(longitude, latitude, degrees);
  const [west, south, east, north] = degrees as [number, number, number, number];
  if (latitude === null || longitude === null || latitude < south || latitude > north) return false;
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}

/** Whether the corners, seen from a point, turn around it: the sum of the angles between neighbours is not 0. */
function isAround(x: number, y: number, degrees: number[]): boolean {
  let turned = 0;
  for (let i = 0; i < degrees.length; i += 2) {
    const [ax, ay] = [(degrees[i] as number) - x, (degrees[i + 1] as number) - y];
    const j = (i + 2) % degrees.length;
    const [bx, by] = [(degrees[j] as number) - x, (degrees[j + 1] as number) - y];
    turned += Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
  }
  return Math.abs(turned) > Math.PI;
}

export function leftOut(rows: Row[], notStated: Record<string, number> = {}) {
  const countBy = (rows: Row[], reasonOf: (row: Row) => string) =>
    Object.fromEntries([...Map.groupBy(rows, reasonOf)].map(([reason, { length }]) => [reason, length]));
  const setAside = rows.filter(({ set_aside }) => set_aside !== null);
  return {
    count: rows.length,
    by_reason: countBy(rows, ({ non_standard }) => non_standard ?? 'standard'),
    ...(setAside.length > 0 && { set_aside: countBy(setAside, ({ set_aside }) => set_aside as string) }),
    ...(Object.keys(notStated).length > 0 && { not_stated: notStated }),
  };
}

/** Type 7 of Hyndman and Fan 1996. */
export function quantileOf(values: number[], fraction: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const position = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(position)] as number, sorted[Math.ceil(position)] as number];
  return low + (high - low) * (position - Math.floor(position));
}

export function quantile(rows: Row[], fraction: number): number | null {
  return quantileOf(
    rows.map(({ price }) => price),
    fraction,
  );
}

export function mean(rows: Row[]): number | null {
  return rows.length ? total(rows) / rows.length : null;
}

export function total(rows: Row[]): number {
  return rows.reduce((sum, { price }) => sum + price, 0);
}

/** Contract dates, in order. */
export function days(rows: Row[]): string[] {
  return rows.flatMap(({ contract_date }) => contract_date ?? []).sort();
}

export function properties(rows: Row[]): number {
  return new Set(rows.map(({ property_id }) => property_id)).size;
}

/** The covered period of a thin market, in which a month with any sale is not below its level: the months from the first to the last sale. */
export function covered(rows: Row[], selected: Row[] = []) {
  const days = rows
    .flatMap(({ contract_date, own_non_standard }) =>
      own_non_standard === null && contract_date ? [contract_date] : [],
    )
    .sort();
  const [first, last] = [days[0], days.at(-1)];
  return {
    from: first ? `${first.slice(0, 7)}-01` : null,
    to: last
      ? new Date(Date.UTC(Number(last.slice(0, 4)), Number(last.slice(5, 7)), 0)).toISOString().slice(0, 10)
      : null,
    basis: 'counts',
    months: [],
    before: 0,
    after: 0,
    undated: selected.filter(({ contract_date }) => contract_date === null).length,
  };
}

/** The first and the last day of the covered period. */
type Covered = Pick<ReturnType<typeof covered>, 'from' | 'to'>;

/** The change of the median of the twelve months up to the last day from that of the twelve months that ended `years` years earlier, and its interval. */
export function changeOver(rows: Row[], { from, to }: Covered, years: number) {
  if (from === null || to === null) return changeBetween([], [], false);
  return changeBetween(...twelveMonths(rows, to, years), yearsBefore(to, years + 1) >= dayBefore(from));
}

function dayBefore(day: string): string {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}

function twelveMonths(rows: Row[], last: string, years: number): [Row[], Row[]] {
  const during = (yearsAgo: number) =>
    rows.filter(
      ({ contract_date: day }) =>
        day !== null && day > yearsBefore(last, yearsAgo + 1) && day <= yearsBefore(last, yearsAgo),
    );
  return [during(0), during(years)];
}

/** The change from the median of the earlier rows to that of the later ones. */
export function changeBetween(later: Row[], earlier: Row[], isCovered: boolean) {
  const base = quantile(earlier, 0.5);
  const isWhole = isCovered || earlier.length >= later.length / 2;
  const isKnown = later.length >= 6 && earlier.length >= 6 && isWhole && base;
  const ratio = isKnown ? (quantile(later, 0.5) as number) / base : null;
  const [now, before] = [medianEnds(later), medianEnds(earlier)];
  let ends: [number, number] | undefined;
  if (ratio !== null && now && before && now[0] > 0 && before[0] > 0) {
    const logarithms = (rows: Row[], pair: [number, number]) =>
      [pair[0], quantile(rows, 0.5) as number, pair[1]].map(Math.log) as [number, number, number];
    const [l1, m1, u1] = logarithms(later, now);
    const [l0, m0, u0] = logarithms(earlier, before);
    const down = Math.sqrt((m1 - l1) ** 2 + (u0 - m0) ** 2);
    const up = Math.sqrt((u1 - m1) ** 2 + (m0 - l0) ** 2);
    ends = [Math.exp(m1 - m0 - down) - 1, Math.exp(m1 - m0 + up) - 1];
  }
  return {
    change: ratio === null ? null : ratio - 1,
    interval: {
      lower: ends?.[0] ?? null,
      upper: ends?.[1] ?? null,
      clear: ends !== undefined && ends[0] * ends[1] > 0,
      sales: later.length,
      sales_before: earlier.length,
      support: support(Math.min(later.length, earlier.length)),
    },
  };
}

export function support(sales: number): 'good' | 'limited' | 'few' {
  return sales >= 30 ? 'good' : sales >= 10 ? 'limited' : 'few';
}

/** The narrowest pair of a k-th lowest and a k-th highest price between which the true median is in at least 95 % of samples; undefined if there is none. */
function medianEnds(rows: Row[]): [number, number] | undefined {
  const prices = rows.map(({ price }) => price).sort((a, b) => a - b);
  const k = medianRank(prices.length);
  return k === 0 ? undefined : [prices[k - 1] as number, prices[prices.length - k] as number];
}

/** The rank of that pair, by the exact binomial distribution. */
export function medianRank(n: number): number {
  // The probability that fewer than k of n prices are below the median is the sum of n over i, for i below k, times 2^-n.
  let k = 0;
  let term = 1n;
  let sum = term;
  while (sum * 40n <= 2n ** BigInt(n)) {
    k += 1;
    term = (term * BigInt(n - k + 1)) / BigInt(k);
    sum += term;
  }
  return k;
}

/** The members of an answer for a median's interval and support. */
export function medianSupport(rows: Row[]) {
  const [lower, upper] = medianEnds(rows) ?? [null, null];
  return { median_lower: lower, median_upper: upper, support: support(rows.length) };
}

/** The members of an answer for the changes over one, three and five years. */
export function changes(rows: Row[], covered: Covered) {
  const over = (years: number) => changeOver(rows, covered, years);
  const [one, three, five] = [over(1), over(3), over(5)];
  return {
    change: one.change,
    change_interval: one.interval,
    change_over_three_years: three.change,
    change_over_three_years_interval: three.interval,
    change_over_five_years: five.change,
    change_over_five_years_interval: five.interval,
  };
}

/** 29 February becomes the 28th. */
export function yearsBefore(day: string, years: number): string {
  const date = `${Number(day.slice(0, 4)) - years}${day.slice(4)}`;
  return Number.isNaN(Date.parse(date)) || new Date(date).toISOString().slice(0, 10) !== date
    ? `${date.slice(0, 8)}28`
    : date;
}

/** Figures to 12 digits, since sums of fractions depend on their order. */
export function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part) =>
      typeof part === 'number' && !Number.isInteger(part) ? Number(part.toPrecision(12)) : part,
    ),
  );
}
