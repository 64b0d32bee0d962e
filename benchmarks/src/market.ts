/**
 * Generates markets of any size. Set-based SQL writes them directly into the tables in the form of the write protocol: one revision, the sales that name
 * it, the next version. An import of ten million sales would take most of an hour. The same size produces the same sales on every machine.
 */
import { randomBytes } from 'node:crypto';
import type { LocalSystem } from '@property-insights/local';
import pg from 'pg';

/** The database of the market, with a superuser's login. */
export type Superuser = Pick<pg.ClientConfig, 'host' | 'port' | 'user' | 'password' | 'database'>;

export interface GeneratedMarket {
  code: string;
  sales: number;
}

/** Four thousand localities in eight regions, with sixty streets each: the size of a state or a small country. */
const localities = 4_000;
const streetsInLocality = 60;

const starts =
  'Ash Beech Birch Black Bright Brook Burn Cedar Clear Cold Craw Dale Deep East Elm Fair Fern Glen Gold Grange Green Hart Hazel Heath High Holly Iron Kings Lake Lang Lime Long Maple Marsh Mill Moor New North Oak Old Park Pine Queens Red Ridge Rock Rose Sand Sea Silver South Spring Stone Sun Thorn Upper Vale West White Wild Willow Wind Wood Yew'.split(
    ' ',
  );
const ends =
  'acre bank bay beach borough bourne bridge brook bury by chester cliff combe cote cross dale dean den down edge end fell field ford gate glen grove ham harbour haven hill hollow holme hurst land lea leigh ley marsh mead mere minster moor mouth park point pool port ridge shaw side stead stone stow thorpe ton view ville water way wick wood worth'.split(
    ' ',
  );
const streets =
  'Acacia Albert Avon Bank Bell Bridge Castle Chapel Church Clarence Cook Crown Derby Duke Earl Ferry Forest George Grove Hill Hope James John King Lake London Main Mary Mill Nelson Oak Orchard Oxford Park Pine Prince Queen Regent River Rose School Spring Station Stuart Sydney Temple Tower Union Vale Victoria Walker Water Well West William Windsor Wood York Albion Amber'.split(
    ' ',
  );

/** SQL functions of a number; equal numbers always give equal values. `u` is uniform from 0 to 1, `normal` standard normal (nearly). */
const functions = `
  CREATE FUNCTION pg_temp.u(n bigint, seed bigint) RETURNS float8 IMMUTABLE LANGUAGE sql
    RETURN (hashint8extended(n, seed) & 4294967295)::float8 / 4294967296::float8;
  CREATE FUNCTION pg_temp.normal(n bigint, seed bigint) RETURNS float8 IMMUTABLE LANGUAGE sql
    RETURN ((hashint8extended(n, seed) & 65535) + ((hashint8extended(n, seed) >> 16) & 65535) + ((hashint8extended(n, seed) >> 32) & 65535)
      + ((hashint8extended(n, seed) >> 48) & 65535) - 131070)::float8 * (sqrt(3::float8) / 65536);`;

/** Creates a superuser in the database of a running system. */
export async function createSuperuser(system: LocalSystem): Promise<Superuser> {
  const password = randomBytes(16).toString('hex');
  await system.database.administer((client) =>
    client.query(`CREATE ROLE benchmark SUPERUSER LOGIN PASSWORD '${password}'`),
  );
  const { host, port } = system.database;
  return { host, port, user: 'benchmark', password, database: 'property_insights' };
}

/** Generates the market in the database of a running system. Resolves to the login of a new superuser. */
export async function generateInto(system: LocalSystem, market: GeneratedMarket): Promise<Superuser> {
  const started = performance.now();
  const superuser = await createSuperuser(system);
  await generateMarket(superuser, market);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`generated ${market.sales.toLocaleString('en')} sales in ${seconds} s`);
  return superuser;
}

/** Generates the market, and the statistics for PostgreSQL's planner. */
async function generateMarket(superuser: Superuser, { code, sales }: GeneratedMarket): Promise<void> {
  const client = new pg.Client(superuser);
  await client.connect();
  try {
    await client.query(functions);
    await client.query('BEGIN');
    const { rows } = await client.query<{ market: number; revision: string }>(
      `WITH market AS (
         INSERT INTO market (code, name, currency, is_synthetic) VALUES ($1, $2, 'AUD', true) RETURNING id
       )
       INSERT INTO revision (market_id, kind, author, sales_added) SELECT id, 'import', 'benchmark', $3 FROM market
       RETURNING market_id AS market, id AS revision`,
      [code, `${sales} generated sales`, sales],
    );
    const { market, revision } = rows[0] as (typeof rows)[number];
    // For speed, without the trigger that checks each property, and with indexes created after the rows.
    await client.query('SET LOCAL session_replication_role = replica');
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'sale' AND indexname <> 'sale_pkey'`,
    );
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    const properties = Math.ceil(sales * 0.6);
    const { rows: firsts } = await client.query<{ first: string }>(
      `SELECT coalesce(max(id), 0) + 1 AS first FROM property`,
    );
    const first = Number(firsts[0]?.first);
    await client.query(
      `INSERT INTO property (id, market_id, key) OVERRIDING SYSTEM VALUE SELECT $1::bigint + n - 1, $2, 'p' || n FROM generate_series(1, $3::int) AS n`,
      [first, market, properties],
    );
    await client.query(`SELECT setval(pg_get_serial_sequence('property', 'id'), $1)`, [first + properties - 1]);
    await client.query(
      `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, contract_date, settlement_date, price, type, address, street,
         locality, region, postcode, bedrooms, bathrooms, car_spaces, land_area, floor_area, latitude, longitude, dealing, non_standard, details)
       ${generatedSales}`,
      [market, revision, sales, properties, starts, ends, streets, first],
    );
    for (const { definition } of indexes) await client.query(definition);
    await client.query('SET LOCAL session_replication_role = origin');
    await client.query('UPDATE revision SET version = 0 WHERE id = $1', [revision]);
    await client.query('COMMIT');
    await client.query('VACUUM (ANALYZE) sale');
    await client.query('VACUUM (ANALYZE) property');
    // A later checkpoint would disturb the measurements.
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

/** Prevents PostgreSQL from repeating the expressions of a step in each use by the next step. */
const onceEach = 'OFFSET 0';

/** Binds market, revision, sales, properties, the names' starts and ends, streets, and the first property's id. */
const generatedSales = `
  WITH drawn AS (
    SELECT n, 1 + (hashint8extended(n, 1) & 2147483647) % $4::int AS p FROM generate_series(1, $3::int) AS n ${onceEach}
  ),
  placed AS (
    SELECT *, floor(${localities} * pg_temp.u(p, 2) ^ 1.4)::int AS l, floor(${streetsInLocality} * pg_temp.u(p, 3))::int AS s,
      pg_temp.u(p, 4) AS kind, floor(7305 * pg_temp.u(n, 5))::int AS day
    FROM drawn ${onceEach}
  ),
  described AS (
    SELECT *, CASE WHEN kind < 0.55 THEN 'House' WHEN kind < 0.85 THEN 'Unit' WHEN kind < 0.95 THEN 'Townhouse' ELSE 'Land' END AS type,
      ($5::text[])[1 + l % 64] || ($6::text[])[1 + l / 64 % 64] AS locality,
      ($7::text[])[1 + (l * 7 + s) % 60] || (ARRAY[' St', ' Rd', ' Ave', ' Ct'])[1 + s % 4] AS street,
      1 + floor(180 * pg_temp.u(p, 6) ^ 2)::int AS house, 1 + floor(4.2 * pg_temp.u(p, 7))::int AS rooms
    FROM placed ${onceEach}
  )
  SELECT $1::int, $8::bigint + p - 1, 's' || n, md5(n::text)::uuid, $2::bigint, DATE '2005-01-01' + day, DATE '2005-01-01' + day + 42,
    500 * round(exp(12.6 + 0.5 * pg_temp.normal(l, 8) + 0.18 * rooms + 0.04 * day / 365.25::float8 + 0.2 * pg_temp.normal(p, 9) + 0.08 * pg_temp.normal(n, 10)
      - CASE type WHEN 'Unit' THEN 0.3 WHEN 'Land' THEN 0.6 ELSE 0 END) / 500)::bigint,
    type, CASE WHEN type = 'Unit' THEN 1 + p % 40 || '/' ELSE '' END || house || ' ' || street || ', ' || locality, street, locality,
    (ARRAY['NSW', 'VIC', 'QLD', 'WA', 'SA', 'TAS', 'ACT', 'NT'])[1 + l % 8], (2000 + l / 2)::text,
    CASE WHEN type <> 'Land' THEN rooms END, CASE WHEN type <> 'Land' THEN 1 + rooms / 2 END, CASE WHEN type <> 'Land' THEN rooms / 2 END,
    CASE WHEN type <> 'Unit' THEN round(600 * exp(0.4 * pg_temp.normal(p, 11))) END,
    CASE WHEN type <> 'Land' THEN round(30 + 32 * rooms * exp(0.15 * pg_temp.normal(p, 12))) END,
    -38 + 10 * pg_temp.u(l, 13) + 0.01 * pg_temp.normal(p, 14),
    141 + 10 * pg_temp.u(l, 15) + 0.01 * pg_temp.normal(p, 16),
    'D' || n, CASE WHEN pg_temp.u(n, 17) < 0.01 THEN 'part interest' END, '{"zoning": "R2"}'
  FROM described`;
