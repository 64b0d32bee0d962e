/**
 * The covered period of a market: from the first to the last month of which the data has nine of ten sales. Methods, sources and the error of the estimate
 * are in docs/methods.md, "Coverage".
 */
import Type, { type Static } from 'typebox';
import { type Connection, dayLiteral } from './connection.ts';
import { ofSelection, type Selection } from './filters.ts';
import { countTables } from './layout.ts';
import { ofVersion, position } from './market.ts';

/** Of a month that is covered, at least this share is known. */
const coveredShare = 0.9;

/** From this share on, the number of sales that a month will have is estimated. Below it, year-end files have overshot it. */
const expectedShare = 0.6;

/** Days from the contract date, after which a sale counts as issued: later rows are mostly corrections, which replace the first issue. */
const maxDelay = 182;

/** Days without an issue that end a series of files. */
const maxIssueGap = 45;

/** The delays are those of contracts of this many days before the last issue. */
const delaysOver = 730;

/** The share of dated sales that must state when they were issued, if the estimate is to rest on it. */
const issuedShare = 0.9;

/** Months whose completeness at the same age gives the interval. */
const minMonths = 3;

/** Without issue dates: the level of a month is the median of this many months beside it. */
const levelMonths = 12;
/** A month whose neighbours have less than this share of the market's usual number of sales is a stray one; so is a series beside the largest. */
const strayShare = 0.1;
/** The spread of monthly counts around their level, as a fraction, at least and where it cannot be estimated. */
const [minSpread, defaultSpread] = [0.05, 0.15];
/** With fewer sales a month than this, no level shows. Then series of months are compared that have no gap of more than so many months between them. */
const thinMonth = 12;
const maxGap = 24;
/** Beside a series of so many sales, a single sale is a stray one. */
const minSeries = 4;

const day = (description: string) => Type.Union([Type.String({ format: 'date' }), Type.Null()], { description });
const share = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

const monthSchema = Type.Object({
  month: Type.String({ format: 'date', description: 'First day of the month.' }),
  sales: Type.Integer({
    description:
      'Sales with a contract date in the month, as far as they are known. Those that are not standard only because of their date, other sales or an analyst count too, unlike in `before` and `after`, so that a month is compared with all that the source has of it.',
  }),
  known: share('The share of the sales of the month that is known, as a fraction; null if unknown.'),
  known_lower: share('Lower end of the 95 % interval of `known`; null if it cannot be estimated.'),
  known_upper: share('Upper end.'),
  expected: share(`How many sales the month will have; null if less than ${expectedShare} of them are known.`),
  expected_lower: share('Lower end of the 95 % interval of `expected`.'),
  expected_upper: share('Upper end.'),
});
type Month = Static<typeof monthSchema>;

const coverage = {
  from: day('First day of the covered period; null if no month is covered.'),
  to: day('Last day of the covered period.'),
  basis: Type.Enum(['issue dates', 'counts', 'setting'], {
    description:
      'issue dates: by the delays from contract to issue; counts: by the number of sales in the months beside; setting: both days are settings of the market.',
  }),
  months: Type.Array(monthSchema, {
    description:
      'The months before and after the covered period that have sales, at most 24 at each end, and those in it that are not fully known.',
  }),
};

/** The covered period without the sales outside it, for answers that are not of a selection of sales. */
export const coveredPeriodSchema = Type.Object(coverage, {
  description: 'The period of which the market has nine of ten sales or more.',
});

/** The covered period of a market. */
export interface Coverage extends Static<typeof coveredPeriodSchema> {
  /** The latest contract date of a sale without a reason of its own against it. */
  last: string | null;
}

export const coveredSchema = Type.Object(
  {
    ...coverage,
    before: Type.Integer({
      description: 'Sales that match the filters with a contract date before the covered period.',
    }),
    after: Type.Integer({ description: 'Likewise, after it.' }),
    undated: Type.Integer({ description: 'Sales that match the filters and have no contract date.' }),
  },
  {
    description:
      'The period of which the market has nine of ten sales or more, and the sales outside it. Questions that compare through time begin and end with it.',
  },
);

/** The covered period, and how many sales of a selection are outside it. */
export async function coverageOf(db: Connection, selection: Selection): Promise<Static<typeof coveredSchema>> {
  const known = await coveredPeriod(db);
  const count = ({ where, values }: Pick<Selection, 'where' | 'values'>) =>
    db.row<Pick<Static<typeof coveredSchema>, 'before' | 'after' | 'undated'>>(
      `SELECT count(*) FILTER (${isBefore(known)}) AS before, count(*) FILTER (${isAfter(known)}) AS after, count(*) - count(contract_date) AS undated
       FROM sale WHERE ${where}`,
      values,
    );
  const all = await ofVersion(db, 'outside', () => count({ where: 'true', values: {} }));
  // In most markets, the covered period is that of all sales.
  if (all.before + all.after + all.undated === 0) return { ...known, ...all };
  return { ...known, ...(await ofSelection(db, 'outside', selection, () => count(selection))) };
}

/** The first and the last day of the covered period; null if no month is covered. */
export type CoveredDays = Pick<Coverage, 'from' | 'to'>;

/** SQL: whether a sale is before the covered period. */
export function isBefore({ from }: CoveredDays): string {
  return `contract_date < ${dayLiteral(from)}`;
}

/** SQL: whether a sale is after the covered period. */
export function isAfter({ to }: CoveredDays): string {
  return `contract_date > ${dayLiteral(to)}`;
}

export async function coveredPeriod(db: Connection): Promise<Static<typeof coveredPeriodSchema>> {
  const { last: _, ...known } = await readCoverage(db);
  return known;
}

/** What changed for the questions that compare through time. */
export const coverageChange = {
  since: '0.3.0',
  sentence: 'Comparisons through time begin and end with the covered period.',
};

/** What changed for other questions. */
export const coveredChange = { since: '0.3.0', sentence: 'The covered period is stated.' };

/** The parameter of questions that compare through time. */
export const periodParameter = {
  period: Type.Optional(
    Type.Enum(['covered', 'all'], {
      default: 'covered',
      description:
        'covered: begin and end with the covered period of the market, except where sold_from or sold_to is given; all: every period with sales.',
    }),
  ),
};

/** SQL conditions for dated sales in the covered period. A bound that the caller gives is that of the caller. */
export function coveredBounds(
  { from, to }: Coverage,
  { period, sold_from, sold_to }: { period?: 'covered' | 'all'; sold_from?: string; sold_to?: string },
): string[] {
  if (period === 'all') return [];
  return [
    ...(from !== null && sold_from === undefined ? [`contract_date >= ${dayLiteral(from)}`] : []),
    ...(to !== null && sold_to === undefined ? [`contract_date <= ${dayLiteral(to)}`] : []),
  ];
}

/** The sales of a selection in the covered period, and those without a date. */
export function withinCoverage(
  selection: Selection,
  coverage: Coverage,
  parameters: Parameters<typeof coveredBounds>[1],
): Selection {
  const bounds = coveredBounds(coverage, parameters);
  if (bounds.length === 0) return selection;
  return { ...selection, where: `${selection.where} AND coalesce(${bounds.join(' AND ')}, true)` };
}

/** Whether the sales of a selection are those of all days from `start` to `end`, ISO. */
export function isCovered(
  { from, to }: Coverage,
  { sold_from, sold_to }: { sold_from?: string; sold_to?: string },
  start: string,
  end: string,
): boolean {
  if (from === null || to === null) return false;
  return start >= from && end <= to && !(sold_from && start < sold_from) && !(sold_to && end > sold_to);
}

/**
 * The day before which the market is known to have a part of the sales only; the first of all days if that is not known: counts alone do not distinguish partly
 * known months from quiet ones.
 */
export function partlyKnownBefore({ from, basis }: Coverage): string {
  return from !== null && basis !== 'counts' ? from : '0001-01-01';
}

/** The covered period at the version that the transaction sees. Estimated once for each version. */
export async function readCoverage(db: Connection): Promise<Coverage> {
  return ofVersion(db, 'coverage', async () => {
    const { covered_from, covered_to } = (await position(db)).market;
    const estimated = await estimate(db);
    const basis = covered_from && covered_to ? ('setting' as const) : estimated.basis;
    return { ...estimated, basis, from: covered_from ?? estimated.from, to: covered_to ?? estimated.to };
  });
}

/** The sales contracted in a month since the year 0, as far as they are known. */
interface Count {
  month: number;
  sales: number;
}

/** The covered period by the sales in force that revisions up to one added, as it was estimated then. */
export function coverageAt(db: Connection, revision: number): Promise<Coverage> {
  const columns = countTables
    .find(({ name }) => name === 'arrival')
    ?.columns.map(({ name, sql }) => `${sql} AS ${name}`);
  return estimate(db, `(SELECT ${columns?.join(', ')}, 1 AS sales FROM sale WHERE added_by <= ${revision})`);
}

/** @param arrivals SQL: days of contract and of issue, and the number of sales, like the count table */
async function estimate(db: Connection, arrivals = 'arrival'): Promise<Coverage> {
  const monthOf = `(year(day) * 12 + month(day) - 1)`;
  const counts = await db.rows<Count & { last: number; issued: number }>(
    `SELECT ${monthOf} AS month, sum(sales) AS sales, max(contracted) AS last,
       coalesce(sum(sales) FILTER (issued IS NOT NULL), 0) AS issued
     FROM (SELECT *, DATE '1970-01-01' + contracted AS day FROM (SELECT contracted, issued, sum(sales) AS sales FROM ${arrivals} WHERE contracted IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0))
     GROUP BY ALL ORDER BY month`,
  );
  const sales = counts.reduce((sum, count) => sum + count.sales, 0);
  const latest = counts.at(-1);
  const last = latest ? isoDay(latest.last) : null;
  const issued = counts.reduce((sum, count) => sum + count.issued, 0);
  if (sales === 0) return { from: null, to: null, basis: 'counts', months: [], last };
  const months = issued >= issuedShare * sales ? await byIssueDates(db, arrivals, counts) : byCounts(counts);
  const isCovered = ({ known }: Known) => known !== null && known >= coveredShare;
  const [first, final] = [months.findIndex(isCovered), months.findLastIndex(isCovered)];
  const [from, to] = [months[first], months[final]];
  return {
    from: from ? firstDay(from.month) : null,
    to: to ? dayBefore(firstDay(to.month + 1)) : null,
    basis: issued >= issuedShare * sales ? 'issue dates' : 'counts',
    months: months
      .filter(({ known, sales }, i) => known !== 1 && sales > 0 && i >= first - 24 && i <= final + 24)
      .map(described),
    last,
  };
}

/** A month, and which share of its sales is known. */
interface Known {
  month: number;
  sales: number;
  known: number | null;
  interval?: [number, number] | undefined;
}

function described({ month, sales, known, interval }: Known): Month {
  const [lower, upper] = interval ?? [null, null];
  const expected = (share: number | null) =>
    known !== null && known >= expectedShare && share ? Math.round(sales / share) : null;
  return {
    month: firstDay(month),
    sales,
    known: rounded(known),
    known_lower: rounded(lower),
    known_upper: rounded(upper),
    expected: expected(known),
    expected_lower: expected(upper),
    expected_upper: expected(lower),
  };
}

function rounded(share: number | null): number | null {
  return share === null ? null : Math.round(share * 10_000) / 10_000;
}

/**
 * By the delays from contract to issue. Of a contract of a day, the share is known that was issued, or will have been, on days that the files span.
 *
 * Recent contracts of which only the short delays can be known yet would shorten the delays. So their distribution is estimated from reverse hazards, which are
 * those of a chain ladder (Kalbfleisch and Lawless 1991, Statistica Sinica 1: 19; Mack 1993, ASTIN Bulletin 23: 213).
 */
async function byIssueDates(db: Connection, arrivals: string, counts: readonly Count[]): Promise<Known[]> {
  const issues = await db.rows<{ issued: number }>(
    `SELECT issued FROM ${arrivals} WHERE issued IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0 ORDER BY issued`,
  );
  const spans = spansOf(
    issues.map(({ issued }) => issued),
    maxIssueGap,
  );
  const [begin, end] = spans.at(-1) as [number, number];
  const since = Math.max(begin, end - delaysOver);
  const { contracted, delay, sales } = await db.columns<'contracted' | 'delay' | 'sales'>(
    `SELECT contracted, greatest(issued - contracted, 0) AS delay, sum(sales)::INTEGER AS sales FROM ${arrivals}
     WHERE contracted >= ${since} AND issued <= ${end} AND issued - contracted <= ${maxDelay} GROUP BY ALL HAVING sum(sales) > 0`,
  );
  // From a few files nothing is known of long delays.
  if (end - since < maxDelay / 2) return counts.map(({ month, sales }) => ({ month, sales, known: null }));
  const issuedWithin = delaysOf(contracted, delay, sales, end);
  const shareOf = (day: number, latest: number) => issuedWithin(latest - day);
  const knownOf = (month: number) => {
    let share = 0;
    const days = daysOf(month);
    for (const day of days) for (const [from, to] of spans) share += shareOf(day, to) - shareOf(day, from - 1);
    return share / days.length;
  };
  const byMonth = Map.groupBy(contracted.keys(), (i) => monthOfDay(contracted[i] as number));
  /** The shares of months whose delays are all known, at the age that a month has now. */
  const sharesAt = (month: number) => {
    const age = end - dayNumber(firstDay(month));
    return [...byMonth].flatMap(([other, rows]) => {
      const start = dayNumber(firstDay(other));
      if (start < since || (daysOf(other).at(-1) as number) > end - maxDelay) return [];
      let [known, all] = [0, 0];
      for (const i of rows) {
        all += sales[i] as number;
        if ((contracted[i] as number) - start + (delay[i] as number) <= age) known += sales[i] as number;
      }
      return [known / all];
    });
  };
  return counts.map(({ month, sales }) => {
    const known = knownOf(month);
    return {
      month,
      sales,
      known,
      interval: known < 1 && month >= monthOfDay(since) ? intervalOf(known, sharesAt(month)) : undefined,
    };
  });
}

/** Spans of days, or of months, without a gap of more than `most`. @param days ascending */
function spansOf(days: readonly number[], most: number): [number, number][] {
  const spans: [number, number][] = [];
  for (const day of days) {
    const span = spans.at(-1);
    if (span && day - span[1] <= most) span[1] = day;
    else spans.push([day, day]);
  }
  return spans;
}

/** The share of sales that are issued within a number of days after the contract. */
function delaysOf(contracted: Float64Array, delay: Float64Array, sales: Float64Array, end: number) {
  const issued = new Float64Array(maxDelay + 1);
  // Of the contracts whose delays of d days are known, those issued within d days: as differences from one d to the next.
  const atRisk = new Float64Array(maxDelay + 2);
  const add = (to: Float64Array, i: number, count: number) => {
    to[i] = (to[i] as number) + count;
  };
  for (const [i, day] of contracted.entries()) {
    const [days, count] = [delay[i] as number, sales[i] as number];
    add(issued, days, count);
    add(atRisk, days, count);
    add(atRisk, Math.min(end - day, maxDelay) + 1, -count);
  }
  for (let d = 1; d <= maxDelay; d++) add(atRisk, d, atRisk[d - 1] as number);
  const within = new Float64Array(maxDelay + 1).fill(1);
  for (let d = maxDelay; d > 0; d--) {
    const hazard = atRisk[d] ? (issued[d] as number) / (atRisk[d] as number) : 0;
    within[d - 1] = (within[d] as number) * (1 - hazard);
  }
  return (days: number) => (days < 0 ? 0 : (within[Math.min(days, maxDelay)] as number));
}

/** The 95 % prediction interval of a share, from those of other months. */
function intervalOf(known: number, shares: readonly number[]): [number, number] | undefined {
  if (shares.length < minMonths) return undefined;
  const mean = meanOf(shares);
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1);
  const margin = 1.96 * Math.sqrt(variance * (1 + 1 / shares.length));
  return [Math.max(0, known - margin), Math.min(1, known + margin)];
}

/**
 * By the numbers of sales alone: the data begins with the first month, and ends with the last one, whose number is within the 95 % prediction interval
 * of the level of the months beside it. What is known of the others is unknown.
 */
function byCounts(counts: readonly Count[]): Known[] {
  const first = (counts[0] as Count).month;
  const byMonth = new Map(counts.map((count) => [count.month, count]));
  const months = Array.from({ length: (counts.at(-1) as Count).month - first + 1 }, (_, i) => first + i);
  const sold = months.map((month) => byMonth.get(month)?.sales ?? 0);
  const usual = usualOf(sold);
  const knownFrom = (from: number, to: number) =>
    months.map((month, i) => ({ month, sales: sold[i] as number, known: i >= from && i <= to ? 1 : null }));
  if (usual < thinMonth) {
    const series = spansOf(
      counts.map(({ month }) => month - first),
      maxGap,
    );
    const salesIn = ([from, to]: [number, number]) => sold.slice(from, to + 1).reduce((a, b) => a + b, 0);
    const most = Math.max(...series.map(salesIn));
    const own = series.filter((one) => salesIn(one) >= Math.max(strayShare * most, most >= minSeries ? 2 : 1));
    return knownFrom((own[0] as [number, number])[0], (own.at(-1) as [number, number])[1]);
  }
  const spread = spreadOf(sold, usual);
  const isAtLevel = (i: number, beside: readonly number[]) => {
    const level = beside.length > 0 ? medianOf(beside) : usual;
    const lowest = level - 1.96 * Math.sqrt(level + (spread * level) ** 2);
    return level >= strayShare * usual && (sold[i] as number) >= lowest;
  };
  const from = sold.findIndex((_, i) => isAtLevel(i, sold.slice(i + 1, i + 1 + levelMonths)));
  const to = sold.findLastIndex((_, i) => isAtLevel(i, sold.slice(Math.max(from, i - levelMonths), i)));
  return knownFrom(from, to);
}

/** The number of sales in the month in which the middle sale was sold. */
function usualOf(sold: readonly number[]): number {
  let rest = sold.reduce((a, b) => a + b, 0) / 2;
  for (const count of sold.toSorted((a, b) => a - b)) {
    rest -= count;
    if (rest <= 0) return count;
  }
  return 0;
}

/** How much the numbers of busy months differ from the median of those around them, as a fraction: 1.4826 times the median absolute deviation. */
function spreadOf(sold: readonly number[], usual: number): number {
  const half = levelMonths / 2;
  const ratios = sold.slice(half, -half).flatMap((count, i) => {
    const level = medianOf(sold.slice(i, i + levelMonths + 1));
    return level >= strayShare * usual && level > 0 ? [Math.abs(count / level - 1)] : [];
  });
  return ratios.length < levelMonths ? defaultSpread : Math.max(minSpread, 1.4826 * medianOf(ratios));
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] as number) + (sorted[Math.ceil((sorted.length - 1) / 2)] as number)) /
    2
  );
}

const millisecondsInDay = 86_400_000;

function firstDay(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / millisecondsInDay;
}

/** @param day ISO, as the result */
export function dayBefore(day: string): string {
  return isoDay(dayNumber(day) - 1);
}

function isoDay(number: number): string {
  return new Date(number * millisecondsInDay).toISOString().slice(0, 10);
}

function monthOfDay(number: number): number {
  const day = new Date(number * millisecondsInDay);
  return day.getUTCFullYear() * 12 + day.getUTCMonth();
}

function daysOf(month: number): number[] {
  const [first, next] = [dayNumber(firstDay(month)), dayNumber(firstDay(month + 1))];
  return Array.from({ length: next - first }, (_, i) => first + i);
}
