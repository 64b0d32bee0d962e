/** Sales and places as the tests of this package state them. */
import type { AttributeValues } from '@property-insights/database';
import fc from 'fast-check';

/** The attributes that tests of replicas state. */
type StatedAttribute = 'bedrooms' | 'bathrooms' | 'land_area' | 'floor_area' | 'latitude' | 'longitude';

/** What a test states of a sale. The other columns follow from it. */
export interface SaleInput
  extends Partial<Omit<AttributeValues, StatedAttribute>>,
    Pick<AttributeValues, StatedAttribute> {
  property: number;
  /** By default the number of the row. */
  key?: string;
  /** When the source issued the row, with its zone. */
  issued_at?: string | null;
  contract_date: string | null;
  price: number;
  type: string | null;
  address: string;
  street: string | null;
  locality: string | null;
  region: string | null;
  postcode: string | null;
  dealing: string | null;
  non_standard: string | null;
  details: Record<string, string> | null;
}

export const plainSale: SaleInput = {
  property: 1,
  contract_date: '2024-03-15',
  price: 500_000,
  type: 'House',
  address: '1 Green St',
  street: 'Green St',
  locality: 'Parramatta',
  region: 'NSW',
  postcode: '2150',
  bedrooms: 3,
  bathrooms: 1.5,
  land_area: 500,
  floor_area: null,
  latitude: -33.8,
  longitude: 151,
  dealing: null,
  non_standard: null,
  details: null,
};

/** What a test states of a place in a gazetteer. */
export interface PlaceInput {
  name: string | null;
  postcode: string;
  latitude: number;
  longitude: number;
}

/** One of the values, with a type that holds them all. */
function oneOf<T>(...values: T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values);
}

/** Few different names, dates and dealings, so that sales share groups; texts that are difficult to quote. */
export const anySale: fc.Arbitrary<SaleInput> = fc.record({
  property: fc.integer({ min: 1, max: 30 }),
  contract_date: fc.option(
    fc
      .date({ min: new Date('2018-01-01'), max: new Date('2024-05-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    { freq: 15 },
  ),
  price: fc.integer({ min: 0, max: 5_000_000 }),
  type: oneOf<string | null>('House', 'Unit', 'Land', null),
  address: fc.oneof(
    fc.constantFrom('', '"', '",\n"', '1 "Green" St,\r\nSydney', '\\N', '\\.', 'NULL', " ' ; -- ", '住宅 🏠'),
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
  ),
  street: oneOf<string | null>('Green St', 'Church St', null),
  locality: oneOf<string | null>('Parramatta', "O'Connell", 'St Marys', 'Mosman', null),
  region: oneOf<string | null>('NSW', 'VIC', null),
  postcode: oneOf<string | null>('2150', '0800', '', null),
  bedrooms: fc.option(fc.integer({ min: 0, max: 6 })),
  bathrooms: oneOf<number | null>(null, 1, 1.5, 2),
  land_area: fc.option(fc.integer({ min: 0, max: 4000 }).map((area) => area / 4)),
  floor_area: fc.option(fc.integer({ min: 30, max: 300 })),
  // Few different positions, so that some sales share one.
  latitude: fc.integer({ min: -3420, max: -3350 }).map((degrees) => degrees / 100),
  longitude: fc.integer({ min: 15050, max: 15130 }).map((degrees) => degrees / 100),
  dealing: oneOf<string | null>(null, null, 'D1', 'D2', 'D3', 'D4', 'D5'),
  non_standard: oneOf<string | null>(null, null, null, 'part interest', 'no price'),
  details: oneOf<Record<string, string> | null>(null, { zoning: 'R2' }, { note: 'a "quoted", \\ thing\n' }),
});
