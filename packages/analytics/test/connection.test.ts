/** A connection can be used again, at whatever moment its transaction was cancelled. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Connection } from '../src/connection.ts';
import { storeOf } from './fixture-market.ts';
import { plainSale } from './sales.ts';

const count = (db: Connection) => db.row('SELECT count(*)::INTEGER AS sales FROM sale');

/** Aborts after the next statement has been passed to another thread, and a part of a millisecond. */
async function abortSoon(caller: AbortController, milliseconds: number): Promise<void> {
  for (let microtasks = 0; microtasks < 25; microtasks++) await undefined;
  for (const end = performance.now() + milliseconds; performance.now() < end; );
  caller.abort(new Error('gone'));
}

const moments = {
  begins: (caller: AbortController, milliseconds: number) => {
    void abortSoon(caller, milliseconds);
    return count;
  },
  ends: (caller: AbortController, milliseconds: number) => async (db: Connection) => {
    const row = await count(db);
    void abortSoon(caller, milliseconds);
    return row;
  },
};

test.each(Object.entries(moments))(
  'reading that is cancelled as its transaction %s leaves its connection usable',
  {
    timeout: 60_000,
  },
  async (_, work) => {
    const store = await storeOf([plainSale]);
    for (let n = 0; n < 500; n++) {
      const caller = new AbortController();
      const read = store.read(work(caller, (n % 20) / 200), caller.signal).catch((error) => error);
      expect([new Error('gone'), { sales: 1 }]).toContainEqual(await read);
      expect(await store.read(count)).toEqual({ sales: 1 });
    }
  },
);

test('a query reads the values that it is given, whichever were given before', async () => {
  const store = await storeOf([plainSale]);
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
  // With more than ten values they are bound to the query itself.
  const set = fc.array(value, { minLength: 1, maxLength: 12 });
  await store.read((db) =>
    fc.assert(
      fc.asyncProperty(fc.array(set, { minLength: 1, maxLength: 8 }), async (sets) => {
        for (const given of [...sets, ...sets]) {
          const values = Object.fromEntries(given.map((value, i) => [`value_${i}`, value]));
          const columns = given.map((_, i) => `$value_${i} AS value_${i}`);
          expect(await db.row(`SELECT ${columns.join(', ')}`, values)).toMatchObject(values);
        }
      }),
      { numRuns: 30 },
    ),
  );
});

test('queries that begin at once read their own values', async () => {
  const store = await storeOf([plainSale]);
  // More than there are variables.
  const names = ['one', 'two', 'three', 'four', 'five', 'six', 'one', 'two'];
  const read = await store.read((db) => Promise.all(names.map((name) => db.row('SELECT $name AS name', { name }))));
  expect(read).toEqual(names.map((name) => ({ name })));
});
