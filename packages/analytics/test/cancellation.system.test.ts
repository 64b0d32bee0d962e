import Type from 'typebox';
import { beforeAll, expect, test } from 'vitest';
import { defineQuestion, type Replica, summary, TimedOut } from '../src/index.ts';
import { plainSale } from './sales.ts';
import { testMarket } from './test-market.ts';

/** Takes hours. */
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

/** Works for ever beside its SQL. */
const pondering = defineQuestion({
  ...endless,
  name: 'pondering',
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

const sales = async () => JSON.parse((await replica.answer(summary, { market: 'test' })).body.toString()).sales;

test.each([endless, pondering])(
  'what takes too long is stopped, and the connections answer again: $name',
  async (question) => {
    const asked = [1, 2, 3, 4].map((n) => replica.answer(question, { market: 'test', n }));
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

test.each([endless, pondering])(
  'what nobody waits for any longer is stopped, and makes room at once: $name',
  async (question) => {
    const before = await sales();
    const caller = new AbortController();
    const asked = [1, 2].map((n) => replica.answer(question, { market: 'test', n }, () => caller.signal));
    await market.write([plainSale]);
    const next = sales();
    caller.abort(new Error('gone'));
    await Promise.all(asked.map((answer) => expect(answer).rejects.toThrow('gone')));
    expect(await next).toBe(before + 1);
  },
);

test('several that take long keep none that is quick from being answered', async () => {
  const patient = await market.replica();
  const caller = new AbortController();
  let ended = 0;
  const asked = [1, 2, 3, 4].map((n) =>
    patient
      .answer(endless, { market: 'test', n }, () => caller.signal)
      .catch((error) => {
        ended += 1;
        return error;
      }),
  );
  for (const standard of ['true', 'false', 'all'] as const) {
    await patient.answer(summary, { market: 'test', standard });
  }
  expect(ended).toBe(0);
  caller.abort(new Error('gone'));
  expect(await Promise.all(asked)).toEqual(Array(4).fill(new Error('gone')));
});
