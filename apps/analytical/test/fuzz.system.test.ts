import fc from 'fast-check';
import { expect, it } from 'vitest';
import { service } from './service.ts';

const analytical = service();

const names = [
  ...[
    'market',
    'region',
    'locality',
    'postcode',
    'type',
    'bedrooms_min',
    'bedrooms_max',
    'price_min',
    'price_max',
    'sold_from',
    'sold_to',
  ],
  ...[
    'standard',
    'interval',
    'group_by',
    'level',
    'sort',
    'order',
    'limit',
    'cursor',
    'window',
    'area',
    'of',
    'bins',
    'bbox',
    'zoom',
    'from',
    'to',
    'k',
    'q',
    'id',
    'filename',
    '__proto__',
    'constructor',
  ],
];
/** What callers send by mistake or in malice: near misses, extremes, and text of every kind. */
const value = fc.oneof(
  fc.constantFrom(
    'demo',
    'NSW',
    'house',
    'true',
    'all',
    'month',
    'region',
    'median',
    'asc',
    '1',
    '0',
    '-1',
    '1e400',
    '9007199254740993',
  ),
  fc.constantFrom(
    '2024-02-30',
    '0000-01-01',
    '-000001-01-01',
    '99999-01-01',
    "'; DROP TABLE sale; --",
    '\u0000',
    '\ud800',
    '%',
    '',
    ' ',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer().map(String),
  fc.double().map(String),
);
const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 10 })), value), {
  maxLength: 6,
});

const body = fc.oneof(
  fc.record(
    {
      address: fc.oneof(fc.constant('1 Fuzz St'), fc.string({ unit: 'binary' }), fc.jsonValue()),
      price: fc.oneof(fc.constant(5), fc.integer(), fc.double(), fc.jsonValue()),
      code: fc.oneof(fc.string(), fc.jsonValue()),
      name: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      currency: fc.oneof(fc.constant('AUD'), fc.jsonValue()),
      time_zone: fc.oneof(fc.string(), fc.constantFrom('UTC', 'utc', 'Etc/GMT+5', 'x'), fc.jsonValue()),
      type: fc.string({ unit: 'binary' }),
      sold_on: fc.oneof(value, fc.jsonValue()),
      bedrooms: fc.oneof(fc.integer(), fc.double()),
      bathrooms: fc.double(),
      land_area: fc.double(),
      latitude: fc.double(),
      longitude: fc.double(),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);

/** Encodes as a browser would; a lone surrogate becomes U+FFFD. */
function encode(pairs: [string, string][]): string {
  return new URLSearchParams(pairs).toString();
}

it('no query makes a service fail', async () => {
  const paths = [
    'analytics/summary',
    'analytics/trend',
    'analytics/areas',
    'analytics/compare',
    'analytics/distribution',
    'analytics/facets',
    'analytics/map',
    'analytics/quality',
    'analytics/places',
    'analytics/property',
    'analytics/sales',
    'analytics/sales.csv',
    'properties',
    'imports',
    'markets',
    'markets/demo/changes',
    'markets/demo/changes/sales',
    'properties/1',
    'imports/1',
    'imports/1/events',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), query, async (path, pairs) => {
      const response = await analytical.app.inject(`/api/${path}?${encode(pairs)}`);
      expect([200, 400, 404], response.body).toContain(response.statusCode);
      if (response.statusCode !== 200) expect(response.json().error).toMatch(/\S/);
    }),
    { numRuns: 1_500 },
  );
});

it('no path makes a service fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('', 'api/', 'api/properties/', 'api/imports/', 'assets/'),
      async (text, start) => {
        for (const path of [encodeURI(text.toWellFormed()), encodeURIComponent(text.toWellFormed())]) {
          const response = await analytical.app.inject({ method: 'GET', url: `/${start}${path}` });
          expect(response.statusCode, response.body).toBeLessThan(500);
        }
      },
    ),
    { numRuns: 500 },
  );
});

it('no body makes a service fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('properties', 'markets'), body, fc.boolean(), async (path, json, broken) => {
      const text = JSON.stringify(json);
      const response = await analytical.app.inject({
        method: 'POST',
        url: `/api/${path}`,
        payload: broken ? text.slice(0, -1) : text,
        headers: { 'content-type': 'application/json' },
      });
      expect([201, 400, 409], `${text} ${response.body}`).toContain(response.statusCode);
    }),
    { numRuns: 1_500 },
  );
});
