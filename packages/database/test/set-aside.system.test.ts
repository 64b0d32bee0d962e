import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../test/database.ts';
import {
  CannotUndo,
  type Changes,
  compareForUndo,
  exportChanges,
  MarketGone,
  maxReasonLength,
  planUndo,
  setAside,
  type Undo,
  writeUndo,
} from '../src/index.ts';
import { currentVersion, execute } from './support.ts';

const server = testDatabase({ each: true });

/** What a replica gets of the sales set aside, and how many revisions there are. */
async function state(): Promise<{ aside: string[]; version: number }> {
  const aside = await server.database.read(async (client) => {
    const { setAside } = (await exportChanges(client, 1, undefined)) as Changes;
    return setAside ? await text(setAside()) : '';
  });
  return { aside: aside.split('\n').slice(0, -1).sort(), version: (await currentVersion(server.database)).version };
}

async function lastRevision(): Promise<number> {
  const [row] = await execute<{ id: number }>(server, 'SELECT max(id)::int AS id FROM revision');
  return (row as { id: number }).id;
}

async function undo(id: number): Promise<number> {
  const plan = (await planUndo(server.database, id)) as Undo;
  const { revisionId } = await server.database.write({ ...plan, kind: 'undo', author: 'test' }, async (transaction) => {
    await compareForUndo(transaction.client, plan);
    await writeUndo(transaction, plan, () => {});
  });
  return revisionId;
}

test('a sale is set aside for a reason, which may change, and reinstated, each as one revision', async () => {
  expect(await setAside(server.database, 1, 'a gift', 'ann')).toMatchObject({ version: 2 });
  expect(await state()).toEqual({ aside: ['demo-1,a gift'], version: 2 });
  expect(await setAside(server.database, 1, 'in the family', 'ben')).toMatchObject({ version: 3 });
  expect(await setAside(server.database, 2, 'a gift', 'ann')).toMatchObject({ version: 4 });
  expect(await state()).toEqual({ aside: ['demo-1,in the family', 'demo-2,a gift'], version: 4 });
  expect(await setAside(server.database, 1, null, 'ann')).toMatchObject({ version: 5 });
  expect(await state()).toEqual({ aside: ['demo-2,a gift'], version: 5 });
  const revisions = server.database.kysely.selectFrom('revision').orderBy('id').offset(1);
  const columns = ['kind', 'author', 'note', 'set_aside_added', 'set_aside_retired', 'sales_added'] as const;
  const [green, blue] = ['123 Green St, Sydney', '456 Blue Rd, Melbourne'];
  const row = (author: string, note: string, set_aside_added: number, set_aside_retired: number) => {
    return { kind: 'set_aside', author, note, set_aside_added, set_aside_retired, sales_added: 0 };
  };
  expect(await revisions.select(columns).execute()).toEqual([
    row('ann', `${green} set aside: a gift`, 1, 0),
    row('ben', `${green} set aside: in the family`, 1, 1),
    row('ann', `${blue} set aside: a gift`, 1, 0),
    row('ann', `${green} reinstated`, 0, 1),
  ]);
});

test('setting aside without a change writes no revision', async () => {
  expect(await setAside(server.database, 1, null, 'test')).toBe('unchanged');
  await setAside(server.database, 1, 'a gift', 'test');
  const before = await state();
  expect(await setAside(server.database, 1, 'a gift', 'test')).toBe('unchanged');
  expect(await setAside(server.database, 999_999, 'a gift', 'test')).toBeUndefined();
  await expect(setAside(server.database, 1, 'x'.repeat(maxReasonLength + 1), 'test')).rejects.toThrow(
    'check constraint',
  );
  await expect(setAside(server.database, 1, '', 'test')).rejects.toThrow('check constraint');
  expect(await state()).toEqual(before);
});

test('a sale stays set aside when the source issues it again, and its former row cannot be set aside', async () => {
  await setAside(server.database, 1, 'a gift', 'test');
  const { result: id } = await server.database.write(
    { marketId: 1, kind: 'import', author: 'test' },
    async ({ client, revisionId }) => {
      await client.query('UPDATE sale SET retired_by = $1 WHERE id = 1', [revisionId]);
      const { rows } = await client.query<{ id: number }>(
        `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
         SELECT market_id, property_id, key, md5('new')::uuid, $1, price + 1, address FROM sale WHERE id = 1 RETURNING id`,
        [revisionId],
      );
      return rows[0]?.id as number;
    },
  );
  expect(await state()).toEqual({ aside: ['demo-1,a gift'], version: 3 });
  expect(await setAside(server.database, 1, null, 'test')).toBeUndefined();
  expect(await setAside(server.database, id, 'a gift', 'test')).toBe('unchanged');
  expect(await setAside(server.database, id, null, 'test')).toMatchObject({ version: 4 });
  expect(await state()).toEqual({ aside: [], version: 4 });
});

test('an undo restores the former reasons, and can be undone', async () => {
  const states = [(await state()).aside];
  const revisions: number[] = [];
  for (const reason of ['a gift', 'in the family', null]) {
    await setAside(server.database, 1, reason, 'test');
    revisions.push(await lastRevision());
    states.push((await state()).aside);
  }
  await expect(planUndo(server.database, revisions[0] as number)).rejects.toThrow(CannotUndo);
  expect(states.pop()).toEqual([]);
  for (const revision of revisions.toReversed()) {
    const undone = await undo(revision);
    expect((await state()).aside).toEqual(states.at(-1));
    const redone = await undo(undone);
    await undo(redone);
    expect((await state()).aside).toEqual(states.pop());
  }
});

test('no sale of a deleted market is set aside', async () => {
  await execute(server, 'UPDATE market SET deleted_at = now()');
  await expect(setAside(server.database, 1, 'a gift', 'test')).rejects.toThrow(MarketGone);
  expect(await execute(server, 'SELECT FROM set_aside_sale')).toEqual([]);
});

test('a sale set aside by several analysts at once has the reason of the last, and a revision of each', async () => {
  const reasons = ['one', 'two', 'three'];
  const written = await Promise.all(reasons.map((reason) => setAside(server.database, 1, reason, 'test')));
  const versions = written.map((revision) => (revision as { version: number }).version);
  expect(versions.toSorted()).toEqual([2, 3, 4]);
  expect(await state()).toEqual({ aside: [`demo-1,${reasons[versions.indexOf(4)]}`], version: 4 });
});
