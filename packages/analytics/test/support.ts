/** What the tests of this package share: a market of sales in PostgreSQL, written as services write them, and replicas of it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@property-insights/database';
import fc from 'fast-check';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { createTestDatabase, openDatabase, type TestDatabase } from '../../../test/database.ts';
import { Replica, type ReplicaFigure } from '../src/index.ts';

export const log = pino({ level: 'silent' });

/** What a test says of a sale; the rest follows from it. */
export interface SaleInput {
  property: number;
  contract_date: string | null;
  price: number;
  type: string | null;
  address: string;
  street: string | null;
  locality: string | null;
  region: string | null;
  postcode: string | null;
  bedrooms: number | null;
  bathrooms: number | null;
  /** m² */
  land_area: number | null;
  floor_area: number | null;
  latitude: number | null;
  longitude: number | null;
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

/** What a test says of a place in a gazetteer. */
export interface PlaceInput {
  name: string | null;
  postcode: string;
  latitude: number;
  longitude: number;
}

/** Any of the values, of one type that holds them all. */
function oneOf<T>(...values: T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values);
}

/** Few different names, dates and dealings, so that sales meet in groups; texts as awkward as they come. */
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
  // Few different places, so that some share one.
  latitude: fc.integer({ min: -3420, max: -3350 }).map((degrees) => degrees / 100),
  longitude: fc.integer({ min: 15050, max: 15130 }).map((degrees) => degrees / 100),
  dealing: oneOf<string | null>(null, null, 'D1', 'D2', 'D3', 'D4', 'D5'),
  non_standard: oneOf<string | null>(null, null, null, 'part interest', 'no price'),
  details: oneOf<Record<string, string> | null>(null, { zoning: 'R2' }, { note: 'a "quoted", \\ thing\n' }),
});

export interface TestReplicaOptions {
  directory?: string;
  /** Where it finds the database. */
  address?: { host: string; port: number };
  /** Where it pulls from. */
  readers?: { host: string; port: number; name: string };
  /** In milliseconds. */
  queryTimeout?: number;
  measure?: (figure: ReplicaFigure, value: number) => void;
}

export class TestMarket {
  testDatabase!: TestDatabase;
  database!: Database;
  id!: number;
  readonly #directories: string[] = [];
  readonly #replicas: Replica[] = [];
  readonly #databases: Database[] = [];

  /** For one test. */
  static async create(): Promise<TestMarket> {
    const market = new TestMarket();
    await market.open();
    onTestFinished(() => market.drop());
    return market;
  }

  async open(): Promise<void> {
    this.testDatabase = await createTestDatabase();
    this.database = openDatabase(this.testDatabase);
    const revision = { marketId: null, kind: 'market', author: 'test' } as const;
    const { result } = await this.database.write(revision, async ({ client }) => {
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO market (code, name, currency) VALUES ('test', 'Test Market', 'AUD') RETURNING id`,
      );
      return rows[0]?.id as number;
    });
    this.id = result;
  }

  /** Adds sales and retires others, as one revision. Gives the ids of those added. */
  async write(added: SaleInput[], retired: number[] = []): Promise<{ ids: number[]; version: number }> {
    const revision = { marketId: this.id, kind: 'import', author: 'test' } as const;
    const { result, version } = await this.database.write(revision, async (transaction) => {
      const { client, revisionId } = transaction;
      await client.query('UPDATE sale SET retired_by = $1 WHERE id = ANY($2)', [revisionId, retired]);
      const rows = added.map((sale) => ({
        ...sale,
        key: randomBytes(8).toString('hex'),
        property: `p${sale.property}`,
      }));
      await client.query(
        `INSERT INTO property (market_id, key) SELECT DISTINCT $1::int, property FROM jsonb_to_recordset($2) AS row (property text)
         ON CONFLICT DO NOTHING`,
        [this.id, JSON.stringify(rows)],
      );
      const { rows: inserted } = await client.query<{ id: number }>(
        `INSERT INTO sale (market_id, property_id, key, fingerprint, issued_at, added_by, contract_date, price, type, address, street, locality,
           region, postcode, bedrooms, bathrooms, land_area, floor_area, latitude, longitude, dealing, non_standard, details)
         SELECT $1, property.id, row.key, md5(row.key)::uuid, '2024-06-01T12:00:00+10', $3, contract_date, price, type, address, street, locality,
           region, postcode, bedrooms, bathrooms, land_area, floor_area, latitude, longitude, dealing, non_standard, details
         FROM jsonb_to_recordset($2) AS row (key text, property text, contract_date date, price bigint, type text, address text,
           street text, locality text, region text, postcode text, bedrooms smallint, bathrooms real, land_area double precision,
           floor_area double precision, latitude double precision, longitude double precision, dealing text, non_standard text, details jsonb)
         JOIN property ON property.market_id = $1 AND property.key = row.property
         RETURNING sale.id`,
        [this.id, JSON.stringify(rows), revisionId],
      );
      transaction.salesAdded = added.length;
      transaction.salesRetired = retired.length;
      return inserted.map(({ id }) => id);
    });
    return { ids: result, version };
  }

  /** Adds places to a market's gazetteer and retires others, as one revision. Gives the ids of those added. */
  async writePlaces(added: PlaceInput[], retired: number[] = [], marketId = this.id): Promise<number[]> {
    const revision = { marketId, kind: 'import', author: 'test' } as const;
    const { result } = await this.database.write(revision, async (transaction) => {
      const { client, revisionId } = transaction;
      await client.query('UPDATE gazetteer_place SET retired_by = $1 WHERE id = ANY($2)', [revisionId, retired]);
      const ids = [];
      for (const { name, postcode, latitude, longitude } of added) {
        const key = randomBytes(16).toString('hex');
        const { rows } = await client.query<{ id: number }>(
          `INSERT INTO gazetteer_place (market_id, key, fingerprint, added_by, name, postcode, latitude, longitude)
           VALUES ($1, $2, md5($2)::uuid, $3, $4, $5, $6, $7) RETURNING id`,
          [marketId, key, revisionId, name, postcode, latitude, longitude],
        );
        ids.push(rows[0]?.id as number);
      }
      transaction.placesAdded = added.length;
      transaction.placesRetired = retired.length;
      return ids;
    });
    return result;
  }

  /** Does what no service may, as the master user. */
  async administer(sql: string): Promise<void> {
    const { host, port, name, master } = this.testDatabase;
    const client = new pg.Client({ host, port, database: name, user: master.username, password: master.password });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  /** An empty directory for a replica. */
  async directory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'property-insights-replica-'));
    this.#directories.push(directory);
    return directory;
  }

  /** A replica as a reporting task has one. */
  async replica({
    directory,
    address = this.testDatabase,
    readers,
    queryTimeout,
    measure,
  }: TestReplicaOptions = {}): Promise<Replica> {
    const database = openDatabase(this.testDatabase, { user: 'reporting', ...address, readers });
    this.#databases.push(database);
    const replica = await Replica.open({
      directory: directory ?? (await this.directory()),
      database,
      log,
      queryTimeout,
      measure,
    });
    this.#replicas.push(replica);
    return replica;
  }

  /** Closes a replica before the end of the test. */
  close(replica: Replica): void {
    this.#replicas.splice(this.#replicas.indexOf(replica), 1);
    replica.close();
  }

  async drop(): Promise<void> {
    for (const replica of this.#replicas.splice(0)) replica.close();
    await Promise.all([this.database, ...this.#databases.splice(0)].map((database) => database.close()));
    await Promise.all(this.#directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
    await this.testDatabase.drop();
  }
}

/** Creates a market before the tests of a file, or before `each`, and drops it after. */
export function testMarket({ each = false } = {}): TestMarket {
  const market = new TestMarket();
  const [before, after] = each ? [beforeEach, afterEach] : [beforeAll, afterAll];
  before(() => market.open());
  after(() => market.drop());
  return market;
}
