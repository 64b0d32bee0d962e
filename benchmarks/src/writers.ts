/** Writers of different markets do not wait for each other, and a write to one market costs readers of another nothing. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Database, fixedCredentials } from '@property-insights/database';
import { type BenchmarkResult, median } from './benchmark.ts';
import { createSuperuser, type Superuser } from './market.ts';
import { ReplicaProcess } from './replica-driver.ts';
import { addMarket, withSystem } from './system.ts';

export const title =
  'Writes a second by eight writers, and the cost of a cached answer while another market is written to';

const writers = 8;
const rounds = 5;
const millisecondsOfRound = 3_000;
const minRatio = 4;

const writesPerSecond = 50;
const answersOfRound = 2_000;
const maxCost = 1.05;

export async function run(): Promise<BenchmarkResult> {
  return withSystem(async (system, folder) => {
    const superuser = await createSuperuser(system);
    for (let n = 0; n < writers; n++) await addMarket(system, { code: `m${n}`, name: `M${n}`, currency: 'AUD' });
    const database = openDatabase(superuser);
    try {
      const ids = await marketIds(database);
      const written = { one: [] as number[], each: [] as number[] };
      for (let round = 0; round < rounds; round++) {
        written.one.push(
          await writesASecond(
            database,
            ids.map(() => ids[0] as number),
          ),
        );
        written.each.push(await writesASecond(database, ids));
      }
      const [one, each] = [median(written.one), median(written.each)];
      const cost = await costOfAnswers(folder, superuser, database, ids[1] as number);
      return {
        table: [
          { what: 'writes a second, eight writers in one market', value: Math.round(one) },
          { what: 'writes a second, eight writers in eight markets', value: Math.round(each) },
          { what: 'cached answer, quiet, microseconds of processor time', value: Math.round(cost.quiet * 1000) },
          { what: `cached answer, ${writesPerSecond} writes a second elsewhere`, value: Math.round(cost.busy * 1000) },
          { what: 'answers computed again meanwhile', value: cost.computed },
        ],
        targets: [
          {
            claim: `eight writers in eight markets write ${(each / one).toFixed(1)} times what eight in one do (at least ${minRatio})`,
            met: each / one >= minRatio,
          },
          {
            claim: `a cached answer takes ${(cost.busy / cost.quiet).toFixed(2)} times the processor time while another market is written to (at most ${maxCost})`,
            met: cost.busy / cost.quiet <= maxCost,
          },
          { claim: `${cost.computed} answers of the other market were computed again (0)`, met: cost.computed === 0 },
        ],
      };
    } finally {
      await database.close();
    }
  });
}

function openDatabase({ host, port, user, password, database: name }: Superuser): Database {
  const log = { info() {}, warn: console.warn, error: console.error };
  const credentials = fixedCredentials({ username: user as string, password: password as string });
  const address = { host: host as string, port: port as number, name: name as string };
  return new Database({ ...address, credentials, applicationName: 'benchmark', log, poolSize: writers });
}

async function marketIds({ kysely }: Database): Promise<number[]> {
  const markets = kysely.selectFrom('market').select('id').where('code', 'like', 'm_').orderBy('code');
  return (await markets.execute()).map(({ id }) => id);
}

/** Writers that each write to their market until the time is over. */
async function writesASecond(database: Database, marketOfWriter: number[]): Promise<number> {
  const end = performance.now() + millisecondsOfRound;
  let writes = 0;
  await Promise.all(
    marketOfWriter.map(async (marketId) => {
      for (; performance.now() < end; writes++) await write(database, marketId);
    }),
  );
  return (writes * 1000) / millisecondsOfRound;
}

async function write(database: Database, marketId: number): Promise<void> {
  await database.write({ marketId, kind: 'entry', author: 'benchmark' }, async ({ client, revisionId }) => {
    await client.query(
      `WITH new AS (INSERT INTO property (market_id, key) VALUES ($1, $2) RETURNING id)
       INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
       SELECT $1, id, $2, md5($2)::uuid, $3, 500000, '1 High St' FROM new`,
      [marketId, randomBytes(8).toString('hex'), revisionId],
    );
  });
}

/** Processor time of a cached answer, in milliseconds, in turns with and without writes to another market. */
async function costOfAnswers(folder: string, superuser: Superuser, database: Database, written: number) {
  const replica = await ReplicaProcess.open(join(folder, 'replica'), superuser);
  try {
    const cached = { what: 'summary', market: 'm0', times: answersOfRound };
    await replica.repeat(cached);
    const took = { quiet: [] as number[], busy: [] as number[] };
    let computed = 0;
    for (let round = 0; round < rounds; round++) {
      took.quiet.push((await replica.repeat(cached)).processor);
      let going = true;
      const writing = (async () => {
        for (; going; await delay(1000 / writesPerSecond)) await write(database, written);
      })();
      const busy = await replica.repeat(cached);
      going = false;
      await writing;
      took.busy.push(busy.processor);
      computed += busy.computed;
    }
    return { quiet: median(took.quiet), busy: median(took.busy), computed };
  } finally {
    await replica.close();
  }
}
