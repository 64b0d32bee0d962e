/**
 * The attributes of a dwelling that a sale may state, each a number.
 *
 * This list is the only one. The columns that replicas pull, that imports write and that exports hold, the schemas of the API, and the
 * characteristics in hedonic price indices all follow from it. A new attribute takes a migration that adds its column, and an entry here.
 */
export interface Attribute {
  /** Of the column in PostgreSQL. A smallint holds whole numbers only. */
  type: 'smallint' | 'real' | 'double precision';
  /** Square metres, or degrees of WGS 84. A number of rooms or the like has none. */
  unit?: 'm²' | '°';
  minimum: number;
  maximum: number;
  /** One sentence for people. */
  description: string;
}

const list = {
  bedrooms: { type: 'smallint', minimum: 0, maximum: 999, description: 'Number of bedrooms.' },
  bathrooms: {
    type: 'real',
    minimum: 0,
    maximum: 999,
    description: 'Number of bathrooms. A half bathroom has no bath.',
  },
  car_spaces: { type: 'smallint', minimum: 0, maximum: 9999, description: 'Number of car spaces.' },
  land_area: { type: 'double precision', unit: 'm²', minimum: 0, maximum: 1e12, description: 'Land area, in m².' },
  floor_area: { type: 'double precision', unit: 'm²', minimum: 0, maximum: 1e9, description: 'Floor area, in m².' },
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
