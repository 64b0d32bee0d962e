import Type from 'typebox';
import type { Connection } from '../connection.ts';
import { coveredChange, coveredPeriod, coveredPeriodSchema } from '../coverage.ts';
import { filterParameters } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { heading, marketHeading, nullableText } from '../statistics.ts';
import { addressesLike } from '../valuation/address.ts';
import { differences } from '../valuation/subject.ts';

const kinds = ['region', 'locality', 'postcode', 'street', 'address'] as const;

/** The Jaro–Winkler similarity (Winkler 1990), from 0 to 1, of a name that may have been meant: that of `paramata` and `parramatta` is 0.94. */
const minSimilarity = 0.88;

const maxPlaces = 50;

interface Place {
  kind: (typeof kinds)[number];
  name: string;
  locality: string | null;
  region: string | null;
  postcode: string | null;
  property: number | null;
  sales: number;
  match: 'exact' | 'start' | 'word' | 'similar';
}

/** Completes names of places, streets and addresses while they are typed. */
export const places = defineQuestion({
  name: 'places',
  summary: 'Find regions, localities, postcodes, streets and addresses that begin with, contain or resemble a text',
  example: { q: 'green' },
  methodChanges: [standardChange, coveredChange],
  parameters: Type.Object(
    {
      market: filterParameters.market,
      q: Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The text to find; case, spacing and accents are ignored.',
      }),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: maxPlaces, default: 10, description: 'The maximum number of results.' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    places: Type.Array(
      Type.Object({
        kind: Type.Enum([...kinds]),
        name: Type.String(),
        locality: nullableText('Locality of a street or address.'),
        region: nullableText('Region of a locality, street or address.'),
        postcode: nullableText('Postcode of an address.'),
        property: Type.Union([Type.Integer(), Type.Null()], {
          description: 'Property of an address: the `id` of the question `property`.',
        }),
        differs: nullableText(
          'What distinguishes the property from others of the same address here, such as its storey; null for a single one, and if they state no difference.',
        ),
        sales: Type.Integer({ description: 'Number of sales in force, standard or not.' }),
        match: Type.Enum(['exact', 'start', 'word', 'similar'], {
          description:
            'The text is the whole name, its start, the start of a later word, or spelled much like the name.',
        }),
      }),
      {
        description: 'Best match first, then the larger kind of place, then the one with more sales.',
      },
    ),
    covered: coveredPeriodSchema,
  }),
  table: 'places',
  rest: ({ places }, { limit = 10 }) =>
    places.length === limit && limit < maxPlaces ? { limit: maxPlaces } : undefined,
  async ask(db, { q, limit = 10 }, market) {
    // Lower case is applied in advance: DuckDB skips row groups only for a constant.
    const values = await db.row<{ typed: string; key: string }>(`SELECT lower($q) AS typed, ${plain('$q')} AS key`, {
      q: q.trim().replaceAll(/\s+/g, ' '),
    });
    const covered = await coveredPeriod(db);
    // Otherwise DuckDB would compare all names before it groups them and leaves most of them out.
    const find = (sources: string, match: string) =>
      db.rows<Place>(
        `WITH source AS MATERIALIZED (${sources})
         SELECT kind, name, locality, region, postcode, property, sales, match FROM (SELECT *, ${plain('name')} AS plain, ${match} AS match FROM source)
         WHERE match IS NOT NULL
         ORDER BY list_position(['exact', 'start', 'word', 'similar'], match),
           CASE match WHEN 'similar' THEN -jaro_winkler_similarity(lower(name), $typed) END,
           list_position(['${kinds.join("', '")}'], kind), sales DESC, name, region, locality
         LIMIT ${limit}`,
        values,
      );
    const spelled = `CASE WHEN plain = $key THEN 'exact' WHEN starts_with(plain, $key) THEN 'start'
      WHEN contains(lower(name), ' ' || $typed) THEN 'word' END`;
    const found = await find(`${areas} UNION ALL ${streets(true)} UNION ALL ${addresses}`, spelled);
    const answer = async (places: Place[]) => ({
      market: heading(market),
      places: await distinguished(db, places),
      covered,
    });
    if (found.length === limit) return answer(found);
    if (!found.some(({ kind }) => kind === 'address')) {
      for (const { property_id: property, address: name, ...like } of await addressesLike(db, values.typed))
        found.push({ kind: 'address', name, property, match: 'similar', ...like });
    }
    // There are too many addresses to compare with each of them, and a similar address is another house.
    const similar = `CASE WHEN jaro_winkler_similarity(lower(name), $typed) >= ${minSimilarity} THEN CASE WHEN ${spelled} IS NULL THEN 'similar' END END`;
    found.push(...(await find(`${areas} UNION ALL ${streets(false)}`, similar)));
    return answer(found.slice(0, limit));
  },
});

/** Adds what distinguishes properties of one address. */
async function distinguished(db: Connection, places: Place[]): Promise<(Place & { differs: string | null })[]> {
  const addresses = Map.groupBy(places, ({ kind, name, locality, region, postcode }) =>
    kind === 'address' ? [name, locality, region, postcode].join('\n') : undefined,
  );
  const differs = new Map<number | null, string>();
  for (const [address, same] of addresses) {
    if (address === undefined || same.length === 1) continue;
    for (const [id, text] of await differences(
      db,
      same.map(({ property }) => property as number),
    ))
      differs.set(id, text);
  }
  return places.map((place) => ({ ...place, differs: differs.get(place.property) || null }));
}

/** SQL: a name without regard to case, spaces and accents. `plainKey` would take ten times as long for the many postcodes of a country. */
const plain = (name: string) => `strip_accents(replace(lower(${name}), ' ', ''))`;

/** SQL: regions, localities and postcodes, from the count table of places. */
const areas = (['region', 'locality', 'postcode'] as const)
  .map(
    (kind) =>
      `SELECT '${kind}' AS kind, ${kind} AS name, NULL::VARCHAR AS locality, ${kind === 'locality' ? 'region' : 'NULL::VARCHAR'} AS region,
         NULL::VARCHAR AS postcode, NULL::BIGINT AS property, sum(sales)::BIGINT AS sales
       FROM place WHERE ${kind} IS NOT NULL GROUP BY ALL HAVING sum(sales) > 0`,
  )
  .join(' UNION ALL ');

/** SQL: streets. Most of the work is grouping, so streets that cannot match by their letters are left out before. */
function streets(byLetters: boolean): string {
  return `SELECT 'street', street, locality, region, NULL::VARCHAR, NULL::BIGINT, sum(sales)::BIGINT FROM street
    WHERE street IS NOT NULL ${byLetters ? 'AND contains(lower(street), $typed)' : ''} GROUP BY ALL HAVING sum(sales) > 0`;
}

/** SQL: addresses that begin with the text: those from the text to the text followed by the last Unicode character. */
const addresses = `SELECT 'address', address, locality, region, postcode, property_id, sum(sales)::BIGINT FROM address
  WHERE folded >= $typed AND folded < $typed || chr(1114111) GROUP BY ALL HAVING sum(sales) > 0`;
