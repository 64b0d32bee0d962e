/**
 * The attributes of a dwelling that a sale may state, each a number.
 *
 * This list is the only one. The columns that replicas pull, that imports write and that exports hold, the schemas of the API, and the
 * characteristics in hedonic price indices all follow from it. A new attribute takes a migration that adds its column, and an entry here.
 */
export interface Attribute {
  /** Of the column in PostgreSQL. A smallint holds whole numbers only. */
  type: 'smallint' | 'real' | 'double precision';
  /** Square metres, degrees of WGS 84, rooms or the like, a calendar year, or a length in years. Others have none. */
  unit?: 'm²' | '°' | 'rooms' | 'year' | 'years';
  minimum: number;
  maximum: number;
  /** One sentence for people. */
  description: string;
}

const list = {
  bedrooms: { type: 'smallint', unit: 'rooms', minimum: 0, maximum: 999, description: 'Number of bedrooms.' },
  bathrooms: {
    type: 'real',
    unit: 'rooms',
    minimum: 0,
    maximum: 999,
    description: 'Number of bathrooms. A half bathroom has no bath.',
  },
  car_spaces: { type: 'smallint', unit: 'rooms', minimum: 0, maximum: 9999, description: 'Number of car spaces.' },
  land_area: { type: 'double precision', unit: 'm²', minimum: 0, maximum: 1e12, description: 'Land area, in m².' },
  floor_area: { type: 'double precision', unit: 'm²', minimum: 0, maximum: 1e9, description: 'Floor area, in m².' },
  storey: {
    type: 'real',
    minimum: -20,
    maximum: 300,
    description: 'Storey of the dwelling, 1 at the ground. If the source states a range, its middle.',
  },
  year_built: {
    type: 'smallint',
    unit: 'year',
    minimum: 1000,
    maximum: 9999,
    description: 'Year in which the building was completed.',
  },
  lease_start: {
    type: 'smallint',
    unit: 'year',
    minimum: 1000,
    maximum: 9999,
    description: 'Year in which the lease began.',
  },
  lease_remaining: {
    type: 'real',
    unit: 'years',
    minimum: 0,
    maximum: 9999,
    description: 'Remaining years of the lease when the dwelling was sold.',
  },
  grade: {
    type: 'real',
    minimum: 0,
    maximum: 999,
    description: 'Grade of the construction or the condition, by the scale of the source; a higher one is better.',
  },
  new_build: {
    type: 'smallint',
    minimum: 0,
    maximum: 1,
    description: '1 if the dwelling was sold for the first time after its construction, 0 if not.',
  },
  latitude: { type: 'double precision', unit: '°', minimum: -90, maximum: 90, description: 'Latitude, WGS 84.' },
  longitude: { type: 'double precision', unit: '°', minimum: -180, maximum: 180, description: 'Longitude, WGS 84.' },
} as const satisfies Record<string, Attribute>;

/** The name of its column, and of its member in JSON. */
export type AttributeName = keyof typeof list;
/** The attributes that have a unit. */
export type AttributeIn<Unit extends Attribute['unit']> = {
  [Name in AttributeName]: (typeof list)[Name] extends { unit: Unit } ? Name : never;
}[AttributeName];

export const attributes: Record<AttributeName, Attribute> = list;
export const attributeNames = Object.keys(list) as AttributeName[];

/** An object with a member for each attribute, in the order of the list. */
export function eachAttribute<T>(make: (name: AttributeName, attribute: Attribute) => T): Record<AttributeName, T> {
  return Object.fromEntries(attributeNames.map((name) => [name, make(name, attributes[name])])) as Record<
    AttributeName,
    T
  >;
}

/** Whether PostgreSQL refuses a number within the bounds because its column would make it 0. */
export function vanishes({ type }: Attribute, value: number): boolean {
  return type === 'real' && value !== 0 && Math.fround(value) === 0;
}

/** The bounds of a value that a client gives, as members of a JSON schema. An area of 0 would say nothing. */
export function boundsOf({ unit, minimum, maximum }: Attribute) {
  return unit === 'm²' ? { exclusiveMinimum: minimum, maximum } : { minimum, maximum };
}
