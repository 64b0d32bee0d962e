/** Areas that the parameters of a question name, to be compared with each other. */
import Type, { type Static } from 'typebox';
import type { Connection, Values } from './connection.ts';
import { InvalidQuestion } from './errors.ts';
import { postcodePrefix, type Selection, unknownName } from './filters.ts';
import { type Market, ofVersion } from './market.ts';
import { findNamed } from './spellings.ts';

/** The SQL expressions that identify an area. Localities with the same name in two regions are two areas. */
export const levels = {
  region: { area: 'region', region: 'region' },
  locality: { area: 'locality', region: 'region' },
  postcode_prefix: { area: postcodePrefix, region: 'NULL::VARCHAR' },
  postcode: { area: 'postcode', region: 'NULL::VARCHAR' },
} as const;
export type Level = keyof typeof levels;
const levelNames = Object.keys(levels) as Level[];

const description =
  'The kind of area. Localities with the same name in two regions are two areas; `postcode_prefix` is the first part of a postcode, such as the outward code RG30.';
export const levelSchema = Type.Enum(levelNames, { description });

export const levelParameter = {
  level: Type.Optional(
    Type.Enum(levelNames, {
      description: `${description} Defaults to the first of locality, region and postcode_prefix that most sales of the market state and that divides them: no area has more than 90 % of them. Else it is the one that the most sales state. For named areas, it is the first that has all of them.`,
    }),
  ),
};

/** A level is useful if at least this share of the sales state an area of it, and no area has more than the other share: docs/methods.md, "Names". */
const minStated = 0.5;
const maxLargest = 0.9;

const defaultLevels = ['locality', 'region', 'postcode_prefix'] as const;

/** The level to answer by. @param asked what the caller asks for */
export async function levelOf(db: Connection, asked: Level | undefined): Promise<Level> {
  return asked ?? (await ofVersion(db, 'level', () => defaultLevel(db))).level;
}

async function defaultLevel(db: Connection): Promise<{ level: Level }> {
  let mostStated: { level: Level; stated: number } = { level: 'locality', stated: 0 };
  for (const level of defaultLevels) {
    const { area, region } = levels[level];
    const { stated, largest } = await db.row<{ stated: number; largest: number }>(
      `SELECT coalesce(sum(sales) FILTER (area IS NOT NULL) / sum(sales), 0) AS stated,
         coalesce(max(sales) FILTER (area IS NOT NULL) / sum(sales) FILTER (area IS NOT NULL), 0) AS largest
       FROM (SELECT ${area} AS area, ${region} AS region, sum(sales) AS sales FROM place GROUP BY ALL)`,
    );
    if (stated >= minStated && largest <= maxLargest) return { level };
    if (stated > mostStated.stated) mostStated = { level, stated };
  }
  return mostStated;
}

/** An area of a level, and one of its names. */
interface Known {
  name: string;
  area: string;
  region: string | null;
  stray: boolean;
  label: string;
}

/** The areas known by names, of a level: by default, the first that has all of them, beginning with the default one; without any, the default one. */
async function findAreas(db: Connection, asked: Level | undefined, names: readonly string[]) {
  const usual = await levelOf(db, asked);
  const found = await findNamed<Known>(db, names, namesOf(usual));
  const hasAll = (areas: typeof found) => [...areas.values()].every(({ length }) => length > 0);
  for (const level of asked || hasAll(found) ? [] : defaultLevels) {
    const others = await findNamed<Known>(db, names, namesOf(level));
    if (hasAll(others)) return { level, found: others };
  }
  return { level: usual, found };
}

/**
 * Of several areas with one name, those with less than this share of the sales of the largest are stray rows, as is a single sale beside four or more: the
 * name alone means the others. docs/methods.md has a table.
 */
const strayShare = 0.02;
const strayBeside = 4;

/** SQL: the areas of a level, whether each is a stray one, and its label, which includes the region if several regions have the name. */
function known(level: Level): string {
  const { area, region } = levels[level];
  const largest = 'max(sales) OVER (PARTITION BY area)';
  return `SELECT area, region, sales < ${strayShare} * ${largest} OR (sales = 1 AND ${largest} >= ${strayBeside}) AS stray,
      CASE WHEN count(*) OVER (PARTITION BY area) > 1 THEN area || ', ' || coalesce(region, '') ELSE area END AS label
    FROM (
      SELECT ${area} AS area, ${region} AS region, sum(sales) AS sales
      FROM place WHERE ${area} IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0
    )`;
}

/** SQL: the areas of a level by their names, as `Known`. */
function namesOf(level: Level): string {
  return `SELECT unnest([area, area || ', ' || region]) AS name, area, region, stray, label FROM (${known(level)})`;
}

/** The regions that have a locality; those of stray rows only if there are no others. */
export async function regionsOf(db: Connection, locality: string): Promise<(string | null)[]> {
  const rows = await db.rows<{ region: string | null }>(
    `SELECT region FROM (${known('locality')}) WHERE area = $locality AND NOT stray ORDER BY region`,
    { locality },
  );
  return rows.map(({ region }) => region);
}

const maxAreas = 10;

export const namedAreaParameters = {
  ...levelParameter,
  area: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      maxItems: maxAreas,
      description: `Up to ${maxAreas} areas of that level, such as Parramatta, or \`Richmond, VIC\` if several regions have one; case, spacing and accents are ignored.`,
    }),
  ),
};
type NamedAreaParameters = Static<ReturnType<typeof Type.Object<typeof namedAreaParameters>>>;

/** The named areas, and SQL that identifies them in a statement. */
export interface NamedAreas {
  level: Level;
  /** In the requested order. The label includes the region if several regions have the name. */
  areas: { area: string; region: string | null; label: string }[];
  /** SQL: the index in `areas`, from 0; null for sales elsewhere. */
  position: string;
  /** The values that `position` binds. */
  values: Values;
}

/** @throws InvalidQuestion without areas, and for an unknown or ambiguous name */
export async function nameAreas(
  db: Connection,
  { level: askedLevel, area: asked }: NamedAreaParameters,
  market: Market,
): Promise<NamedAreas> {
  if (!asked?.length) {
    throw new InvalidQuestion(
      'area',
      `area is required: give area= once for each of up to ${maxAreas} areas of level ${await levelOf(db, askedLevel)}.`,
    );
  }
  const { level, found } = await findAreas(db, askedLevel, asked);
  const column = levels[level];
  const areas = new Map<string, NamedAreas['areas'][number]>();
  for (const [name, rows] of found) {
    const spelling = rows[0]?.name;
    if (spelling === undefined) throw await unknownName(db, level, name, market, 'area');
    const matches = rows.filter((row) => row.name === spelling && !(row.area === spelling && row.stray));
    const [match, another] = matches as [(typeof matches)[number], ...typeof matches];
    if (another) {
      const choices = matches.map(({ label }) => `"${label}"`).join(', ');
      throw new InvalidQuestion('area', `${market.name} has more than one ${level} "${name}"; give one of ${choices}.`);
    }
    areas.set(match.label, { area: match.area, region: match.region, label: match.label });
  }
  const values: Values = {};
  const cases = [...areas.values()].map(({ area, region }, i) => {
    values[`area_${i}`] = area;
    values[`area_region_${i}`] = region;
    const isArea = `${column.area} = $area_${i} AND ${column.region} IS NOT DISTINCT FROM $area_region_${i}::VARCHAR`;
    return `WHEN ${isArea} THEN ${i}`;
  });
  return { level, areas: [...areas.values()], position: `CASE ${cases.join(' ')} END`, values };
}

/** The sales of a selection that are in one of the named areas. */
export function inAreas(selection: Selection, { position, values }: NamedAreas): Selection {
  const narrowed = (where: string) => `${where} AND ${position} IS NOT NULL`;
  return {
    where: narrowed(selection.where),
    leftOut: narrowed(selection.leftOut),
    unstated: Object.fromEntries(Object.entries(selection.unstated).map(([name, where]) => [name, narrowed(where)])),
    values: { ...selection.values, ...values },
  };
}
