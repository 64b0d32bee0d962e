/** The background choice of a market's default method, by several tasks. */
import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { BackgroundFits } from '../src/background-fits.ts';
import { createMarket, importText, service } from './service.ts';

const analytical = service();
const log = pino({ level: 'silent' });

/** Dwellings sold twice, which were dearer in each month of 2021, and mixed in 2023: repeat sales predict them best. */
function resales(from: number, count: number): string {
  const day = (year: number, month: number) => `${year}-${String(1 + (month % 12)).padStart(2, '0')}-10`;
  const rows = Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const price = 300_000 * (1 + (n % 12));
    const later = Math.round(price * (1.1 + (n % 7) / 1000));
    return [
      `${day(2021, n)},${price},${n} Green St,House`,
      `${day(2023, 5 * n + Math.floor(n / 12))},${later},${n} Green St,House`,
    ];
  });
  return ['contract_date,price,address,type', ...rows.flat(), ''].join('\n');
}

const load = (code: string, text: string) => importText(analytical, code, text);

const revisions = async (code: string) =>
  (await analytical.app.inject(`/api/revisions?market=${code}`))
    .json()
    .map(({ author, note }: { author: string; note: string }) => ({ author, note }));

it('is written once, by the system, and again only when it changes', async () => {
  const code = await createMarket(analytical);
  const { database, replica } = analytical;
  const tasks = [1, 2].map(() => new BackgroundFits(database, replica, log, '0 seconds'));
  const chooseAll = async () => {
    for (const chosen of await Promise.all(tasks.map((task) => task.fitNext()))) if (chosen === undefined) return;
    await chooseAll();
  };
  await chooseAll();
  await load(code, resales(0, 250));
  const index = async (query = '') =>
    (await analytical.app.inject(`/api/analytics/price-index?market=${code}&interval=year${query}`)).json();
  const before = await index();
  expect(before.preferred).toEqual({
    method: 'stratified_median',
    chosen: false,
    why: 'It is the default until a method is chosen in the background, some minutes after a change of the market, by the errors on held-out resales. None is chosen from fewer than 200 of them.',
  });
  await chooseAll();
  const after = await index();
  expect(after.preferred).toEqual({
    method: 'repeat_sales',
    chosen: true,
    why: expect.stringMatching(
      /^It was chosen by the median error of the prices of 250 held-out resales: .*repeat_sales \d+\.\d\d %\.$/,
    ),
  });
  expect(after.version).toBe(before.version + 1);
  const [latest] = await revisions(code);
  expect(latest).toEqual({
    author: 'system',
    note: expect.stringMatching(
      /^market market-\d+: index_method "repeat_sales", by the median error of the prices of 250 held-out resales: /,
    ),
  });
  // The earlier version has the answer that it had.
  expect((await index(`&as_of=${before.version}`)).methods).toEqual(before.methods);
  await chooseAll();
  await load(code, resales(250, 50));
  await chooseAll();
  expect((await index()).version).toBe(after.version + 1);
  expect(await Promise.all(tasks.map((task) => task.fitNext()))).toEqual([undefined, undefined]);
});

it('waits until the market is unchanged for a time, and ends when a job starts', async () => {
  const { database, replica } = analytical;
  const [soon, later] = ['0 seconds', undefined].map((quiet) => new BackgroundFits(database, replica, log, quiet)) as [
    BackgroundFits,
    BackgroundFits,
  ];
  const code = await createMarket(analytical);
  await load(code, resales(0, 10));
  expect(await later.fitNext()).toBeUndefined();

  // The choice waits for the connection that this work has.
  const occupied = Promise.withResolvers<void>();
  const work = (await replica).compute(code, () => occupied.promise, new AbortController().signal);
  const choosing = soon.fitNext();
  const claimed = database.kysely.selectFrom('index_choice').where('claimed_until', '>', sql<Date>`now()`);
  await expect.poll(() => claimed.select('market_id').execute(), { timeout: 60_000 }).toHaveLength(1);
  const job = { market_id: 1, author: 'test', state: 'running' } as const;
  const { id } = await database.kysely.insertInto('import').values(job).returning('id').executeTakeFirstOrThrow();
  const market = await choosing;
  expect(market).toBeTypeOf('number');
  occupied.resolve();
  await work;
  expect(await claimed.select('market_id').execute()).toEqual([]);
  expect(await soon.fitNext()).toBeUndefined();
  await database.kysely.updateTable('import').set({ state: 'finished' }).where('id', '=', id).execute();
  expect(await soon.fitNext([market as number])).toBeUndefined();
  expect(await soon.fitNext()).toBe(market);
  expect(await soon.fitNext()).toBeUndefined();
});
