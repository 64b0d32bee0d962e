import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { defineQuestion, type Replica } from '@property-insights/analytics';
import { answerRoute } from '@property-insights/question-routes';
import Type from 'typebox';
import { beforeAll, expect, it } from 'vitest';
import { service } from './service.ts';

const analytical = service();
let begun = 0;
const ended: unknown[] = [];

/** Takes hours; records how it ended. */
const endless = defineQuestion({
  name: 'endless',
  summary: 'A question without an end',
  parameters: Type.Object({ n: Type.Integer() }),
  result: Type.Object({ count: Type.Number() }),
  async ask(db, { n }) {
    begun += 1;
    try {
      return await db.row<{ count: number }>(
        `SELECT count(*) AS count FROM range(${n} + 10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 1`,
      );
    } catch (error) {
      ended.push(error);
      throw error;
    }
  },
});

const opening = Promise.withResolvers<Replica>();

beforeAll(async () => {
  answerRoute(analytical.app, '/api/analytics/endless', endless, analytical.replica);
  answerRoute(analytical.app, '/api/analytics/opening', endless, opening.promise);
  await analytical.app.listen({ port: 0, host: '127.0.0.1' });
});

it('answers others beside questions that take long, and stops those when their clients go away', async () => {
  const { port } = analytical.app.server.address() as AddressInfo;
  const clients = [1, 2, 3].map((n) => {
    const client = request({ port, path: `/api/analytics/endless?n=${n}` });
    client.on('error', () => {});
    client.end();
    return client;
  });
  while (begun < 2) await wait(10);
  expect((await analytical.app.inject('/api/analytics/summary')).statusCode).toBe(200);
  for (const client of clients) client.destroy();
  while (ended.length < begun) await wait(10);
  expect(new Set(ended.map(String))).toEqual(new Set([expect.stringContaining('INTERRUPT')]));
});

it('asks nothing for clients that had gone while the replica was opening', async () => {
  const { port } = analytical.app.server.address() as AddressInfo;
  for (const n of [4, 5]) {
    const client = request({ port, path: `/api/analytics/opening?n=${n}` });
    client.on('error', () => {});
    client.end();
    const [, response] = await once(analytical.app.server, 'request');
    client.destroy();
    await once(response, 'close');
  }
  opening.resolve(await analytical.replica);
  expect((await analytical.app.inject('/api/analytics/summary?type=House')).statusCode).toBe(200);
});
