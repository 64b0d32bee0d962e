import { setTimeout as wait } from 'node:timers/promises';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { Freshness } from '../src/freshness.ts';
import { defineQuestion } from '../src/index.ts';
import { plainSale, TestMarket } from './support.ts';

/** Small, so that a thousand take no longer than the writes. */
const count = defineQuestion({
  name: 'count',
  summary: 'How many sales',
  parameters: Type.Object({ market: Type.String() }),
  result: Type.Object({ sales: Type.Integer() }),
  ask: (db, _, market) =>
    db.row('SELECT count(*) AS sales FROM sale WHERE market_id = $market_id', { market_id: market.id }),
});

test('requests that arrive together share one check', async () => {
  let checks = 0;
  const freshness = new Freshness(async () => {
    checks += 1;
    await wait(5);
    return checks;
  });
  expect(await Promise.all(Array.from({ length: 100 }, () => freshness.reached()))).toEqual(Array(100).fill(1));
});

test('a check begins after every request that it serves has arrived', async () => {
  let now = 0;
  const freshness = new Freshness(async () => {
    const seen = now;
    await wait(Math.random() * 3);
    return seen;
  });
  const request = async () => {
    const arrived = ++now;
    expect(await freshness.reached()).toBeGreaterThanOrEqual(arrived);
  };
  const requests: Promise<void>[] = [];
  for (let i = 0; i < 300; i++) {
    requests.push(request());
    if (i % 3 === 0) await wait(Math.random() * 2);
  }
  await Promise.all(requests);
});

test('a failed check fails whom it served, and not the next', async () => {
  let fails = true;
  const freshness = new Freshness(async () => {
    if (fails) throw new Error('no database');
    return 'reached';
  });
  await expect(Promise.all([freshness.reached(), freshness.reached()])).rejects.toThrow('no database');
  fails = false;
  expect(await freshness.reached()).toBe('reached');
});

test('a write acknowledged is in the next answer of every replica, a thousand times', {
  timeout: 180_000,
}, async () => {
  const market = await TestMarket.create();
  const replicas = await Promise.all([market.replica(), market.replica()]);
  let acknowledged = 0;
  const writer = async () => {
    for (let i = 0; i < 250; i++) {
      const { version } = await market.write([plainSale]);
      acknowledged += 1;
      const atLeast = acknowledged;
      for (const answer of await Promise.all(replicas.map((replica) => replica.answer(count, { market: 'test' })))) {
        expect(answer.version).toBeGreaterThanOrEqual(version);
        expect(JSON.parse(answer.body.toString()).sales).toBeGreaterThanOrEqual(atLeast);
      }
    }
  };
  await Promise.all([writer(), writer(), writer(), writer()]);
  expect(acknowledged).toBe(1000);
});
