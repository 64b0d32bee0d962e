/** Areas that a question names, one by one: what several questions set side by side. */
import Type, { type Static } from 'typebox';
import type { Connection, Values } from './connection.ts';
import { InvalidQuestion } from './errors.ts';
import { unknownName } from './filters.ts';
import type { Market } from './market.ts';

/** What makes an area, in SQL: localities of one name in two regions are two areas. */
export const levels = {
  region: { area: 'region', region: 'region' },
  locality: { area: 'locality', region: 'region' },
  postcode: { area: 'postcode', region: 'NULL::VARCHAR' },
} as const;
export type Level = keyof typeof levels;

const mostAreas = 10;

export const namedAreaParameters = {
  level: Type.Optional(
    Type.Enum(['region', 'locality', 'postcode'], { default: 'locality', description: 'What the areas named are.' }),
  ),
  area: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      maxItems: mostAreas,
      description: `Up to ${mostAreas} areas of that level, such as Parramatta, or Richmond, VIC where several regions have one; upper and lower case are the same.`,
    }),
  ),
};
type NamedAreaParameters = Static<ReturnType<typeof Type.Object<typeof namedAreaParameters>>>;

/** Areas to be told apart in a statement. */
export interface NamedAreas {
  /** In the order asked for; `label` has the region where the name alone is not enough. */
  areas: { area: string; region: string | null; label: string }[];
  /** SQL: the position in `areas`, from 0; null for sales elsewhere. */
  position: string;
  /** What it binds. */
  values: Values;
}

/** @throws InvalidQuestion for no area, an unknown one, or a name that several regions have */
export async function nameAreas(
  db: Connection,
  { level = 'locality', area: asked }: NamedAreaParameters,
  market: Market,
): Promise<NamedAreas> {
  if (!asked?.length) {
    throw new InvalidQuestion('area', `Say which areas: area= once for each, up to ${mostAreas}, of level ${level}.`);
  }
  const column = levels[level];
  const found = await db.rows<{ asked: string; area: string | null; region: string | null; namesakes: number }>(
    `WITH known AS (
       SELECT *, count(*) OVER (PARTITION BY lower(area)) AS namesakes FROM (
         SELECT ${column.area} AS area, ${column.region} AS region FROM place
         WHERE market_id = $market_id AND ${column.area} IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0
       )
     )
     SELECT asked, known.* FROM (SELECT unnest([${asked.map((_, i) => `$name_${i}`).join(', ')}]) AS asked)
     LEFT JOIN known ON lower(area) = lower(asked) OR lower(area || ', ' || region) = lower(asked)
     ORDER BY area, region`,
    { market_id: market.id, ...Object.fromEntries(asked.map((name, i) => [`name_${i}`, name])) },
  );
  const areas = new Map<string, NamedAreas['areas'][number]>();
  for (const name of asked) {
    const matches = found.filter((row) => row.asked === name);
    const [match, another] = matches;
    if (!match || match.area === null) throw await unknownName(db, column.area, name, market, 'area');
    if (another) {
      const choices = matches.map((row) => `"${row.area}, ${row.region ?? ''}"`).join(', ');
      throw new InvalidQuestion('area', `${market.name} has more than one ${level} "${name}"; say which: ${choices}.`);
    }
    const label = match.namesakes > 1 ? `${match.area}, ${match.region}` : match.area;
    areas.set(label, { area: match.area, region: match.region, label });
  }
  const values: Values = {};
  const cases = [...areas.values()].map(({ area, region }, i) => {
    values[`area_${i}`] = area;
    values[`area_region_${i}`] = region;
    const isIt = `${column.area} = $area_${i} AND ${column.region} IS NOT DISTINCT FROM $area_region_${i}::VARCHAR`;
    return `WHEN ${isIt} THEN ${i}`;
  });
  return { areas: [...areas.values()], position: `CASE ${cases.join(' ')} END`, values };
}
