/** The subject: the dwelling to value, either a property of the market or a description. */
import {
  attributes,
  boundsOf,
  maxAttributeLength,
  type NumberAttributeName,
  type TextAttributeName,
} from '@property-insights/database';
import Type, { type Static } from 'typebox';
import type { Connection, Values } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { categories, eachCategory, eachFeature, eachMeasure, type Features, features, measures } from '../features.ts';
import { filterParameters, type NameColumn, namesInUse, unknownName } from '../filters.ts';
import type { Market } from '../market.ts';
import { regionsOf } from '../named-areas.ts';
import { statedAttribute } from '../sale-rows.ts';
import { findNamed } from '../spellings.ts';
import { addressesLike } from './address.ts';

export interface Subject extends Features {
  property_id: number | null;
  address: string | null;
  type: string | null;
  street: string | null;
  /** Its number in the street. */
  building: string | null;
  locality: string | null;
  region: string | null;
  postcode: string | null;
  latitude: number | null;
  longitude: number | null;
  /** Whose middle the coordinates are, if it has none of its own. */
  approximate: 'locality' | 'postcode' | null;
}

/** Columns that a sale and a subject have in common. */
export const subjectColumns = [
  'property_id',
  'address',
  'type',
  'street',
  'locality',
  'region',
  'postcode',
  'latitude',
  'longitude',
  'approximate',
  ...features,
] as const;

/** SQL: the number of a building in its street, which its flats have in common: 12 for `3/12 Green St` and for `Flat 3, 12 Green St`. */
export const building = `nullif(regexp_extract(split_part(address, street, 1), '(\\d+[A-Za-z]?)\\W*$', 1), '')`;

const name = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }));
const number = (name: NumberAttributeName, description = attributes[name].description) =>
  Type.Optional(Type.Number({ ...boundsOf(attributes[name]), description }));
const text = (name: TextAttributeName) =>
  Type.Optional(
    Type.String({ minLength: 1, maxLength: maxAttributeLength, description: attributes[name].description }),
  );

export const subjectParameters = {
  market: filterParameters.market,
  id: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'A property: the `property_id` of a sale.',
    }),
  ),
  address: name(
    'The address of a property. Case, accents, punctuation and abbreviations such as St for Street are ignored, and its place may follow.',
  ),
  type: name(
    'Dwelling type. With an id or an address, this and the following parameters override what its last sale states.',
  ),
  locality: name(
    'Suburb or town. Without an id or an address, a type and one of locality, postcode and coordinates are required.',
  ),
  region: name('Required if several regions have a locality with that name.'),
  postcode: name('Postcode.'),
  latitude: number('latitude', 'WGS 84, together with longitude.'),
  longitude: number('longitude', 'WGS 84, together with latitude.'),
  ...eachMeasure((name) => number(name)),
  ...eachCategory((name) => text(name)),
  valued_on: Type.Optional(
    Type.String({
      format: 'date',
      description:
        "The valuation day: only earlier sales are used. The default is the day after the market's last sale, because the data may end long before today.",
    }),
  ),
};
const parameters = Type.Object(subjectParameters);
export type SubjectParameters = Static<typeof parameters>;

const orNull = <T extends Type.TSchema>(type: T) => Type.Union([type, Type.Null()]);
export const subjectSchema = Type.Object(
  {
    property_id: orNull(Type.Integer()),
    address: orNull(Type.String()),
    type: orNull(Type.String()),
    street: orNull(Type.String()),
    building: orNull(Type.String({ description: 'The number of the building in its street.' })),
    locality: orNull(Type.String()),
    region: orNull(Type.String()),
    postcode: orNull(Type.String()),
    latitude: orNull(Type.Number()),
    longitude: orNull(Type.Number()),
    approximate: orNull(
      Type.Enum(['locality', 'postcode'], {
        description: 'Whose middle the coordinates are; null if they are its own, or there are none.',
      }),
    ),
    ...eachMeasure(statedAttribute),
    ...eachCategory(statedAttribute),
  },
  { description: 'The dwelling that is valued; null means not known.' },
);

const nothing: Subject = {
  property_id: null,
  address: null,
  type: null,
  street: null,
  building: null,
  locality: null,
  region: null,
  postcode: null,
  latitude: null,
  longitude: null,
  approximate: null,
  ...eachFeature(() => null),
};

/** @throws InvalidQuestion if the property is not in the market, or the description is not sufficient */
export async function readSubject(
  db: Connection,
  parameters: SubjectParameters,
  market: Market,
  day: string,
): Promise<Subject> {
  const { id, address, latitude, longitude } = parameters;
  if ((latitude === undefined) !== (longitude === undefined)) {
    throw new InvalidQuestion(
      latitude === undefined ? 'latitude' : 'longitude',
      'latitude and longitude have to be given together.',
    );
  }
  const known = id !== undefined || address !== undefined;
  const subject = known ? await knownProperty(db, { id, address, type: parameters.type }, market, day) : { ...nothing };
  for (const column of ['type', 'locality', 'region', 'postcode', ...categories] as const) {
    const given = parameters[column];
    if (given !== undefined) subject[column] = await spelling(db, column, given, market);
  }
  if (!known && subject.locality !== null && subject.region === null) {
    subject.region = await regionOf(db, subject.locality);
  }
  for (const name of [...measures, 'latitude', 'longitude'] as const) {
    const given = parameters[name];
    if (given !== undefined) subject[name] = given;
  }
  if (latitude !== undefined) subject.approximate = null;
  if (!known && subject.locality === null && subject.postcode === null && subject.latitude === null) {
    throw new InvalidQuestion(
      'locality',
      'The dwelling to value is missing: give an id or an address of a property, or a type with a locality, a postcode, or latitude and longitude.',
    );
  }
  if (subject.type === null && !known) {
    const { types } = await db.row<{ types: string | null }>(
      `SELECT string_agg(type, ', ' ORDER BY type) AS types FROM (
         SELECT type FROM place WHERE type IS NOT NULL GROUP BY type HAVING sum(sales) > 0)`,
    );
    if (types)
      throw new InvalidQuestion('type', `type is required to value a described dwelling; ${market.name} has ${types}.`);
  }
  return subject;
}

/** SQL: attributes that a sale states of its own day, as they are on the valuation day. */
const statedOn: Partial<Record<(typeof subjectColumns)[number], string>> = {
  new_build: `CASE WHEN contract_date < $day::DATE AND new_build = 1 THEN 0 ELSE new_build END AS new_build`,
  lease_remaining: `CASE WHEN lease_remaining >= 0
    THEN greatest(0, round(lease_remaining - coalesce(($day::DATE - contract_date) / 365.25, 0), 2)) END AS lease_remaining`,
};

/** A property, as described by its last sale before a day, or by its first sale after it. */
async function knownProperty(
  db: Connection,
  { id, address, type }: Pick<SubjectParameters, 'id' | 'address' | 'type'>,
  market: Market,
  day: string,
): Promise<Subject> {
  const values = { day };
  const columns = `${subjectColumns.map((name) => statedOn[name] ?? name).join(', ')}, ${building} AS building`;
  const latest = `QUALIFY row_number() OVER (PARTITION BY property_id ORDER BY contract_date < $day::DATE DESC NULLS LAST,
    CASE WHEN contract_date < $day::DATE THEN $day::DATE - contract_date ELSE contract_date - $day::DATE END NULLS LAST, id DESC) = 1`;
  if (id !== undefined) {
    const [subject] = await db.rows<Subject>(`SELECT ${columns} FROM sale WHERE property_id = $id::BIGINT ${latest}`, {
      ...values,
      id,
    });
    if (subject) return subject;
    throw new InvalidQuestion(
      'id',
      `${market.name} has no property ${id} with a sale in force; \`sales\` and \`places\` return ids.`,
    );
  }
  const ofType = type === undefined ? 'true' : 'lower(type) = lower($type)';
  const typed = { ...values, ...(type === undefined ? {} : { type }) };
  const read = (condition: string, bound: Values) =>
    db.rows<Stated>(
      `SELECT ${columns}, details FROM sale WHERE ${condition} AND ${ofType} ${latest} ORDER BY property_id LIMIT 11`,
      { ...typed, ...bound },
    );
  let found = await read('lower(address) = lower($address)', { address: address as string });
  if (found.length === 0) {
    const ids = [...new Set((await addressesLike(db, address as string)).map(({ property_id }) => property_id))];
    if (ids.length > 0) found = await read(`property_id IN (${ids.slice(0, 11).join(', ')})`, {});
  }
  const [subject] = found;
  if (subject && found.length === 1) {
    const { details: _, ...known } = subject;
    return known;
  }
  if (subject) {
    const each = found
      .slice(0, 10)
      .map((one) => `${one.property_id} (${differing(one, found) || 'no difference stated'})`);
    throw new InvalidQuestion(
      'address',
      `Several properties have the address "${address}"; give the id of one of them: ${each.join(', ')}${found.length > 10 ? ', …' : ''}.`,
    );
  }
  const closest = await db.rows<{ address: string }>(
    `SELECT address FROM sale GROUP BY address
     ORDER BY max(jaro_winkler_similarity(lower(address), lower($address))) DESC, address LIMIT 3`,
    { address: address as string },
  );
  throw new InvalidQuestion(
    'address',
    `${market.name} has no sale at "${address}"${type === undefined ? '' : ` of type "${type}"`}; the closest addresses are ${closest.map((row) => `"${row.address}"`).join(', ')}.`,
  );
}

/** What distinguishes properties of one address, by their ids: empty if their last sales state no difference. */
export async function differences(db: Connection, ids: number[]): Promise<Map<number, string>> {
  // By their rows, so that DuckDB reads the many columns of these sales only: a quarter of the time among a million sales.
  const last = await db.rows<Stated & { property_id: number }>(
    `SELECT ${subjectColumns.join(', ')}, details FROM sale WHERE rowid IN (SELECT rowid FROM sale WHERE property_id IN (${ids.join(', ')}))
     QUALIFY row_number() OVER (PARTITION BY property_id ORDER BY contract_date DESC NULLS LAST, id DESC) = 1`,
  );
  return new Map(last.map((one) => [one.property_id, differing(one, last)]));
}

type Stated = Subject & { details: string | null };

/** What a sale states otherwise than others of the same address: `Unit, floor area 67, storey 07 TO 09`. */
function differing(one: Stated, all: Stated[]): string {
  const statedBy = ({ details, ...subject }: Stated): Record<string, unknown> => {
    const { type, address, locality, postcode } = subject;
    const own = Object.fromEntries(features.map((name) => [name, subject[name]]));
    return { type, address, locality, postcode, ...own, ...(JSON.parse(details ?? '{}') as object) };
  };
  const others = all.map(statedBy);
  return Object.entries(statedBy(one))
    .filter(([name, value]) => (value ?? null) !== null && others.some((other) => other[name] !== value))
    .map(([name, value]) =>
      ['type', 'address', 'locality'].includes(name) ? value : `${name.replaceAll('_', ' ')} ${value}`,
    )
    .join(', ');
}

async function spelling(db: Connection, column: NameColumn, given: string, market: Market): Promise<string> {
  const found = (await findNamed(db, [given], namesInUse(column))).get(given)?.[0]?.name;
  if (found === undefined) throw await unknownName(db, column, given, market);
  return found;
}

async function regionOf(db: Connection, locality: string): Promise<string | null> {
  const regions = await regionsOf(db, locality);
  if (regions.length > 1) {
    const names = regions.map((region) => region ?? 'none');
    throw new InvalidQuestion(
      'region',
      `${locality} is in several regions: ${names.join(', ')}; give one of them as region.`,
    );
  }
  return regions[0] ?? null;
}
