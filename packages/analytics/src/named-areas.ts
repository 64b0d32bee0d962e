/** Areas that the parameters of a question name, to be compared with each other. */
import Type, { type Static } from 'typebox';
import type { Connection, Values } from './connection.ts';
import { InvalidQuestion } from './errors.ts';
import { unknownName } from './filters.ts';
import type { Market } from './market.ts';

/** The SQL expressions that identify an area. Localities with the same name in two regions are two areas. */
export const levels = {
  region: { area: 'region', region: 'region' },
  locality: { area: 'locality', region: 'region' },
  postcode: { area: 'postcode', region: 'NULL::VARCHAR' },
} as const;
export type Level = keyof typeof levels;

const maxAreas = 10;

export const namedAreaParameters = {
  level: Type.Optional(
    Type.Enum(['region', 'locality', 'postcode'], {
      default: 'locality',
      description: 'The level of the named areas.',
    }),
  ),
  area: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      maxItems: maxAreas,
      description: `Up to ${maxAreas} areas of that level, such as Parramatta, or \`Richmond, VIC\` if several regions have one; case is ignored.`,
    }),
  ),
};
type NamedAreaParameters = Static<ReturnType<typeof Type.Object<typeof namedAreaParameters>>>;

/** The named areas, and SQL that identifies them in a statement. */
export interface NamedAreas {
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
  { level = 'locality', area: asked }: NamedAreaParameters,
  market: Market,
): Promise<NamedAreas> {
  if (!asked?.length) {
    throw new InvalidQuestion(
      'area',
      `area is required: give area= once for each of up to ${maxAreas} areas of level ${level}.`,
    );
  }
  const column = levels[level];
  const found = await db.rows<{ asked: string; area: string | null; region: string | null; namesakes: number }>(
    `WITH known AS (
       SELECT *, count(*) OVER (PARTITION BY lower(area)) AS namesakes FROM (
         SELECT ${column.area} AS area, ${column.region} AS region FROM place
         WHERE ${column.area} IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0
       )
     )
     SELECT asked, known.* FROM (SELECT unnest([${asked.map((_, i) => `$name_${i}`).join(', ')}]) AS asked)
     LEFT JOIN known ON lower(area) = lower(asked) OR lower(area || ', ' || region) = lower(asked)
     ORDER BY area, region`,
    { ...Object.fromEntries(asked.map((name, i) => [`name_${i}`, name])) },
  );
  const areas = new Map<string, NamedAreas['areas'][number]>();
  for (const name of asked) {
    const matches = found.filter((row) => row.asked === name);
    const [match, another] = matches;
    if (!match || match.area === null) throw await unknownName(db, column.area, name, market, 'area');
    if (another) {
      const choices = matches.map((row) => `"${row.area}, ${row.region ?? ''}"`).join(', ');
      throw new InvalidQuestion('area', `${market.name} has more than one ${level} "${name}"; give one of ${choices}.`);
    }
    const label = match.namesakes > 1 ? `${match.area}, ${match.region}` : match.area;
    areas.set(label, { area: match.area, region: match.region, label });
  }
  const values: Values = {};
  const cases = [...areas.values()].map(({ area, region }, i) => {
    values[`area_${i}`] = area;
    values[`area_region_${i}`] = region;
    const isArea = `${column.area} = $area_${i} AND ${column.region} IS NOT DISTINCT FROM $area_region_${i}::VARCHAR`;
    return `WHEN ${isArea} THEN ${i}`;
  });
  return { areas: [...areas.values()], position: `CASE ${cases.join(' ')} END`, values };
}
