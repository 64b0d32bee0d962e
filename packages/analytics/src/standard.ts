/**
 * Why sales are not standard, where that follows from dates or from other rows. PostgreSQL keeps what the source states; these reasons are derived when
 * a store is filled, so that a better rule applies to what is already loaded (docs/methods.md, "What counts as a sale at market").
 *
 * Of several reasons the first one counts: set aside by an analyst, stated by the source, by the contract date, a shared dealing, a nominal price.
 */
import type { Connection } from './connection.ts';

/** A price is nominal below this share of the upper quartile of the prices agreed until the end of its decade. */
const nominalShare = 0.005;

/** Prices are counted by levels, of which this many multiply the price by e: the upper quartile is known to 2 %. */
const levelsInE = 50;

/** SQL: the decade of the contract date. */
const decade = 'year(contract_date) // 10';

/** The count table of the prices that nominal ones are found by: those that nothing in their own row speaks against. */
export const priceLevelColumns = [
  { name: 'decade', type: 'INTEGER', sql: decade },
  {
    name: 'level',
    type: 'INTEGER',
    sql: `CASE WHEN own_non_standard IS NULL AND price > 0 THEN floor(${levelsInE} * ln(price)) END`,
  },
];

/**
 * SQL: why the row of a sale makes it non-standard, or null. Sources state days of their own time zone, so a contract may be one day ahead of UTC.
 * @param sale the row, as PostgreSQL exports it
 * @param writtenOn SQL: the day on which it was imported or entered
 */
export function ownReason(sale: string, writtenOn: string): string {
  const issued = `DATE '1970-01-01' + (epoch(${sale}.issued_at) // 86400)::INTEGER`;
  return `CASE WHEN ${sale}.non_standard IS NOT NULL THEN ${sale}.non_standard
    WHEN ${sale}.contract_date < DATE '1900-01-01' THEN 'contract date before 1900'
    WHEN ${sale}.contract_date > least(${issued}, ${writtenOn}) + 1 THEN 'contract date after issue' END`;
}

/** SQL: the assignments of an UPDATE that give a sale a reason not to be standard, or none. */
export function setReason(reason: string): string {
  return `non_standard = ${reason}, is_standard = ${reason} IS NULL`;
}

/**
 * Several sales of one dealing state its whole price each, so none of them is standard.
 * @param changed tables with the sales whose dealings are to be checked
 * @param all whether every dealing is checked for the first time
 */
export async function markSharedDealings(db: Connection, changed: string[], all: boolean): Promise<void> {
  const touched = changed.map((sales) => `SELECT dealing FROM ${sales}`).join(' UNION ALL ');
  await db.run(
    `CREATE OR REPLACE TEMPORARY TABLE touched AS SELECT DISTINCT dealing FROM (${touched}) WHERE dealing IS NOT NULL`,
  );
  await db.run(
    `CREATE OR REPLACE TEMPORARY TABLE dealing AS
     SELECT dealing, count(*) > 1 AS shared FROM sale JOIN touched USING (dealing) GROUP BY ALL`,
  );
  const mark = (from: string, to: string, shared: string) =>
    db.run(
      `UPDATE sale SET ${setReason(to)} FROM dealing
       WHERE sale.dealing = dealing.dealing AND ${shared} AND ${from}`,
    );
  await mark(`(non_standard IS NULL OR non_standard = 'nominal price')`, `'shared dealing'`, 'shared');
  if (!all) await mark(`non_standard = 'shared dealing'`, 'NULL', 'NOT shared');
}

/**
 * SQL: the table `nominal`. The prices of a decade are compared with those agreed until its end, so that a house sold for 1,000 in 1950 is none of the
 * nominal ones, and the first sale of a new decade can be one. Sales without a date are compared with all.
 */
const thresholds = `WITH level AS MATERIALIZED (
    SELECT decade, level, sum(sales) AS sales FROM price_level WHERE level IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0
  ),
  known AS (
    SELECT own.decade, level, sum(sales) AS sales
    FROM (SELECT DISTINCT decade FROM level) AS own JOIN level ON own.decade IS NULL OR level.decade <= own.decade GROUP BY ALL
  ),
  ranked AS (
    SELECT *, sum(sales) OVER (PARTITION BY decade ORDER BY level) AS up_to, sum(sales) OVER (PARTITION BY decade) AS total FROM known
  )
  SELECT decade, ceil(${nominalShare} * exp(min(level) / ${levelsInE}))::BIGINT AS below,
    least((4 * min(up_to) - 3 * any_value(total)) // 3, 3 * any_value(total) - 4 * (min(up_to) - arg_min(sales, level)) - 1) AS spare
  FROM ranked WHERE 4 * up_to >= 3 * total GROUP BY decade`;

/** The rules, as far as a store that was filled by others has to be filled again. */
export const standardDefinition = [ownReason('sale', 'day'), thresholds].join(';\n');

export interface Threshold {
  decade: number | null;
  /** A price below it is nominal. */
  below: number;
  /** How many sales of any price can be added to the decade or an earlier one before the threshold may move. */
  spare: number;
}

/** The thresholds, without the effect of sales that are in no count table yet. */
export function readThresholds(db: Connection): Promise<Threshold[]> {
  return db.rows<Threshold>('SELECT decade, below, spare FROM nominal');
}

/** The threshold for a sale; undefined if its decade had no sale before. @param day its contract date, ISO */
export function thresholdOf(thresholds: readonly Threshold[], day: string | null): Threshold | undefined {
  const own = decadeOf(day);
  return thresholds.find(({ decade }) => decade === own);
}

/** Whether no threshold moves if sales are added. @param days their contract dates, ISO */
export function leavesThresholds(thresholds: readonly Threshold[], days: readonly (string | null)[]): boolean {
  return days.every((day) => {
    const own = decadeOf(day);
    const affected = thresholds.filter(({ decade }) => decade === null || (own !== null && decade >= own));
    return thresholdOf(thresholds, day) && affected.every(({ spare }) => spare >= days.length);
  });
}

function decadeOf(day: string | null): number | null {
  return day === null ? null : Math.floor(Number(day.slice(0, 4)) / 10);
}

/** Finds the thresholds, and marks the sales with a nominal price that have no other reason not to be standard. */
export async function markNominal(db: Connection): Promise<void> {
  await db.run(`CREATE OR REPLACE TEMPORARY TABLE threshold AS ${thresholds}`);
  const { highest } = await db.row<{ highest: number }>(
    'SELECT coalesce(max(below), 0) AS highest FROM (SELECT below FROM threshold UNION ALL SELECT below FROM nominal)',
  );
  await db.run('DELETE FROM nominal');
  await db.run('INSERT INTO nominal SELECT decade, below, spare FROM threshold');
  await db.run(
    `UPDATE sale SET ${setReason(`CASE WHEN non_standard IS NULL THEN 'nominal price' END`)} FROM nominal
     WHERE price < ${highest} AND nominal.decade IS NOT DISTINCT FROM ${decade}
       AND ((non_standard IS NULL AND price < below) OR (non_standard = 'nominal price' AND price >= below))`,
  );
}

/** What changed for every question when these reasons and the spellings of names came. */
export const standardChange = {
  since: '0.3.0',
  sentence:
    'Sales with a nominal price, or with a contract date after the issue of their row, are not standard, and names that differ by case or spacing are one.',
};
