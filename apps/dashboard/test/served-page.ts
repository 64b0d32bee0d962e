/** The analytical service on a database of its own, with a market for each state of the page. */
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import { JobQueue } from '@property-insights/imports';
import type { App } from '@property-insights/service';
import { type Logger, pino } from 'pino';
import { createTestDatabase, openDatabase, type TestDatabase } from '../../../test/database.ts';
import { tokens } from '../../../test/tokens.ts';
import { createAnalytical } from '../../analytical/src/app.ts';

export interface ServedPage {
  /** The address of the page, without a final slash. */
  address: string;
  /** With the scope `write`. */
  token: string;
  /** With the scope `admin`. */
  adminToken: string;
  /** Serves the same page with a style for its maps, at another address. */
  withMapStyle(style: URL): Promise<string>;
  /** For a service beside it. */
  parts: { app: App; testDatabase: TestDatabase; replica: Promise<Replica>; log: Logger };
  close(): Promise<void>;
}

/**
 * Besides the demonstration market: `made-up`, synthetic, 6,000 sales of ten years in 120 places with coordinates, which state land and bedrooms; `vale`, real, in pounds, 600 sales of two and a half
 * years, houses in Dale and flats in Hill, and 12 part interests; `twins`, with a Newtown in either region three storeys and two tenures; `empty`, without sales; `loads`, also without, for imports.
 */
const markets = [
  { code: 'made-up', name: 'Made up', currency: 'AUD', is_synthetic: true },
  { code: 'vale', name: 'Vale', currency: 'GBP', attribution: '© Vale Land Registry', licence: 'CC BY 4.0' },
  { code: 'twins', name: 'Twins', currency: 'AUD' },
  { code: 'empty', name: 'Empty', currency: 'SGD' },
  { code: 'loads', name: 'Loads', currency: 'AUD', is_synthetic: true },
];

const sales = `
  WITH drawn AS (
    SELECT 'made-up' AS market, n, DATE '2015-01-01' + n * 3652 / 6000 AS contract_date, 400000 + n * 50 + n % 120 * 5000 + n * 7919 % 90000 AS price,
      (ARRAY['House', 'Unit'])[1 + n % 7 % 2] AS type, 'Place ' || 1 + n % 120 AS locality, (ARRAY['North', 'South', 'East'])[1 + n % 3] AS region,
      NULL AS non_standard, -34 + n % 120 / 100.0 AS latitude, 150.5 + n % 11 / 10.0 AS longitude, 200 + n * 7907 % 700 AS land_area, 1 + n % 5 AS bedrooms, NULL::int AS storey
    FROM generate_series(0, 5999) AS n
    UNION ALL
    SELECT 'vale', n, DATE '2022-01-01' + n * 900 / 612, 200000 + n * 7919 % 300000, (ARRAY['House', 'Flat'])[1 + n % 2],
      (ARRAY['Daleby', 'Hillham'])[1 + n % 2], (ARRAY['Dale', 'Hill'])[1 + n % 2], CASE WHEN n >= 600 THEN 'part interest' END, NULL, NULL, NULL, NULL, NULL
    FROM generate_series(0, 611) AS n
    UNION ALL
    SELECT 'twins', n, DATE '2024-01-01', 100000, 'House', (ARRAY['Newtown', 'Newtown', 'Oldham'])[n], (ARRAY['North', 'South', 'North'])[n], NULL, NULL, NULL, NULL, NULL, n
    FROM generate_series(1, 3) AS n
  ), keyed AS (
    SELECT market.id AS market_id, drawn.*, drawn.market || '-' || n AS key FROM drawn JOIN market ON market.code = drawn.market AND market.id = $2
  ), new_property AS (
    INSERT INTO property (market_id, key) SELECT market_id, key FROM keyed RETURNING id, market_id, key
  )
  INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, contract_date, price, type, address, locality, region, non_standard,
    latitude, longitude, land_area, bedrooms, storey, tenure)
  SELECT market_id, new_property.id, key, md5(key)::uuid, $1, contract_date, price, type, n || ' High St, ' || locality, locality, region, non_standard,
    latitude, longitude, land_area, bedrooms, storey, CASE WHEN storey < 3 THEN 'Freehold' WHEN storey = 3 THEN 'Leasehold' END
  FROM keyed JOIN new_property USING (market_id, key)`;

/** @param directory for the files of the service */
export async function servePage(directory: string): Promise<ServedPage> {
  const log: Logger = pino({ level: 'silent' });
  const testDatabase = await createTestDatabase();
  const database = openDatabase(testDatabase);
  const created = await database.kysely.insertInto('market').values(markets).returning('id').execute();
  for (const { id: marketId } of created) {
    await database.write({ marketId, kind: 'import', author: 'test' }, ({ client, revisionId }) =>
      client.query(sales, [revisionId, marketId]),
    );
  }
  const replica = Replica.open({ directory: join(directory, 'replica'), database, log });
  const jobs = new JobQueue({ directory: join(directory, 'uploads'), database, log });
  const dashboard = join(import.meta.dirname, '../dist');
  const apps: App[] = [];
  const listen = async (mapStyle?: URL) => {
    const app = await createAnalytical({ database, replica, jobs, dashboard, mapStyle, log });
    apps.push(app);
    return app.listen({ host: '127.0.0.1', port: 0 });
  };
  const address = await listen();
  return {
    token: tokens.write,
    adminToken: tokens.admin,
    address,
    withMapStyle: listen,
    parts: { app: apps[0] as App, testDatabase, replica, log },
    async close() {
      await Promise.all(apps.map((app) => app.close()));
      await jobs.close();
      (await replica).close();
      await database.close();
      await testDatabase.drop();
    },
  };
}
