/**
 * Sources spell one name in several ways. Names that differ by case or spacing are one, and names that differ by accents are one where their region
 * agrees, or their postcode where no region is stated. Each sale is stored with the spelling that most sales have, so that grouping, filters and searches know
 * one spelling only. Which one that is depends on other rows, so it is found here and not stored in PostgreSQL.
 */

import type { Connection, Values } from './connection.ts';

/** The names of a sale that are spelled alike. */
export const spelledNames = ['region', 'locality', 'postcode', 'type'] as const;
export type SpelledName = (typeof spelledNames)[number];

/** SQL: the same key for names that differ by case or spacing only. */
function nameKey(name: string): string {
  // A regular expression for all kinds of space takes five times as long.
  return `lower(replace(replace(replace(nfc_normalize(${name}), ' ', ''), chr(160), ''), chr(9), ''))`;
}

/** SQL: the same key for names that differ by case only. */
export const lowerCase = (name: string) => `lower(${name})`;

/** SQL: the same key for names that differ by accents too. */
function plainKey(name: string): string {
  return `strip_accents(${nameKey(name)})`;
}

/** SQL: the name with the most sales. */
const mostUsed = (name: string) => `first(${name} ORDER BY sales DESC, ${name})`;

/** SQL: the names in a column of `spelling`, with their keys (`named_COLUMN`), and the other spelling of those that are not the most used one (`cased_COLUMN`). */
const cased = (column: SpelledName) => `named_${column} AS MATERIALIZED (
    SELECT *, ${nameKey('name')} AS key 
    FROM (SELECT ${column} AS name, sum(sales) AS sales FROM spelling WHERE ${column} IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0)
  ),
  cased_${column} AS MATERIALIZED (
    SELECT name, spelling FROM named_${column}
    JOIN (SELECT key, ${mostUsed('name')} AS spelling FROM named_${column} GROUP BY key HAVING count(*) > 1) USING (key) WHERE name <> spelling
  )`;

/** SQL: the names that differ from others by accents (`accented_COLUMN`), with the key that they share. */
const accented = (column: SpelledName) => `accented_${column} AS MATERIALIZED (
    SELECT name, strip_accents(key) AS plain FROM named_${column}
    WHERE plain IN (SELECT strip_accents(key) FROM named_${column} GROUP BY ALL HAVING count(DISTINCT key) > 1)
  )`;

/**
 * SQL: the rows of the table `respelled`: each combination of stated names of which one has another spelling, with the spellings that its sales have
 * (`as_COLUMN`). It reads the count table `spelling`.
 */
const respelledRows = `WITH ${spelledNames.map(cased).join(',\n  ')},
  ${accented('region')},
  ${accented('locality')},
  -- Usually there are none.
  stated AS MATERIALIZED (
    SELECT region, locality, postcode, type, sum(sales) AS sales FROM spelling
    WHERE ${spelledNames.map((column) => `${column} IN (SELECT name FROM cased_${column})`).join(' OR ')}
      OR region IN (SELECT name FROM accented_region) OR locality IN (SELECT name FROM accented_locality)
    GROUP BY ALL HAVING sum(sales) > 0
  ),
  by_case AS MATERIALIZED (
    SELECT stated.*, ${spelledNames.map((column) => `coalesce(cased_${column}.spelling, ${column}) AS as_${column}`).join(', ')}
    FROM stated ${spelledNames.map((column) => `LEFT JOIN cased_${column} ON cased_${column}.name = ${column}`).join(' ')}
  ),
  linked AS (
    SELECT DISTINCT plain FROM by_case JOIN accented_region ON name = as_region
    GROUP BY plain, as_postcode HAVING as_postcode IS NOT NULL AND count(DISTINCT as_region) > 1
  ),
  region_spelling AS (
    SELECT plain, ${mostUsed('as_region')} AS spelling
    FROM (SELECT plain, as_region, sum(sales) AS sales FROM by_case JOIN accented_region ON name = as_region JOIN linked USING (plain) GROUP BY ALL)
    GROUP BY plain
  ),
  by_region AS MATERIALIZED (
    SELECT by_case.* REPLACE (coalesce(spelling, as_region) AS as_region), accented_locality.plain,
      coalesce(spelling, by_case.as_region, 'postcode ' || as_postcode) AS context
    FROM by_case LEFT JOIN accented_region ON accented_region.name = as_region LEFT JOIN region_spelling ON region_spelling.plain = accented_region.plain
      LEFT JOIN accented_locality ON accented_locality.name = as_locality
  ),
  locality_spelling AS (
    SELECT plain, context, ${mostUsed('as_locality')} AS spelling
    FROM (SELECT plain, context, as_locality, sum(sales) AS sales FROM by_region WHERE plain IS NOT NULL AND context IS NOT NULL GROUP BY ALL)
    GROUP BY plain, context HAVING count(*) > 1
  )
  SELECT region, locality, postcode, type, as_region, coalesce(spelling, as_locality) AS as_locality, as_postcode, as_type
  FROM by_region LEFT JOIN locality_spelling USING (plain, context)
  WHERE (region, locality, postcode, type) IS DISTINCT FROM (as_region, coalesce(spelling, as_locality), as_postcode, as_type)`;

/** What a store's spellings are chosen by. */
export const spellingDefinition = respelledRows;

/** SQL condition: two rows have the same names. @param own the columns of the first, by default as those of the other */
export function sameSpellings(row: string, other: string, own = (column: SpelledName) => `${row}.${column}`): string {
  return spelledNames.map((column) => `${own(column)} IS NOT DISTINCT FROM ${other}.${column}`).join(' AND ');
}

/** SQL: a name of a sale as its source states it. */
export function statedName(column: SpelledName, sale?: string): string {
  const of = sale === undefined ? '' : `${sale}.`;
  return `coalesce(${of}stated_${column}, ${of}${column})`;
}

/** SQL: sales as their source states them, with the spellings that they have here, and `stated_COLUMN` for names with another one. */
export function respelled(sales: string): string {
  const shown = spelledNames.map((column) => `coalesce(as_${column}, row.${column}) AS ${column}`);
  const stated = spelledNames.map(
    (column) => `CASE WHEN as_${column} <> row.${column} THEN row.${column} END AS stated_${column}`,
  );
  return `(SELECT row.* REPLACE (${shown.join(', ')}), ${stated.join(', ')}
    FROM ${sales} AS row LEFT JOIN respelled ON ${sameSpellings('row', 'respelled')})`;
}

/**
 * What is known by the names that a caller asks for: by names that differ from it by case only; else by spacing; else by accents too.
 * @param known SQL: the names in use, in the column `name`, and other columns: `Row`
 * @param keys what names are compared by, one after the other
 * @returns the rows for each name that was asked for, sorted; without any, nothing is known by that name
 */
export async function findNamed<Row extends { name: string }>(
  db: Connection,
  asked: readonly string[],
  known: string,
  keys = [lowerCase, nameKey, plainKey],
): Promise<Map<string, Row[]>> {
  const found = new Map(asked.map((name) => [name, [] as Row[]]));
  for (const key of keys) {
    const missing = [...found].flatMap(([name, rows]) => (rows.length === 0 ? [name] : []));
    if (missing.length === 0) break;
    const rows = await db.rows<Row & { asked: string }>(
      `SELECT asked, known.* FROM (SELECT unnest([${missing.map((_, i) => `$name_${i}`).join(', ')}]) AS asked)
       JOIN (${known}) AS known ON ${key('name')} = ${key('asked')} ORDER BY ALL`,
      Object.fromEntries(missing.map((name, i) => [`name_${i}`, name])),
    );
    for (const { asked, ...row } of rows) found.get(asked)?.push(row as unknown as Row);
  }
  return found;
}

/** Counts the names of sales that are about to be added. @param sales SQL: a table, as their source states them */
export async function countSpellings(db: Connection, sales: string, values: Values): Promise<void> {
  await db.run(
    `INSERT INTO spelling_entries SELECT ${spelledNames.join(', ')}, count(*) FROM ${sales} GROUP BY ALL`,
    values,
  );
}

/**
 * Chooses the spellings again.
 * @returns the names of the sales in the store whose spelling is another one now: a table with the columns of `respelled`; undefined if there are none
 */
export async function chooseSpellings(db: Connection): Promise<string | undefined> {
  await db.run(`CREATE OR REPLACE TEMPORARY TABLE chosen AS ${respelledRows}`);
  const asStated = spelledNames.map((column) => `${column} AS as_${column}`);
  await db.run(
    `CREATE OR REPLACE TEMPORARY TABLE respelling AS (FROM chosen EXCEPT FROM respelled)
     UNION ALL SELECT ${[...spelledNames, ...asStated].join(', ')} FROM respelled ANTI JOIN chosen ON ${sameSpellings('respelled', 'chosen')}`,
  );
  const { count } = await db.row<{ count: number }>('SELECT count(*) AS count FROM respelling');
  if (count === 0) return undefined;
  await db.run('DELETE FROM respelled');
  await db.run('INSERT INTO respelled FROM chosen');
  return 'respelling';
}
