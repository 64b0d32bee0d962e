/** Earlier versions over HTTP: what was answered then is answered for good, by every task. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { questions, Replica } from '@property-insights/analytics';
import type { App } from '@property-insights/service';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAnalytical } from '../src/app.ts';
import { createMarket, ended, importText, service } from './service.ts';

const log = pino({ level: 'silent' });
const first = service();

/** Another task of the service, with a replica of its own. */
class Task {
  readonly directory: string;
  app!: App;
  #replica!: Replica;

  constructor(directory: string) {
    this.directory = directory;
  }

  async start(): Promise<void> {
    const { database, jobs } = first;
    this.#replica = await Replica.open({ directory: this.directory, database, log });
    const replica = Promise.resolve(this.#replica);
    this.app = await createAnalytical({ database, replica, jobs, dashboard: join(first.directory, 'dashboard'), log });
  }

  async stop(): Promise<void> {
    await this.app.close();
    this.#replica.close();
  }
}

let second: Task;
beforeAll(async () => {
  second = new Task(await mkdtemp(join(tmpdir(), 'analytical-task-')));
  await second.start();
});
afterAll(async () => {
  await second.stop();
  await rm(second.directory, { recursive: true });
});

const send = async (method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  first.app.inject({ method, url, ...(payload && { payload }) });
const get = async (url: string) => (await first.app.inject(url)).json();

const load = (market: string, text: string) => importText(first, market, text);

/** Everything that a client can ask about a market: the bodies of all questions, and the rows of the export in a certain order. */
async function everything(app: App, market: string, asOf?: number): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  const ask = async (path: string, parameters: object) => {
    const query = new URLSearchParams({ ...parameters, market, ...(asOf && { as_of: String(asOf) }) });
    return (await app.inject(`/api/analytics/${path}?${query}`)).body;
  };
  for (const { name, example } of questions) {
    // The id of the request is another each time.
    answers[name] = (await ask(name, example ?? {})).replace(/"request_id":"[^"]+"/, '');
  }
  answers.export = (await ask('sales.csv', { standard: 'all' })).split('\n').sort().join('\n');
  return answers;
}

async function versionOf(market: string): Promise<number> {
  return (await get(`/api/analytics/summary?market=${market}`)).version;
}

const places = ['2000,-33.9,151.2', '2150,-33.8,151.0', '2150,-33.7,151.1', '3000,-37.8,145.0'];
const fewRows = fc.array(fc.record({ key: fc.integer({ min: 1, max: 9 }), price: fc.integer({ min: 1, max: 9 }) }), {
  minLength: 1,
  maxLength: 6,
});

/** What somebody does to a market. */
const step = fc.oneof(
  fc.record({ rows: fewRows }),
  fc.record({ places: fc.uniqueArray(fc.constantFrom(...places), { minLength: 1 }) }),
  fc.record({ entry: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ correct: fc.nat(), price: fc.integer({ min: 1, max: 9 }) }),
  fc.record({
    settings: fc.constantFrom({ name: 'A' }, { name: 'B' }, { currency: 'NZD' }, { time_zone: 'Europe/Paris' }),
  }),
  fc.record({ aside: fc.nat(), reason: fc.option(fc.constantFrom('a gift', 'in the family')) }),
  fc.record({ undo: fc.nat() }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function take(market: string, step: Step): Promise<void> {
  if ('rows' in step) {
    const rows = step.rows.map(
      ({ key, price }) =>
        `${key},${key},${key} A St,${price}00000,2024-0${key}-01,Place ${key % 3},${key % 2 ? 2000 : 2150}`,
    );
    await load(market, ['sale_key,property_key,address,price,contract_date,locality,postcode', ...rows, ''].join('\n'));
  } else if ('places' in step) {
    await load(market, ['postcode,latitude,longitude', ...step.places, ''].join('\n'));
  } else if ('entry' in step) {
    const property = { address: `${step.entry} B St`, price: step.entry * 100_000 };
    await send('POST', `/api/properties?market=${market}`, property);
  } else if ('correct' in step) {
    const properties: { id: number }[] = await get(`/api/properties?market=${market}`);
    const id = properties[step.correct % properties.length]?.id;
    if (id !== undefined) await send('PATCH', `/api/properties/${id}`, { price: step.price * 100_000 });
  } else if ('settings' in step) {
    await send('PATCH', `/api/markets/${market}`, step.settings);
  } else if ('aside' in step) {
    const { sales } = await get(`/api/analytics/sales?market=${market}&standard=all&sort=price`);
    const id = sales[step.aside % sales.length]?.id;
    if (id !== undefined) await send('PATCH', `/api/sales/${id}`, { set_aside: step.reason });
  } else {
    const revisions: { id: number }[] = await get(`/api/revisions?market=${market}`);
    const undo = await send('POST', `/api/revisions/${revisions[step.undo % revisions.length]?.id}/undo`);
    if (undo.statusCode === 202) await ended(first, undo.headers.location as string);
  }
}

it('answers as of every version of every market as it answered then, by every task, after a restart, and afresh', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(1), step), { minLength: 3, maxLength: 9 }), async (steps) => {
      const markets = [await createMarket(first), await createMarket(first)];
      const then = new Map<string, Record<string, string>>();
      for (const [n, step] of steps) {
        const market = markets[n] as string;
        await take(market, step);
        then.set(`${market} ${await versionOf(market)}`, await everything(first.app, market));
      }
      await second.stop();
      await second.start();
      const fresh = new Task(await mkdtemp(join(tmpdir(), 'analytical-task-')));
      await fresh.start();
      for (const { app } of [first, second, fresh]) {
        for (const [key, answers] of then) {
          const [market, version] = key.split(' ') as [string, string];
          expect(await everything(app, market, Number(version))).toEqual(answers);
        }
      }
      await fresh.stop();
      await rm(fresh.directory, { recursive: true });
      const [gone] = markets as [string];
      expect((await send('DELETE', `/api/markets/${gone}?confirm=${gone}`)).statusCode).toBe(200);
      const response = await second.app.inject(`/api/analytics/summary?market=${gone}&as_of=1`);
      expect(response.json()).toMatchObject({ status: 410, title: 'Gone' });
    }),
    { numRuns: 3 },
  );
});

it('states a version that is not there: 404 ahead of the market, and 410 in a gap', async () => {
  const market = await createMarket(first);
  await load(market, 'sale_key,address,price,contract_date\n1,1 A St,100,2024-01-01\n');
  const asOf = async (version: number | string) =>
    (await first.app.inject(`/api/analytics/summary?market=${market}&as_of=${version}`)).json();
  expect(await asOf(3)).toMatchObject({
    status: 404,
    detail: `The market "${market}" is at version 2; it has no version 3 yet.`,
  });
  expect(await asOf(0)).toMatchObject({ status: 400 });
  expect(await asOf('x')).toMatchObject({ status: 400 });
  expect(await asOf(1)).toMatchObject({ version: 1, sales: 0 });
});

it('repeats a cited answer, and says whether it is the same', async () => {
  const market = await createMarket(first);
  await load(market, 'sale_key,address,price,contract_date\n1,1 A St,100,2024-01-01\n');
  const summary = await first.app.inject(`/api/analytics/summary?market=${market}`);
  const { citation } = summary.json();
  expect(summary.headers).toMatchObject({
    'property-insights-version': '2',
    link: `<${citation.address}>; rel="cite-as"`,
  });
  await load(market, 'sale_key,address,price,contract_date\n2,2 A St,900,2024-01-01\n');
  const { pathname, search } = new URL(citation.address);
  const again = await second.app.inject(pathname + search);
  expect(again.json()).toEqual({ ...summary.json(), citation: { ...citation, same: true } });
  const csv = await second.app.inject({ url: pathname + search, headers: { accept: 'text/csv' } });
  expect(csv.headers['property-insights-version']).toBe('2');
  const file = await second.app.inject(`/api/analytics/sales.csv?market=${market}&as_of=2`);
  expect(file.headers['content-disposition']).toContain(`sales-${market}-2.csv`);
  expect(file.headers.link).toBe(
    `<http://localhost:80/api/analytics/sales.csv?market=${market}&standard=true&as_of=2>; rel="cite-as"`,
  );
});
