import { type Area, areas, counts, details, type Measure } from '../features.ts';
import type { HedonicData } from './hedonic.ts';
import { MissingData } from './missing-data.ts';
import { keyOf, type Sales } from './sales.ts';
import { periodOf } from './timeline.ts';

export type Regressor = Measure | `log_${Area}`;

/** What a regression may explain prices by: a column of the sales, or its logarithm. */
const regressors = {
  ...Object.fromEntries(areas.map((column) => [`log_${column}`, { column, logarithm: true }])),
  ...Object.fromEntries([...counts, ...areas, ...details].map((column) => [column, { column, logarithm: false }])),
} as Record<Regressor, { column: Measure; logarithm: boolean }>;
export const regressorNames = Object.keys(regressors) as Regressor[];

/** For people. */
function wording(name: Regressor): string {
  return regressors[name].column.replace('_', ' ');
}

/** SQL condition: an area of 0 says nothing, no bedrooms say something. */
function isStated(name: Regressor): string {
  const { column } = regressors[name];
  return isArea(column) ? `${column} > 0` : `${column} IS NOT NULL`;
}

function isArea(column: Measure): boolean {
  return (areas as Measure[]).includes(column);
}

/**
 * By default: the logarithms of areas, since prices grow with them in proportion, and the counts of rooms; each if at least this part of the sales
 * states it.
 */
const defaultRegressors: Regressor[] = [...areas.map((name) => `log_${name}` as const), ...counts];
const minStated = 0.05;

/** What sales of one group have in common, in SQL. */
const effects = {
  type: ['type'],
  locality: ['region', 'locality'],
  postcode: ['postcode'],
  region: ['region'],
  none: [],
} as const;
export type Effect = keyof typeof effects;
export const effectNames = Object.keys(effects) as Effect[];

/**
 * Sums for the hedonic methods. Sales are compared within groups that have the effects in common and state the same attributes, so that none is left out
 * for what it doesn't state.
 * @param chosen undefined for the default: the logarithms of areas, and the counts of rooms, that at least 5 % of the sales state
 * @throws MissingData if no sale states any of them
 */
export async function readHedonic(
  { db, where, values, timeline }: Sales,
  chosen: Regressor[] | undefined,
  common: Effect[],
): Promise<HedonicData> {
  const columns = [...new Set(regressorNames.map((name) => regressors[name].column))];
  const seen = await db.row<Record<string, number>>(
    `SELECT count(*) AS sales, avg(price) AS price,
       ${columns.map((column) => `count(${column}) AS n_${column}, avg(${column}) AS ${column}, max(${column}) AS max_${column}`).join(', ')}
     FROM sale WHERE ${where}`,
    values,
  );
  const stated = (name: Regressor) => {
    const { column } = regressors[name];
    return isArea(column) && !((seen[`max_${column}`] as number) > 0) ? 0 : (seen[`n_${column}`] as number);
  };
  const present = regressorNames.filter((name) => stated(name) > 0);
  if (present.length === 0) {
    throw new MissingData(`no selected sale states its ${defaultRegressors.map(wording).join(', ')}`);
  }
  const missing = chosen?.find((name) => stated(name) === 0);
  if (missing) {
    throw new MissingData(`no selected sale states its ${wording(missing)}; the sales state ${present.join(', ')}`);
  }
  const used = chosen
    ? [...new Set(chosen)]
    : defaultRegressors.filter((name) => stated(name) >= minStated * (seen.sales as number));
  if (used.length === 0) {
    throw new MissingData(
      `under ${minStated * 100} % of the selected sales state any attribute; to use one anyway, name it: ${present.join(', ')}`,
    );
  }
  // From about the mean, so that sums of squares keep their digits; 0 where the sale doesn't state it.
  const variables = used.map((name) => {
    const { column, logarithm } = regressors[name];
    const mean = `${seen[column]}::DOUBLE`;
    return `CASE WHEN ${isStated(name)} THEN ${logarithm ? `ln(${column} / ${mean})` : `${column} - ${mean}`} ELSE 0 END`;
  });
  variables.push(`ln(price / ${seen.price}::DOUBLE)`);
  const group = [
    ...new Set(common.flatMap((effect) => effects[effect])),
    used.map((name, i) => `CASE WHEN ${isStated(name)} THEN ${2 ** i} ELSE 0 END`).join(' + '),
  ];
  const row = `SELECT ${keyOf(group)} AS place, ${periodOf(timeline)} AS period, ${variables.map((sql, v) => `${sql} AS x${v}`).join(', ')}
    FROM sale WHERE ${where}`;
  const sums = await db.columns(
    `WITH cell AS (
       SELECT place, period, count(*) AS sales, ${variables.map((_, v) => `sum(x${v}) AS x${v}`).join(', ')} FROM (${row}) GROUP BY place, period
     )
     SELECT dense_rank() OVER (ORDER BY place) AS "group", * EXCLUDE (place) FROM cell ORDER BY "group", period`,
    values,
  );
  const pairs = variables.flatMap((_, v) => variables.slice(v).map((_, w) => [v, v + w] as const));
  const squares = await db.rows<Record<string, number>>(
    `SELECT period, ${pairs.map(([v, w]) => `sum(x${v} * x${w}) AS p${v}_${w}`).join(', ')} FROM (${row}) GROUP BY period`,
    values,
  );
  const products: number[][] = Array.from({ length: timeline.length }, () => pairs.map(() => 0));
  for (const { period, ...sums } of squares) {
    products[period as number] = pairs.map(([v, w]) => sums[`p${v}_${w}`] as number);
  }
  return {
    attributes: used,
    periods: timeline.length,
    cells: {
      starts: startsOf(sums.group as Float64Array),
      period: sums.period as Float64Array,
      sales: sums.sales as Float64Array,
      sums: variables.map((_, v) => sums[`x${v}`] as Float64Array),
    },
    products,
  };
}

/** Where each of the groups begins that stand one after the other, numbered from 1, and where the last ends. */
function startsOf(groups: Float64Array): Uint32Array {
  const starts = new Uint32Array((groups.at(-1) ?? 0) + 1);
  for (let i = 0; i < groups.length; i++) starts[groups[i] as number] = i + 1;
  return starts;
}
