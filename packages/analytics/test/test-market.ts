/** A market of sales in PostgreSQL, written as services write them, and replicas of it: for tests of how a replica follows a database. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, SaleRow } from '@property-insights/database';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { createTestDatabase, openDatabase, type TestDatabase } from '../../../test/database.ts';
import { Replica, type ReplicaMetric, type ReplicaOptions } from '../src/index.ts';
import type { PlaceInput, SaleInput } from './sales.ts';

const log = pino({ level: 'silent' });

/** Where questions are said to be asked. */
export const address = 'https://example.org/api/analytics/question';

export interface TestReplicaOptions {
  directory?: string;
  /** Where it finds the database. */
  address?: { host: string; port: number };
  /** Where it pulls from. */
  readers?: { host: string; port: number; name: string };
  /** In milliseconds. */
  queryTimeout?: number;
  maxPastBytes?: number;
  placeAtOnce?: number;
  /** In milliseconds. */
  loadTimeout?: number;
  exportLimits?: ReplicaOptions['exportLimits'];
  measure?: (figure: ReplicaMetric, value: number) => void;
  onFatal?: (error: unknown) => void;
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
    const marketId = async (client: pg.PoolClient) => {
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO market (code, name, currency) VALUES ('test', 'Test Market', 'AUD') RETURNING id`,
      );
      this.id = rows[0]?.id as number;
      return this.id;
    };
    await this.database.write({ marketId, kind: 'market', author: 'test' }, async () => {});
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

  /** The sales in force. */
  async sales(): Promise<SaleRow[]> {
    const { kysely } = this.database;
    return kysely
      .selectFrom('sale')
      .selectAll()
      .where('market_id', '=', this.id)
      .where('retired_by', 'is', null)
      .execute();
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
    maxPastBytes,
    placeAtOnce,
    loadTimeout,
    exportLimits,
    measure,
    onFatal,
  }: TestReplicaOptions = {}): Promise<Replica> {
    const database = openDatabase(this.testDatabase, { user: 'reporting', ...address, readers });
    this.#databases.push(database);
    const replica = await Replica.open({
      directory: directory ?? (await this.directory()),
      database,
      log,
      queryTimeout,
      loadTimeout,
      ...(maxPastBytes !== undefined && { maxPastBytes }),
      ...(placeAtOnce !== undefined && { placeAtOnce }),
      exportLimits,
      measure,
      ...(onFatal && { onFatal }),
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
