import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../test/database.ts';
import {
  CannotUndo,
  compareForUndo,
  planUndo,
  type Undo,
  type WriteTransaction,
  type Written,
  writeUndo,
} from '../src/index.ts';
import { connectionOf, execute } from './support.ts';

const server = testDatabase({ each: true });

/** Brings keys to prices in one revision; null takes a sale back. */
async function write(prices: Record<string, number | null>): Promise<number> {
  const { revisionId } = await server.database.write(
    { marketId: 1, kind: 'import', author: 'test' },
    async (transaction) => {
      for (const [key, price] of Object.entries(prices)) await put(transaction, key, price);
    },
  );
  return revisionId;
}

async function put(transaction: WriteTransaction, key: string, price: number | null): Promise<void> {
  const { client, revisionId } = transaction;
  const { rowCount } = await client.query(
    'UPDATE sale SET retired_by = $1 WHERE market_id = 1 AND key = $2 AND retired_by IS NULL',
    [revisionId, key],
  );
  transaction.salesRetired += rowCount ?? 0;
  if (price === null) return;
  transaction.salesAdded++;
  await client.query('INSERT INTO property (market_id, key) VALUES (1, $1) ON CONFLICT DO NOTHING', [key]);
  await client.query(
    `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address, details)
     SELECT 1, id, key, md5($1 || $2::bigint)::uuid, $3, $2, '1 High St', '{"zone": "R2"}' FROM property WHERE key = $1`,
    [key, price, revisionId],
  );
}

/** What is in force, but for the demonstration, without the columns that name revisions. */
function state(): Promise<unknown[]> {
  return execute(
    server,
    `SELECT to_jsonb(sale) - 'id' - 'added_by' AS sale FROM sale WHERE retired_by IS NULL AND key NOT LIKE 'demo%' ORDER BY key`,
  );
}

/** Plans the undo of a revision, and carries it out. */
async function undo(id: number): Promise<Written<void> | undefined> {
  const plan = await planUndo(server.database, id);
  return plan && carryOut(plan);
}

function carryOut(plan: Undo, onRows: (rows: number, transaction: WriteTransaction) => void = () => {}) {
  return server.database.write({ ...plan, kind: 'undo', author: 'test' }, async (transaction) => {
    await compareForUndo(transaction.client, plan);
    await writeUndo(transaction, plan, (rows) => onRows(rows, transaction));
  });
}

test('every sale is as it was, in each column', async () => {
  await write({ a: 1, b: 2, c: 3 });
  const before = await state();
  const revision = await write({ a: 10, b: null, d: 4 });
  const after = await state();
  const undone = await undo(revision);
  expect(await state()).toEqual(before);
  const redone = await undo(undone?.revisionId as number);
  expect(await state()).toEqual(after);
  expect(redone?.version).toBe((undone?.version as number) + 1);
});

test('revisions that build on each other are undone from the last to the first', async () => {
  const states = [await state()];
  const revisions: number[] = [];
  const steps: Record<string, number | null>[] = [{ a: 1, b: 2 }, { a: 10 }, { b: null, c: 3 }, { b: 5, a: null }];
  for (const prices of steps) {
    revisions.push(await write(prices));
    states.push(await state());
  }
  expect(await state()).toEqual(states.pop());
  for (const revision of revisions.toReversed()) {
    await undo(revision);
    expect(await state()).toEqual(states.pop());
  }
});

test.each<[what: string, first: Record<string, number | null>, later: Record<string, number | null>]>([
  ['replaced a sale that it added', { a: 2 }, { a: 3 }],
  ['took back a sale that it added', { a: 2 }, { a: null }],
  ['added a sale that it took back', { a: null }, { a: 3 }],
  ['did one of these to one of many', { a: 2, b: 2, c: 2, d: 2 }, { d: 3 }],
])('is refused where a later revision %s, naming it', async (_what, first, later) => {
  await write({ a: 1 });
  const revision = await write(first);
  const builtOn = await write(later);
  const before = await state();
  await expect(planUndo(server.database, revision)).rejects.toThrow(CannotUndo);
  const error = `Revision ${builtOn} has since changed what revision ${revision} wrote`;
  await expect(planUndo(server.database, revision)).rejects.toThrow(error);
  // Also where that comes to pass after it was planned.
  await expect(carryOut({ marketId: 1, undoes: revision })).rejects.toThrow(error);
  expect(await state()).toEqual(before);
  await undo(builtOn);
  await undo(revision);
});

test('is refused with the last revision that retired a sale, and not one that is undone itself', async () => {
  const revision = await write({ a: 1 });
  await undo(await write({ a: null }));
  const builtOn = await write({ a: null });
  await expect(undo(revision)).rejects.toThrow(`Undo revision ${builtOn} first.`);
  await undo(builtOn);
  await undo(revision);
});

test('is planned if the check for later revisions takes too long, and refused when it runs', async () => {
  const revision = await write({ a: 1 });
  const builtOn = await write({ a: 2 });
  const owner = new pg.Client(connectionOf(server));
  await owner.connect();
  await owner.query('BEGIN; LOCK TABLE sale IN ACCESS EXCLUSIVE MODE');
  const plan = await planUndo(server.database, revision);
  expect(plan).toEqual({ marketId: 1, undoes: revision });
  await owner.end();
  await expect(carryOut(plan as Undo)).rejects.toThrow(`Undo revision ${builtOn} first.`);
});

test('is refused if another undo came first', async () => {
  const plan = { marketId: 1, undoes: await write({ a: 1 }) };
  const [first, second] = await Promise.allSettled([carryOut(plan), carryOut(plan)]);
  const refused = [first, second].filter(({ status }) => status === 'rejected');
  expect(refused).toEqual([
    { status: 'rejected', reason: new CannotUndo(`Revision ${plan.undoes} was undone just now.`) },
  ]);
});

test('an unknown revision, or one of a market itself, cannot be undone', async () => {
  expect(await undo(999_999)).toBeUndefined();
  const { revisionId } = await server.database.write({ marketId: 1, kind: 'market', author: 'test' }, async () => {});
  await expect(undo(revisionId)).rejects.toThrow('changed a market itself');
});

test('revisions of a deleted market cannot be undone', async () => {
  const revision = await write({ a: 1 });
  await execute(server, 'UPDATE market SET deleted_at = now()');
  await expect(undo(revision)).rejects.toThrow('The market has been deleted.');
});

describe('of more rows than a statement writes', () => {
  const sales = 6_000;
  const prices = (price: number) => Object.fromEntries(Array.from({ length: sales }, (_, i) => [`key-${i}`, price]));

  test('reports each batch, and restores rows in their original order', async () => {
    await writeMany(prices(1));
    const before = await inOrder();
    const plan = { marketId: 1, undoes: await writeMany(prices(2)) };
    const reported: number[] = [];
    await carryOut(plan, (rows) => reported.push(rows));
    // Retired, then added.
    expect(reported).toEqual([5_000, 1_000, 5_000, 1_000]);
    expect(await inOrder()).toEqual(before);
    const [{ sales_added, sales_retired }] = (await execute(
      server,
      'SELECT sales_added, sales_retired FROM revision ORDER BY id DESC LIMIT 1',
    )) as [Record<string, number>];
    expect({ sales_added, sales_retired }).toEqual({ sales_added: sales, sales_retired: sales });
  });

  test('changes everything or nothing when it ends between two batches', async () => {
    const plan = { marketId: 1, undoes: await writeMany(prices(1)) };
    const before = await state();
    const mistake = new Error('enough');
    const ended = carryOut(plan, () => {
      throw mistake;
    });
    await expect(ended).rejects.toBe(mistake);
    expect(await state()).toEqual(before);
    await carryOut(plan);
    expect(await state()).toEqual([]);
  });

  /** As `write`, by few statements. */
  async function writeMany(prices: Record<string, number>): Promise<number> {
    const { revisionId } = await server.database.write(
      { marketId: 1, kind: 'import', author: 'test' },
      async ({ client, revisionId }) => {
        const values = [Object.keys(prices), Object.values(prices), revisionId];
        await client.query(`UPDATE sale SET retired_by = $1 WHERE key LIKE 'key-%' AND retired_by IS NULL`, [
          revisionId,
        ]);
        await client.query(
          `INSERT INTO property (market_id, key) SELECT 1, unnest($1::text[]) ON CONFLICT DO NOTHING`,
          values.slice(0, 1),
        );
        await client.query(
          `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
           SELECT 1, id, key, md5(key || price)::uuid, $3, price, '1 High St'
           FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS row (key, price, number) JOIN property USING (key) ORDER BY number DESC`,
          values,
        );
      },
    );
    return revisionId;
  }

  function inOrder(): Promise<unknown[]> {
    return execute(server, `SELECT key, price FROM sale WHERE retired_by IS NULL ORDER BY id`);
  }
});
