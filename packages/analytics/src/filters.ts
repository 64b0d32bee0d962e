/** The filters that every question takes, and the SQL they become. Values are bound, never written into SQL. */
import Type, { type Static } from 'typebox';
import type { Connection, Values } from './connection.ts';
import { InvalidQuestion } from './errors.ts';
import type { Market } from './market.ts';

const names = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 32_767, description }));
const money = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }));
const day = (description: string) => Type.Optional(Type.String({ format: 'date', description }));

export const filterParameters = {
  market: Type.Optional(
    Type.String({ maxLength: 40, description: 'Code of the market; the default market if not given.' }),
  ),
  region: names('Any of these regions; upper and lower case are the same.'),
  locality: names('Any of these localities; upper and lower case are the same.'),
  postcode: names('Any of these postcodes.'),
  type: names('Any of these dwelling types; upper and lower case are the same.'),
  bedrooms_min: count('At least so many bedrooms.'),
  bedrooms_max: count('At most so many bedrooms.'),
  price_min: money('At least this price, in whole currency units.'),
  price_max: money('At most this price, in whole currency units.'),
  sold_from: day('Contract date, from this day on.'),
  sold_to: day('Contract date, up to and including this day.'),
  standard: Type.Optional(
    Type.Enum(['true', 'false', 'all'], {
      default: 'true',
      description:
        'Standard sales (whole interest, a dealing of its own, a positive price, a plausible contract date), the others, or all.',
    }),
  ),
};

/** The filters and nothing else. */
export const filtersOnly = Type.Object(filterParameters, { additionalProperties: false });
export type Filters = Static<typeof filtersOnly>;

/** The sales that a question is about. */
export interface Selection {
  /** SQL condition on the table `sale`. */
  where: string;
  /** SQL condition for those that fit every filter but are left out for being, or not being, standard. */
  leftOut: string;
  /** What both conditions bind. A statement may use either or both. */
  values: Values;
}

const nameColumns = ['region', 'locality', 'postcode', 'type'] as const;
export type NameColumn = (typeof nameColumns)[number];

const plurals: Record<NameColumn, string> = {
  region: 'regions',
  locality: 'localities',
  postcode: 'postcodes',
  type: 'types',
};

const ranges = [
  { column: 'bedrooms', from: 'bedrooms_min', to: 'bedrooms_max', type: 'SMALLINT' },
  { column: 'price', from: 'price_min', to: 'price_max', type: 'BIGINT' },
  { column: 'contract_date', from: 'sold_from', to: 'sold_to', type: 'DATE' },
] as const;

/** @throws InvalidQuestion for a name that no sale of the market has, or a reversed range */
export async function select(db: Connection, filters: Filters, market: Market): Promise<Selection> {
  const conditions = ['market_id = $market_id'];
  const values: Values = { market_id: market.id };
  const bind = (name: string, value: string | number) => {
    values[name] = value;
    return `$${name}`;
  };
  for (const { column, from, to, type } of ranges) {
    const [low, high] = [filters[from], filters[to]];
    if (low !== undefined && high !== undefined && low > high) {
      throw new InvalidQuestion(from, `${from} (${low}) is above ${to} (${high}); exchange them.`);
    }
    if (low !== undefined) conditions.push(`${column} >= ${bind(from, low)}::${type}`);
    if (high !== undefined) conditions.push(`${column} <= ${bind(to, high)}::${type}`);
  }
  for (const column of nameColumns) {
    const wanted = filters[column];
    if (!wanted?.length) continue;
    const spellings = await storedSpellings(db, column, wanted, market);
    conditions.push(`${column} IN (${spellings.map((spelling, i) => bind(`${column}_${i}`, spelling)).join(', ')})`);
  }
  const filtered = conditions.join(' AND ');
  const standard = { true: 'non_standard IS NULL', false: 'non_standard IS NOT NULL', all: 'true' };
  const others = { true: 'non_standard IS NOT NULL', false: 'non_standard IS NULL', all: 'false' };
  const which = filters.standard ?? 'true';
  return {
    where: `${filtered} AND ${standard[which]}`,
    leftOut: `${filtered} AND ${others[which]}`,
    values,
  };
}

/** The names as sales have them: `parramatta` may be `Parramatta`. Lower case is DuckDB's on both sides, since JavaScript's differs in places. */
async function storedSpellings(
  db: Connection,
  column: NameColumn,
  wanted: string[],
  market: Market,
): Promise<string[]> {
  const found = await db.rows<{ asked: string; name: string | null }>(
    `SELECT asked, name FROM (SELECT unnest([${wanted.map((_, i) => `$name_${i}`).join(', ')}]) AS asked)
     LEFT JOIN (${namesInUse(column)}) ON lower(name) = lower(asked)`,
    { market_id: market.id, ...Object.fromEntries(wanted.map((name, i) => [`name_${i}`, name])) },
  );
  const spellings = new Set<string>();
  for (const { asked, name } of found) {
    if (name === null) throw await unknownName(db, column, asked, market);
    spellings.add(name);
  }
  return [...spellings].sort();
}

/** SQL for the names that sales in force of a market have. */
function namesInUse(column: NameColumn): string {
  return `SELECT ${column} AS name FROM place
    WHERE market_id = $market_id AND ${column} IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0`;
}

/** So many names are listed whole; of more, the closest few. */
const listed = 12;
const suggested = 3;

/** The refusal of a name that no sale of the market has, with those it may have meant. */
export async function unknownName(
  db: Connection,
  column: NameColumn,
  name: string,
  market: Market,
  parameter: string = column,
): Promise<InvalidQuestion> {
  const known = await db.rows<{ name: string }>(
    `SELECT name FROM (${namesInUse(column)})
     ORDER BY jaro_winkler_similarity(lower(name), lower($name)) DESC, name LIMIT ${listed + 1}`,
    { market_id: market.id, name },
  );
  const names = known.map((row) => row.name);
  const unknown = `${market.name} has no ${column} "${name}"`;
  if (names.length === 0) return new InvalidQuestion(parameter, `${unknown}; its sales have no ${plurals[column]}.`);
  return new InvalidQuestion(
    parameter,
    names.length <= listed
      ? `${unknown}; its ${plurals[column]} are ${names.sort().join(', ')}.`
      : `${unknown}; the closest are ${names.slice(0, suggested).join(', ')}.`,
  );
}
