import Type from 'typebox';
import { expect, test } from 'vitest';
import { defineQuestion } from '../src/index.ts';
import { plainSale } from './sales.ts';
import { address, TestMarket } from './test-market.ts';

/** Quick, so that a thousand answers take no longer than the writes. */
const count = defineQuestion({
  name: 'count',
  summary: 'How many sales',
  parameters: Type.Object({ market: Type.String() }),
  result: Type.Object({ sales: Type.Integer() }),
  ask: (db) => db.row('SELECT count(*) AS sales FROM sale'),
});

test('an acknowledged write is in the next answer of every replica, a thousand times', {
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
      for (const answer of await Promise.all(
        replicas.map((replica) => replica.answer(count, { market: 'test' }, { address })),
      )) {
        expect(answer.version).toBeGreaterThanOrEqual(version);
        expect(JSON.parse(answer.body.toString()).sales).toBeGreaterThanOrEqual(atLeast);
      }
    }
  };
  await Promise.all([writer(), writer(), writer(), writer()]);
  expect(acknowledged).toBe(1000);
});
