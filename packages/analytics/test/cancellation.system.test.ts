import Type from 'typebox';
import { beforeAll, expect, test } from 'vitest';
import { defineQuestion, type Replica, summary, TimedOut } from '../src/index.ts';
import { plainSale } from './sales.ts';
import { address, testMarket } from './test-market.ts';

/** Its SQL takes hours. */
const endless = defineQuestion({
  name: 'endless',
  summary: 'A question without an end',
  parameters: Type.Object({ market: Type.String(), n: Type.Integer() }),
  result: Type.Object({ count: Type.Number() }),
  ask: (db, { n }) =>
    db.row(
      `SELECT count(*) AS count FROM range(${n} + 10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 1`,
    ),
});

/** Computes without end after its SQL. */
const computing = defineQuestion({
  ...endless,
  name: 'computing',
  async ask(db) {
    for (;;) await db.pause();
  },
});

const market = testMarket();
let replica: Replica;

beforeAll(async () => {
  await market.write([plainSale]);
  replica = await market.replica({ queryTimeout: 700 });
});

const sales = async () =>
  JSON.parse((await replica.answer(summary, { market: 'test' }, { address })).body.toString()).sales;

test.each([endless, computing])(
  'a question that takes too long is cancelled, and its connection is free again: $name',
  async (question) => {
    const asked = [1, 2, 3, 4].map((n) => replica.answer(question, { market: 'test', n }, { address }));
    for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toBeInstanceOf(TimedOut);
      expect(reason.message).toContain('took longer than 0.7 s');
    }
    const before = await sales();
    await market.write([plainSale]);
    expect(await sales()).toBe(before + 1);
  },
);

test.each([endless, computing])(
  'a question without callers is cancelled, and its connection is free immediately: $name',
  async (question) => {
    const before = await sales();
    const caller = new AbortController();
    const asked = [1, 2].map((n) =>
      replica.answer(question, { market: 'test', n }, { address, caller: () => caller.signal }),
    );
    await market.write([plainSale]);
    const next = sales();
    caller.abort(new Error('gone'));
    await Promise.all(asked.map((answer) => expect(answer).rejects.toThrow('gone')));
    expect(await next).toBe(before + 1);
  },
);

test('several slow questions do not delay quick ones', async () => {
  // On a machine whose processors are all busy, even quick questions beside four endless ones take half a minute.
  const replica = await market.replica({ queryTimeout: 100_000 });
  const caller = new AbortController();
  let ended = 0;
  const asked = [1, 2, 3, 4].map((n) =>
    replica.answer(endless, { market: 'test', n }, { address, caller: () => caller.signal }).catch((error) => {
      ended += 1;
      return error;
    }),
  );
  for (const standard of ['true', 'false', 'all'] as const) {
    await replica.answer(summary, { market: 'test', standard }, { address });
  }
  expect(ended).toBe(0);
  caller.abort(new Error('gone'));
  expect(await Promise.all(asked)).toEqual(Array(4).fill(new Error('gone')));
});
