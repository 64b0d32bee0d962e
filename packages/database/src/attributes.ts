/**
 * The attributes of a dwelling that a sale may state, each a number or a text.
 *
 * The columns that replicas pull, that imports write and that exports hold, the schemas of the API, and the characteristics in hedonic price
 * indices follow from this list. CONTRIBUTING.md lists what else a new attribute needs.
 */
export type Attribute = NumberAttribute | TextAttribute;

export interface NumberAttribute {
  /** Of the column in PostgreSQL. A smallint holds whole numbers only. */
  type: 'smallint' | 'real' | 'double precision';
  /** Square metres, degrees of WGS 84, rooms or the like, a calendar year, or a length in years. Others have none. */
  unit?: 'm²' | '°' | 'rooms' | 'year' | 'years';
  minimum: number;
  maximum: number;
  /** One sentence for people. */
  description: string;
}

/** A category of the source, in its own words. */
export interface TextAttribute {
  type: 'text';
  unit?: undefined;
  /** One sentence for people. */
  description: string;
}

/** The maximum length of a text attribute, in characters. */
export const maxAttributeLength = 100;

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
  year_renovated: {
    type: 'smallint',
    unit: 'year',
    minimum: 1000,
    maximum: 9999,
    description: 'Year of the last renovation that the source counts; the year of construction if there was none.',
  },
  condition: {
    type: 'real',
    minimum: 0,
    maximum: 999,
    description: 'Condition of the building, by the scale of the source; a higher one is better.',
  },
  waterfront: {
    type: 'smallint',
    minimum: 0,
    maximum: 1,
    description: '1 if the dwelling is on a waterfront, 0 if not.',
  },
  tenure: { type: 'text', description: 'Tenure, such as Freehold or Leasehold.' },
  flat_model: {
    type: 'text',
    description: 'Model of the flat, such as Improved or Maisonette, by the names of the source.',
  },
  zoning: { type: 'text', description: 'Zoning of the land, by the code of the source, such as R2.' },
  latitude: { type: 'double precision', unit: '°', minimum: -90, maximum: 90, description: 'Latitude, WGS 84.' },
  longitude: { type: 'double precision', unit: '°', minimum: -180, maximum: 180, description: 'Longitude, WGS 84.' },
} as const satisfies Record<string, Attribute>;

/** The name of its column, and of its member in JSON. */
export type AttributeName = keyof typeof list;
/** The attributes that have a unit. */
export type AttributeIn<Unit extends Attribute['unit']> = {
  [Name in AttributeName]: (typeof list)[Name] extends { unit: Unit } ? Name : never;
}[AttributeName];

/** The attributes that are texts. */
export type TextAttributeName = {
  [Name in AttributeName]: (typeof list)[Name] extends TextAttribute ? Name : never;
}[AttributeName];
export type NumberAttributeName = Exclude<AttributeName, TextAttributeName>;
export type AttributeValue<Name extends AttributeName> = Name extends TextAttributeName ? string : number;
/** An object with the value of each attribute, null where it is not stated. */
export type AttributeValues = { [Name in AttributeName]: AttributeValue<Name> | null };

export const attributes: Record<NumberAttributeName, NumberAttribute> & Record<TextAttributeName, TextAttribute> = list;
export const attributeNames = Object.keys(list) as AttributeName[];

export function isTextAttribute(name: AttributeName): name is TextAttributeName {
  return attributes[name].type === 'text';
}

/** An object with a member for each attribute, in the order of the list. */
export function eachAttribute<T>(make: (name: AttributeName, attribute: Attribute) => T): Record<AttributeName, T>;
export function eachAttribute<N, T>(
  ofNumber: (name: NumberAttributeName, attribute: NumberAttribute) => N,
  ofText: (name: TextAttributeName, attribute: TextAttribute) => T,
): Record<NumberAttributeName, N> & Record<TextAttributeName, T>;
export function eachAttribute(
  make: (name: never, attribute: never) => unknown,
  ofText: (name: never, attribute: never) => unknown = make,
): Record<string, unknown> {
  const one = (name: AttributeName) =>
    (isTextAttribute(name) ? ofText : make)(name as never, attributes[name] as never);
  return Object.fromEntries(attributeNames.map((name) => [name, one(name)]));
}

/** Whether PostgreSQL refuses a number within the bounds because its column would make it 0. */
export function vanishes({ type }: NumberAttribute, value: number): boolean {
  return type === 'real' && value !== 0 && Math.fround(value) === 0;
}

/** The bounds of a value that a client gives, as members of a JSON schema. An area of 0 would say nothing. */
export function boundsOf({ unit, minimum, maximum }: NumberAttribute) {
  return unit === 'm²' ? { exclusiveMinimum: minimum, maximum } : { minimum, maximum };
}
