/** The filters that most questions take, and their SQL. Values are always bound. */
import { attributeNames } from '@property-insights/database';
import Type, { type Static } from 'typebox';
import type { Connection, Values } from './connection.ts';
import { InvalidQuestion } from './errors.ts';
import { type Category, categories } from './features.ts';
import { type Market, ofVersion } from './market.ts';
import { findNamed, lowerCase } from './spellings.ts';

const names = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 32_767, description }));
const money = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }));
/** Of a filter on an attribute that a sale may not state. */
const unstated = 'Sales that do not state it do not match.';
const number = (description: string) =>
  Type.Optional(Type.Number({ minimum: -999, maximum: 9999, description: `${description} ${unstated}` }));
const flag = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description: `${description} ${unstated}` }));
const area = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 1e9, description: `${description} ${unstated}` }));
const day = (description: string) => Type.Optional(Type.String({ format: 'date', description }));

export const boxPattern = '^-?\\d{1,3}(\\.\\d+)?(,-?\\d{1,3}(\\.\\d+)?){3}$';
export const boxExpected = 'west,south,east,north in degrees, such as 150.5,-34.2,151.4,-33.4';

/** Corners of a polygon. */
const maxCorners = 50;
const areaPattern = `^-?\\d{1,3}(\\.\\d+)?(,-?\\d{1,3}(\\.\\d+)?){3,${2 * maxCorners - 1}}$`;
const areaExpected = `${boxExpected}, or the longitudes and latitudes of three to ${maxCorners} corners`;

/** Members of a sale that a source may leave out. */
export const statable = [
  ...(['contract_date', 'settlement_date', 'type', 'street', 'locality', 'region', 'postcode'] as const),
  ...attributeNames,
] as const;

/** SQL: a member as the source states it; a placement is not stated. */
export function asStated(member: (typeof statable)[number]): string {
  return /^(lat|long)itude$/.test(member) ? `CASE WHEN approximate IS NULL THEN ${member} END` : member;
}

export const filterParameters = {
  market: Type.Optional(
    Type.String({ maxLength: 40, description: 'Code of the market; the default market by default.' }),
  ),
  region: names('Any of these regions; case, spacing and accents are ignored.'),
  locality: names(
    'Any of these localities, in every region that has one of the name; case, spacing and accents are ignored.',
  ),
  postcode: names('Any of these postcodes, or beginnings of postcodes, such as the outward code RG30.'),
  type: names('Any of these dwelling types; case is ignored.'),
  tenure: names(`Any of these tenures; case is ignored. ${unstated}`),
  flat_model: names(`Any of these models of flats; case is ignored. ${unstated}`),
  zoning: names(`Any of these zonings; case is ignored. ${unstated}`),
  bedrooms_min: count(`Minimum number of bedrooms. ${unstated}`),
  bedrooms_max: count(`Maximum number of bedrooms. ${unstated}`),
  price_min: money('Minimum price, in whole currency units.'),
  price_max: money('Maximum price, in whole currency units.'),
  land_area_min: area('Minimum land area, in m².'),
  land_area_max: area('Maximum land area, in m².'),
  floor_area_min: area('Minimum floor area, in m².'),
  floor_area_max: area('Maximum floor area, in m².'),
  storey_min: number('Lowest storey.'),
  storey_max: number('Highest storey.'),
  year_built_min: number('First year of construction.'),
  year_built_max: number('Last year of construction.'),
  lease_start_min: number('First year in which the lease began.'),
  lease_start_max: number('Last year in which the lease began.'),
  lease_remaining_min: number('Minimum remaining lease at the sale, in years.'),
  lease_remaining_max: number('Maximum remaining lease at the sale, in years.'),
  grade_min: number('Minimum grade, by the scale of the source.'),
  grade_max: number('Maximum grade, by the scale of the source.'),
  new_build: flag('1 for first sales after construction, 0 for other sales.'),
  year_renovated_min: number('First year of the last renovation.'),
  year_renovated_max: number('Last year of the last renovation.'),
  condition_min: number('Minimum condition, by the scale of the source.'),
  condition_max: number('Maximum condition, by the scale of the source.'),
  waterfront: flag('1 for dwellings on a waterfront, 0 for other dwellings.'),
  sold_from: day('First contract date.'),
  sold_to: day('Last contract date.'),
  standard: Type.Optional(
    Type.Enum(['true', 'false', 'all'], {
      default: 'true',
      description:
        'true: standard sales, which are of a whole interest, in a dealing of their own, at a positive price and with a credible contract date; false: the other sales; all: both.',
    }),
  ),
  reason: names(
    'Any of these reasons why a sale is not standard, as `left_out` names them, such as `part interest`. Needs standard=false or standard=all.',
  ),
  not_stated: Type.Optional(
    Type.Array(Type.Enum([...statable]), {
      maxItems: statable.length,
      description: 'Sales whose source states none of these, as `missing` of `quality` counts them.',
    }),
  ),
  within: Type.Optional(
    Type.String({
      maxLength: 2_000,
      pattern: areaPattern,
      'x-expected': areaExpected,
      description: `An area on the map, in degrees, WGS 84: a box as west,south,east,north, or a polygon as the longitude and latitude of each of its corners, three to ${maxCorners}, which does not cross the 180th meridian. Sales without coordinates do not match; others may be placed by their locality or postcode.`,
    }),
  ),
};

/** A schema of the filters alone. */
export const filtersOnly = Type.Object(filterParameters, { additionalProperties: false });
export type Filters = Static<typeof filtersOnly>;

/** The sales that filters select. */
export interface Selection {
  /** SQL condition on the table `sale`. */
  where: string;
  /** SQL condition for sales that match every filter except `standard`. */
  leftOut: string;
  /** SQL conditions for sales that may match every filter but do not state the attribute that one of them is about, by the attribute. */
  unstated: Record<string, string>;
  /** The values that the conditions bind. A statement may use either condition or both. */
  values: Values;
}

/** What follows from the selected sales: computed once for each version if no filter has a value, since most questions state it. */
export function ofSelection<T extends object>(
  db: Connection,
  name: string,
  { where, values }: Pick<Selection, 'where' | 'values'>,
  compute: () => Promise<T>,
): Promise<T> {
  return Object.keys(values).length === 0 ? ofVersion(db, `${name} ${where}`, compute) : compute();
}

const nameColumns = ['region', 'locality', 'postcode', 'type', ...categories] as const;
export type NameColumn = (typeof nameColumns)[number];

/**
 * SQL: the first part of a postcode: the outward code of British ones, the first three digits of American ones with nine, and what precedes the space or
 * hyphen of others; of those without either the first three characters, or the first two of up to four.
 */
export const postcodePrefix = `CASE
  WHEN regexp_matches(postcode, '^[0-9]{5}-[0-9]{4}$') THEN left(postcode, 3)
  WHEN contains(postcode, ' ') THEN split_part(postcode, ' ', 1)
  WHEN contains(postcode, '-') THEN split_part(postcode, '-', 1)
  WHEN regexp_matches(postcode, '^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?$') THEN postcode
  WHEN regexp_matches(postcode, '^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?[0-9][A-Za-z]{2}$') THEN left(postcode, length(postcode) - 3)
  ELSE left(postcode, CASE WHEN length(postcode) > 4 THEN 3 ELSE 2 END) END`;

/** A British outward code. */
const outwardCode = /^[a-z]{1,2}\d[a-z\d]?$/i;

/** SQL: a postcode without regard to case and spaces. */
const unspaced = (postcode: string) => `replace(lower(${postcode}), ' ', '')`;

/** What the names of sales are, each as SQL and for errors. */
const namings = {
  region: { sql: 'region', one: 'region', several: 'regions' },
  locality: { sql: 'locality', one: 'locality', several: 'localities' },
  postcode: { sql: 'postcode', one: 'postcode', several: 'postcodes' },
  postcode_prefix: { sql: postcodePrefix, one: 'postcode prefix', several: 'postcode prefixes' },
  type: { sql: 'type', one: 'type', several: 'types' },
  tenure: { sql: 'tenure', one: 'tenure', several: 'tenures' },
  flat_model: { sql: 'flat_model', one: 'flat model', several: 'flat models' },
  zoning: { sql: 'zoning', one: 'zoning', several: 'zonings' },
} as const;
type Naming = keyof typeof namings;

function isCategory(naming: Naming): naming is Category {
  return (categories as readonly Naming[]).includes(naming);
}

const ranges = [
  { column: 'bedrooms', from: 'bedrooms_min', to: 'bedrooms_max', type: 'SMALLINT' },
  { column: 'price', from: 'price_min', to: 'price_max', type: 'BIGINT' },
  { column: 'land_area', from: 'land_area_min', to: 'land_area_max', type: 'DOUBLE' },
  { column: 'floor_area', from: 'floor_area_min', to: 'floor_area_max', type: 'DOUBLE' },
  { column: 'storey', from: 'storey_min', to: 'storey_max', type: 'FLOAT' },
  { column: 'year_built', from: 'year_built_min', to: 'year_built_max', type: 'DOUBLE' },
  { column: 'lease_start', from: 'lease_start_min', to: 'lease_start_max', type: 'DOUBLE' },
  { column: 'lease_remaining', from: 'lease_remaining_min', to: 'lease_remaining_max', type: 'FLOAT' },
  { column: 'grade', from: 'grade_min', to: 'grade_max', type: 'FLOAT' },
  { column: 'new_build', from: 'new_build', to: 'new_build', type: 'SMALLINT' },
  { column: 'year_renovated', from: 'year_renovated_min', to: 'year_renovated_max', type: 'DOUBLE' },
  { column: 'condition', from: 'condition_min', to: 'condition_max', type: 'FLOAT' },
  { column: 'waterfront', from: 'waterfront', to: 'waterfront', type: 'SMALLINT' },
  { column: 'contract_date', from: 'sold_from', to: 'sold_to', type: 'DATE' },
] as const;

/** @throws InvalidQuestion for a name that no sale of the market has, or a reversed range */
export async function select(db: Connection, filters: Filters, market: Market): Promise<Selection> {
  const conditions: { sql: string; of?: string | undefined }[] = [];
  const values: Values = {};
  const bind = (name: string, value: string | number) => {
    values[name] = value;
    return `$${name}`;
  };
  for (const { column, from, to, type } of ranges) {
    const [low, high] = [filters[from], filters[to]];
    if (low !== undefined && high !== undefined && low > high) {
      throw new InvalidQuestion(from, `${from} (${low}) is above ${to} (${high}); exchange them.`);
    }
    if (low !== undefined) conditions.push({ sql: `${column} >= ${bind(from, low)}::${type}`, of: column });
    // A price that is not stated is 0, which is below every maximum.
    const of = column === 'price' ? undefined : column;
    if (high !== undefined) conditions.push({ sql: `${column} <= ${bind(to, high)}::${type}`, of });
  }
  for (const column of nameColumns) {
    const wanted = filters[column];
    if (!wanted?.length) continue;
    const found = await storedSpellings(db, column, wanted, market);
    const isOneOf = (sql: string, name: string, spellings: string[]) =>
      `${sql} IN (${spellings.map((spelling, i) => bind(`${name}_${i}`, spelling)).join(', ')})`;
    const sql = [
      ...(found.names.length > 0 ? [isOneOf(column, column, found.names)] : []),
      ...(found.prefixes.length > 0 ? [isOneOf(postcodePrefix, 'postcode_prefix', found.prefixes)] : []),
      ...found.starts.map((start, i) => `starts_with(${unspaced('postcode')}, ${bind(`postcode_start_${i}`, start)})`),
    ];
    conditions.push({ sql: `(${sql.join(' OR ')})`, of: isCategory(column) ? column : undefined });
  }
  if (filters.reason?.length) {
    if (filters.standard !== 'false' && filters.standard !== 'all') {
      throw new InvalidQuestion('reason', 'reason selects sales that are not standard; add standard=false.');
    }
    const reasons = [...new Set(filters.reason)].sort();
    conditions.push({ sql: `non_standard IN (${reasons.map((reason, i) => bind(`reason_${i}`, reason)).join(', ')})` });
  }
  for (const member of filters.not_stated ?? []) conditions.push({ sql: `${asStated(member)} IS NULL` });
  if (filters.within !== undefined) {
    conditions.push({ sql: isInArea('within', filters.within, bind), of: 'coordinates' });
  }
  const all = (sqls: string[]) => (sqls.length === 0 ? 'true' : sqls.join(' AND '));
  const filtered = all(conditions.map(({ sql }) => sql));
  const standard = { true: 'is_standard', false: 'NOT is_standard', all: 'true' };
  const others = { true: 'NOT is_standard', false: 'is_standard', all: 'false' };
  const which = filters.standard ?? 'true';
  const unstatedOf = (attribute: string) => {
    const isUnstated = (sql: string) => (attribute === 'price' ? `price = 0 AND NOT (${sql})` : `(${sql}) IS NULL`);
    // A sale without a price is not standard for that reason alone.
    const isSelected =
      attribute === 'price' && which === 'true' ? `coalesce(non_standard, 'no price') = 'no price'` : standard[which];
    return all([...conditions.map(({ sql, of }) => (of === attribute ? isUnstated(sql) : sql)), isSelected]);
  };
  const attributes = new Set(conditions.flatMap(({ of }) => of ?? []));
  return {
    where: `${filtered} AND ${standard[which]}`,
    leftOut: `${filtered} AND ${others[which]}`,
    unstated: Object.fromEntries([...attributes].map((name) => [name, unstatedOf(name)])),
    values,
  };
}

/** What names select: sales with these names, with these prefixes of postcodes, and with postcodes that start so, as keys. */
interface Found {
  names: string[];
  prefixes: string[];
  starts: string[];
}

/** The names as sales spell them: `Parramatta` for `parramatta`. A postcode may be the beginning of several. */
async function storedSpellings(db: Connection, column: NameColumn, wanted: string[], market: Market): Promise<Found> {
  const all = (found: Map<string, { name: string }[]>) =>
    [...new Set([...found.values()].flat().map(({ name }) => name))].sort();
  const spellings = await findNamed(db, wanted, namesInUse(column));
  // What has a space is no first part.
  const parts = column === 'postcode' ? wanted.filter((name) => !name.trim().includes(' ')) : [];
  const prefixes = await findNamed(db, parts, namesInUse('postcode_prefix'), [lowerCase]);
  const starts = new Set<string>();
  for (const asked of wanted) {
    // RG3 is an outward code of its own, and not the beginning of RG30.
    if (spellings.get(asked)?.length || (prefixes.get(asked)?.length && outwardCode.test(asked))) continue;
    const { start, known } = await db.row<{ start: string; known: boolean }>(
      `SELECT ${unspaced('$asked')} AS start,
         start <> '' AND EXISTS (SELECT 1 FROM (${namesInUse('postcode')}) WHERE starts_with(${unspaced('name')}, start)) AS known`,
      { asked },
    );
    if (column !== 'postcode' || !known) throw await unknownName(db, column, asked, market);
    starts.add(start);
  }
  return { names: all(spellings), prefixes: all(prefixes), starts: [...starts].sort() };
}

/** SQL: the names of a market's sales in force. */
export function namesInUse(naming: Naming): string {
  const { sql } = namings[naming];
  if (isCategory(naming)) return `SELECT DISTINCT ${sql} AS name FROM sale WHERE ${sql} IS NOT NULL`;
  return `SELECT ${sql} AS name FROM place WHERE ${sql} IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0`;
}

/** An error lists all known names up to this number; of more it suggests the closest. */
const maxListed = 12;
const suggestions = 3;

/** The error for a name that no sale of the market has, with the names that may have been meant. */
export async function unknownName(
  db: Connection,
  naming: Naming,
  name: string,
  market: Market,
  parameter: string = naming,
): Promise<InvalidQuestion> {
  const known = await db.rows<{ name: string }>(
    `SELECT name FROM (${namesInUse(naming)})
     ORDER BY jaro_winkler_similarity(lower(name), lower($name)) DESC, name LIMIT ${maxListed + 1}`,
    { name },
  );
  const names = known.map((row) => row.name);
  const { one, several } = namings[naming];
  const unknown = `${market.name} has no ${one} "${name}"`;
  if (names.length === 0) return new InvalidQuestion(parameter, `${unknown}; its sales have no ${several}.`);
  return new InvalidQuestion(
    parameter,
    names.length <= maxListed
      ? `${unknown}; its ${several} are ${names.sort().join(', ')}.`
      : `${unknown}; the closest are ${names.slice(0, suggestions).join(', ')}.`,
  );
}

/** A box in degrees. `west` is greater than `east` if it crosses the 180th meridian. */
export type Box = Record<'west' | 'south' | 'east' | 'north', number>;

/** @throws InvalidQuestion if south is above north */
export function readBox(parameter: string, text: string): Box {
  const [west, south, east, north] = text.split(',').map(Number) as [number, number, number, number];
  if (south > north) {
    throw new InvalidQuestion(
      parameter,
      `${parameter} is west,south,east,north: south (${south}) is above north (${north}).`,
    );
  }
  return { west, south, east, north };
}

/** SQL condition for sales in a box whose sides are bound with this prefix. */
export function isInBox({ west, east }: Box, prefix = ''): string {
  const side = (name: keyof Box) => `$${prefix}${name}::DOUBLE`;
  return `latitude BETWEEN ${side('south')} AND ${side('north')} AND ${
    west <= east
      ? `longitude BETWEEN ${side('west')} AND ${side('east')}`
      : `(longitude >= ${side('west')} OR longitude <= ${side('east')})`
  }`;
}

/**
 * SQL condition for sales in an area: a box, or a polygon of which the corners are given.
 * @throws InvalidQuestion for a reversed box, and for a longitude without a latitude
 */
function isInArea(parameter: string, text: string, bind: (name: string, value: number) => string): string {
  const degrees = text.split(',').map(Number);
  if (degrees.length === 4) {
    const box = readBox(parameter, text);
    for (const [side, value] of Object.entries(box)) bind(`${parameter}_${side}`, value);
    return isInBox(box, `${parameter}_`);
  }
  if (degrees.length % 2 === 1) {
    throw new InvalidQuestion(
      parameter,
      `${parameter} has ${degrees.length} numbers; the corners of a polygon are pairs of a longitude and a latitude.`,
    );
  }
  const corners = Array.from({ length: degrees.length / 2 }, (_, i) => degrees.slice(2 * i, 2 * i + 2)) as [
    number,
    number,
  ][];
  // A point is inside if a line from it to the east crosses an odd number of sides.
  const crossings = corners.flatMap(([x0, y0], i) => {
    const [x1, y1] = corners[(i + 1) % corners.length] as [number, number];
    if (y0 === y1) return [];
    const slope = (x1 - x0) / (y1 - y0);
    const side = (name: string, value: number) => `${bind(`${parameter}_${name}_${i}`, value)}::DOUBLE`;
    return `(latitude >= ${side('south', Math.min(y0, y1))} AND latitude < ${side('north', Math.max(y0, y1))}
      AND longitude < ${side('slope', slope)} * latitude + ${side('start', x0 - slope * y0)})::INTEGER`;
  });
  return crossings.length === 0 ? 'false' : `(${crossings.join(' + ')}) % 2 = 1`;
}
