import Type, { type Static } from 'typebox';
import { amount, wholeAmount } from '../amounts.ts';
import { coverageOf, coveredChange, coveredSchema } from '../coverage.ts';
import { boxExpected, boxPattern, filterParameters, isInBox, readBox, select } from '../filters.ts';
import { levelSchema, levels } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { heading, leftOut, leftOutSchema, marketHeading, nullableText, thinBelow } from '../statistics.ts';
import { supportOf, supportSchema } from '../support.ts';

/** A browser draws this many without delay. */
const maxFeatures = 2000;

/** From this zoom (a screen shows a few streets), sales are separate features unless there are too many. */
const singlesFromZoom = 15;

/** SQL: groups of a single sale. Sales placed by the same locality or postcode form one group, because they have the same coordinates. */
const single = `CASE WHEN approximate IS NULL THEN id END, CASE WHEN approximate IS NOT NULL THEN [longitude, latitude] END`;

/** Clusters per tile and axis: with tiles of 256 pixels, clusters are 64 pixels apart. */
const cellsPerTile = 4;

const number = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description });

const feature = Type.Object({
  type: Type.Enum(['Feature']),
  geometry: Type.Object({
    type: Type.Enum(['Point']),
    coordinates: Type.Array(Type.Number(), { description: 'Longitude and latitude: the means of the sales.' }),
  }),
  properties: Type.Object({
    sales: Type.Integer(),
    median: amount(),
    min: wholeAmount('Lowest price.'),
    max: wholeAmount('Highest price.'),
    approximate: Type.Integer({
      description: 'Number of sales that state no coordinates and are placed by their locality or postcode.',
    }),
    support: supportSchema,
    thin: Type.Boolean({ description: `Whether there are fewer than ${thinBelow} sales.` }),
    area: nullableText('Name of the area, if features are areas.'),
    region: nullableText('The region of the area.'),
    id: number('Id of the sale, if the feature is a single sale; the next members are of that sale too.'),
    property_id: number('Property of the sale.'),
    address: nullableText('Address of the sale.'),
    contract_date: nullableText('Contract date of the sale.'),
  }),
});
type Feature = Static<typeof feature>;

/** Sales on a map. */
export const map = defineQuestion({
  name: 'map',
  summary: `Sales or areas in a bounding box as GeoJSON, at most ${maxFeatures.toLocaleString('en-US')} features`,
  methodChanges: [{ since: '0.3.0', sentence: 'Features state their support.' }, standardChange, coveredChange],
  example: { bbox: '140,-40,155,-25', zoom: 5 },
  parameters: Type.Object(
    {
      ...filterParameters,
      bbox: Type.String({
        pattern: boxPattern,
        'x-expected': boxExpected,
        description:
          'west,south,east,north in degrees, WGS 84; west is greater than east if the box crosses the 180th meridian.',
      }),
      zoom: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 22,
          default: 10,
          description: 'Zoom level of a web map. Sales that would be closer than about 64 pixels are clustered.',
        }),
      ),
      of: Type.Optional(
        Type.Enum(['sales', ...levelSchema.enum], {
          default: 'sales',
          description: 'The kind of feature: a sale or cluster of sales, or an area with its sales in the box.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    type: Type.Enum(['FeatureCollection']),
    market: marketHeading,
    of: Type.Enum(['sales', ...levelSchema.enum]),
    clustered: Type.Union([Type.Integer(), Type.Null()], {
      description:
        'The zoom level that sales were clustered for. It is lower than the requested one if that has too many clusters; null if sales were not clustered.',
    }),
    total: Type.Integer({ description: 'Number of features. `features` has those with the most sales.' }),
    sales: Type.Integer({ description: 'Number of sales in the box.' }),
    approximate: Type.Integer({
      description: 'Number of sales in the box that are placed by their locality or postcode.',
    }),
    unlocated: Type.Integer({ description: 'Number of sales that match the filters but have no coordinates.' }),
    features: Type.Array(feature),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'features',
  async ask(db, { bbox, zoom = 10, of = 'sales', ...filters }, market) {
    const box = readBox('bbox', bbox);
    const selection = await select(db, filters, market);
    const values = { ...selection.values, ...box };
    const within = `${selection.where} AND ${isInBox(box)}`;
    const { unlocated, ...inBox } = await db.row<{ sales: number; approximate: number; unlocated: number }>(
      `SELECT count(*) AS sales, count(approximate) AS approximate, (SELECT count(*) FROM sale WHERE ${selection.where} AND (latitude IS NULL OR longitude IS NULL)) AS unlocated
       FROM sale WHERE ${within}`,
      values,
    );
    let clustered: number | null = null;
    let group: string;
    if (of !== 'sales') group = `${levels[of].area}, ${levels[of].region}`;
    else if (zoom >= singlesFromZoom && (await count(single)) <= maxFeatures) group = single;
    else {
      clustered = zoom;
      while ((await count(cell(clustered))) > maxFeatures) clustered -= 1;
      group = cell(clustered);
    }
    async function count(group: string): Promise<number> {
      const { groups } = await db.row<{ groups: number }>(
        `SELECT count(*) AS groups FROM (SELECT 1 FROM sale WHERE ${within} GROUP BY ${group})`,
        values,
      );
      return groups;
    }
    const level = of === 'sales' ? undefined : levels[of];
    const alone = (column: string) => `CASE WHEN count(*) = 1 THEN any_value(${column}) END AS ${column}`;
    const rows = await db.rows<
      Omit<Feature['properties'], 'support'> & { longitude: number; latitude: number; total: number }
    >(
      `SELECT avg(longitude) AS longitude, avg(latitude) AS latitude, count(*) AS sales, quantile_cont(price, 0.5) AS median,
         min(price) AS min, max(price) AS max, count(approximate) AS approximate,
         count(*) < ${thinBelow} AS thin,
         ${level ? `${level.area} AS area, ${level.region} AS region` : 'NULL AS area, NULL AS region'},
         ${['id', 'property_id', 'address', 'contract_date'].map(alone).join(', ')}, count(*) OVER () AS total
       FROM sale WHERE ${within} ${level ? `AND ${level.area} IS NOT NULL` : ''}
       GROUP BY ${group} ORDER BY sales DESC, min(sale.id) LIMIT ${maxFeatures}`,
      values,
    );
    return {
      type: 'FeatureCollection' as const,
      market: heading(market),
      of,
      clustered,
      total: rows[0]?.total ?? 0,
      ...inBox,
      unlocated,
      features: rows.map(({ longitude, latitude, total: _, ...properties }): Feature => {
        return {
          type: 'Feature',
          geometry: { type: 'Point', coordinates: [longitude, latitude] },
          properties: { ...properties, support: supportOf(properties.sales) },
        };
      }),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

/** SQL: the cell of a grid over the square of the Web Mercator projection (EPSG:3857), which ends at 85.05°. */
function cell(zoom: number): string {
  const cells = 2 ** zoom * cellsPerTile;
  const sine = 'sin(radians(greatest(least(latitude, 85.05), -85.05)))';
  return `floor((longitude + 180) / 360 * ${cells}), floor((0.5 - atanh(${sine}) / (2 * pi())) * ${cells})`;
}
