import fastifyAccepts from '@fastify/accepts';
import { Budgets, defineQuestion, questions, type Replica } from '@property-insights/analytics';
import type { App } from '@property-insights/service';
import Fastify from 'fastify';
import Type from 'typebox';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { answerRoute, cited } from '../src/index.ts';

const sentence = 'The default of "limit" is now 50.';
const question = defineQuestion({
  name: 'count',
  summary: 'A question whose answer is always the same',
  parameters: Type.Object({}),
  result: Type.Object({ count: Type.Integer() }),
  ask: async () => ({ count: 1 }),
});
const listed = defineQuestion({
  name: 'list',
  summary: 'A question with more rows than its answer',
  parameters: Type.Object({ limit: Type.Optional(Type.Integer()), skip: Type.Optional(Type.Integer()) }),
  result: Type.Object({ rows: Type.Array(Type.Object({ name: Type.String() })) }),
  table: 'rows',
  rest: (_, { limit }) => (limit === 1 ? { skip: 1 } : undefined),
  ask: async () => ({ rows: [] }),
});
const address = 'https://example.org/count?as_of=7';
const whole = { count: 1, version: 7, citation: { address } };
const replica = {
  budgets: new Budgets(),
  answer: async () => ({
    version: 7,
    etag: '"7-abc"',
    body: Buffer.from(JSON.stringify(whole)),
    citation: { address },
    covered: { from: '2023-12-01', to: '2024-09-30' },
  }),
} as unknown as Replica;

const app = Fastify({ ajv: { customOptions: { keywords: ['x-expected'] } } }) as unknown as App;
beforeAll(async () => {
  await app.register(fastifyAccepts);
  answerRoute(app, '/count', question, Promise.resolve(replica));
  const list = { ...whole, rows: [{ name: '=1' }] };
  const answer = async () => ({
    version: 7,
    etag: '"7-x"',
    body: Buffer.from(JSON.stringify(list)),
    citation: { address },
    covered: { from: null, to: null },
  });
  answerRoute(app, '/list', listed, Promise.resolve({ ...replica, answer } as unknown as Replica));
  const placing = async () => ({ ...(await answer()), placing: 8 });
  answerRoute(app, '/placing', listed, Promise.resolve({ ...replica, answer: placing } as unknown as Replica));
  answerRoute(
    app,
    '/changed',
    { ...question, changedDefault: { since: manifest.version, sentence } },
    Promise.resolve(replica),
  );
});
afterAll(() => app.close());

it('answers in JSON by default, and in CSV if the client prefers it', async () => {
  const json = await app.inject('/count');
  expect([json.headers.etag, json.json()]).toEqual(['"7-abc"', whole]);
  const csv = await app.inject({ url: '/count', headers: { accept: 'text/csv, */*;q=0.5' } });
  expect([csv.headers.etag, csv.body]).toEqual(['"7-abc-csv"', 'member,value\r\ncount,1\r\n']);
  for (const { headers } of [json, csv]) {
    expect(headers).toMatchObject({
      'property-insights-version': '7',
      'property-insights-covered': '2023-12-01/2024-09-30',
      link: `<${address}>; rel="cite-as"`,
    });
  }
});

it('states of CSV whether it is complete, and where the rest is', async () => {
  const csv = (url: string) => app.inject({ url, headers: { accept: 'text/csv', host: 'example.org' } });
  const whole = await csv('/list');
  expect(whole.headers).toMatchObject({ 'property-insights-complete': 'true', link: `<${address}>; rel="cite-as"` });
  const part = await csv('/list?limit=1&raw=true');
  expect(part.headers).toMatchObject({
    'property-insights-complete': 'false',
    link: `<${address}>; rel="cite-as", <http://example.org/list?as_of=7&limit=1&raw=true&skip=1>; rel="next"`,
  });
  expect([whole.body, part.body]).toEqual(["name\r\n'=1\r\n", 'name\r\n=1\r\n']);
  expect(whole.headers.etag).not.toBe(part.headers.etag);
  expect((await app.inject('/list?limit=1')).headers).not.toHaveProperty('property-insights-complete');
});

it('states no address that is too long for the headers', async () => {
  expect(cited(7, `https://example.org/?${'x'.repeat(8_000)}`)).toEqual({ 'property-insights-version': '7' });
});

it.each(['"7-abc"', 'W/"7-abc"', '"1-x", "7-abc"', '*'])('answers 304 to If-None-Match: %s', async (etags) => {
  const response = await app.inject({ url: '/count', headers: { 'if-none-match': etags } });
  expect([response.statusCode, response.body]).toEqual([304, '']);
  expect(response.headers).not.toHaveProperty('link');
});

it('states in a 304 too that sales are being placed', async () => {
  const { statusCode, headers } = await app.inject({ url: '/placing', headers: { 'if-none-match': '"7-x"' } });
  expect([statusCode, headers['property-insights-notice']]).toEqual([304, expect.stringContaining('version 8')]);
});

it('states that a default changed in the answers of the question alone', async () => {
  expect((await app.inject('/changed')).headers['property-insights-notice']).toBe(sentence);
  expect((await app.inject('/count')).headers).not.toHaveProperty('property-insights-notice');
  expect((await app.inject('/placing')).headers['property-insights-notice']).toBe(
    'Sales are being placed by the gazetteer of version 8; until that has ended, answers are of version 7.',
  );
});

const changed = questions.flatMap(({ name, changedDefault }) => (changedDefault ? [{ name, ...changedDefault }] : []));
test('a notice of a changed default is one line of ASCII, and is removed in the next release', () => {
  for (const { name, since, sentence } of changed) {
    expect(sentence, name).toMatch(/^[\x20-\x7e]+\.$/);
    const isPast = since.localeCompare(manifest.version, 'en', { numeric: true }) < 0;
    expect(isPast, `Remove changedDefault of the question "${name}": its release ${since} is past.`).toBe(false);
  }
});
