/** A thousand small markets beside a large one: what a replica takes to start, to answer, and to keep. */
import { join } from 'node:path';
import pg from 'pg';
import type { BenchmarkResult } from './benchmark.ts';
import { generateInto } from './market.ts';
import { ReplicaProcess, sizeOf } from './replica-driver.ts';
import { withSystem } from './system.ts';

export const title = 'Milliseconds and megabytes of a replica of a thousand markets of 20 sales and a large one';

const smallMarkets = 1_000;
const asked = 100;

export async function run(sizes: number[]): Promise<BenchmarkResult> {
  const sales = Math.max(...sizes);
  return withSystem(async (system, folder) => {
    const superuser = await generateInto(system, { code: 'generated', sales });
    await addSmallMarkets(superuser);
    const directory = join(folder, 'replica');
    const row = async (what: string, replica: ReplicaProcess, milliseconds: number) => ({
      what,
      ms: Math.round(milliseconds),
      'memory, MB': Math.round(replica.memory() / 1e6),
      'disk, MB': Math.round((await sizeOf(directory)) / 1e6),
    });
    const table: BenchmarkResult['table'] = [];
    const askSmall = async (replica: ReplicaProcess) => {
      let milliseconds = 0;
      for (let n = 1; n <= asked; n++) milliseconds += await replica.ask('summary', `small-${n}`);
      return milliseconds / asked;
    };
    for (const when of ['from empty', 'after a restart']) {
      const replica = await ReplicaProcess.open(directory, superuser);
      try {
        const first = replica.milliseconds + (await replica.ask('summary', 'small-1'));
        table.push(await row(`start and first answer of a small market, ${when}`, replica, first));
        table.push(await row(`an answer of each of ${asked} small markets, ${when}`, replica, await askSmall(replica)));
        table.push(
          await row(`first summary of the large market, ${when}`, replica, await replica.ask('summary', 'generated')),
        );
      } finally {
        await replica.close();
      }
    }
    return { table, targets: [] };
  });
}

/** Markets of twenty sales each, in the form of the write protocol. */
async function addSmallMarkets(superuser: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(superuser);
  await client.connect();
  try {
    await client.query(`
      WITH made AS (
        INSERT INTO market (code, name, currency) SELECT 'small-' || n, 'Small ' || n, 'AUD' FROM generate_series(1, ${smallMarkets}) AS n
        RETURNING id
      ), revised AS (
        INSERT INTO revision (market_id, kind, author, sales_added) SELECT id, 'import', 'benchmark', 20 FROM made RETURNING id, market_id
      ), owned AS (
        INSERT INTO property (market_id, key) SELECT market_id, n FROM revised, generate_series(1, 20) AS n RETURNING id, market_id, key
      )
      INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, contract_date, price, type, address, locality, region)
      SELECT market_id, owned.id, key, md5(key)::uuid, revised.id, DATE '2024-01-01' + key::int, 500000 + key::int * 1000, 'House',
        key || ' High St', 'Smallville', 'NSW'
      FROM owned JOIN revised USING (market_id)`);
    await client.query('UPDATE revision SET version = 0 WHERE version IS NULL');
    await client.query('ANALYZE sale');
  } finally {
    await client.end();
  }
}
