import { expect, test } from 'vitest';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import { Abandoned, CommitUnknown, DatabaseUnavailable, type RevisionInput } from '../src/index.ts';
import { addSale, execute, layWire } from './support.ts';

const entry: RevisionInput = { marketId: 1, kind: 'entry', author: 'test' };
const server = testDatabase({ each: true, poolSize: 30 });

/** Everything that a write could leave behind. */
async function content(): Promise<unknown> {
  return server.database.read(async (client) => {
    const tables = ['data_version', 'revision', 'property', 'sale', 'market', 'import', 'reject'];
    const rows = [];
    for (const table of tables) rows.push((await client.query(`SELECT * FROM ${table} ORDER BY 1, 2`)).rows);
    return rows;
  });
}

test('a write is one revision, with its author, counts and the next version', async () => {
  const { lineage } = await server.database.version();
  const written = await server.database.write({ ...entry, note: 'a remark' }, async (transaction) => {
    await addSale(transaction.client, transaction.revisionId, 'new');
    transaction.salesAdded = 1;
    return 'done';
  });
  expect(written).toEqual({ result: 'done', revisionId: written.revisionId, version: 2 });
  expect(await server.database.version()).toEqual({ version: 2, lineage });
  const revision = await server.database.kysely
    .selectFrom('revision')
    .selectAll()
    .where('id', '=', written.revisionId)
    .executeTakeFirstOrThrow();
  expect(revision).toMatchObject({
    version: 2,
    market_id: 1,
    kind: 'entry',
    author: 'test',
    note: 'a remark',
    sales_added: 1,
    sales_retired: 0,
  });
});

test('nothing of a write is visible before it commits', async () => {
  const before = await content();
  let during: unknown;
  await server.database.write(entry, async ({ client, revisionId }) => {
    await addSale(client, revisionId, 'new');
    during = await content();
  });
  expect(during).toEqual(before);
  expect(await content()).not.toEqual(before);
});

test('an abandoned write leaves no trace, and a later one takes the version', async () => {
  const before = await content();
  const abandoned = server.database.write(entry, async (transaction) => {
    await addSale(transaction.client, transaction.revisionId, 'new');
    transaction.abandon();
  });
  await expect(abandoned).rejects.toThrow(Abandoned);
  expect(await content()).toEqual(before);
  expect((await server.database.write(entry, async () => {})).version).toBe(2);
});

test('a write whose work fails leaves no trace, and fails with the same error', async () => {
  const before = await content();
  const mistake = new Error('a mistake');
  const failed = server.database.write(entry, async ({ client, revisionId }) => {
    await addSale(client, revisionId, 'new');
    throw mistake;
  });
  await expect(failed).rejects.toBe(mistake);
  await expect(
    server.database.write(entry, async ({ client, revisionId }) => {
      await addSale(client, revisionId, 'one');
      await addSale(client, revisionId, 'demo-1');
    }),
  ).rejects.toHaveProperty('code', '23505');
  expect(await content()).toEqual(before);
});

test('an error of a query that the work ignores does not commit the rest', async () => {
  const before = await content();
  const failed = server.database.write(entry, async ({ client, revisionId }) => {
    await addSale(client, revisionId, 'new');
    await client.query('SELECT nonsense').catch(() => {});
  });
  await expect(failed).rejects.toHaveProperty('code', '25P02');
  expect(await content()).toEqual(before);
});

test('the locks of a failed write are free when its failure is known', async () => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const failed = server.database.write(entry, async ({ client, revisionId }) => {
      await client.query('UPDATE sale SET retired_by = $1', [revisionId]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await execute(server, 'SELECT id FROM sale FOR UPDATE NOWAIT');
  }
});

test('fifty writers at once become visible in order, without gaps', async () => {
  let writing = true;
  const seen: number[] = [];
  async function watch(): Promise<void> {
    while (writing) {
      const { version, versions, sales } = await server.database.read(async (client) => {
        const { rows } = await client.query(`SELECT version,
          ARRAY(SELECT version FROM revision ORDER BY version) AS versions, (SELECT count(*) FROM sale) AS sales FROM data_version`);
        return rows[0];
      });
      expect(versions).toEqual(Array.from({ length: version }, (_, index) => index + 1));
      expect(sales).toBe(version + 2); // the three of the demonstration came with version 1
      seen.push(version);
    }
  }
  const watched = Promise.all([watch(), watch()]);
  const written = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      server.database.write(entry, async (transaction) => {
        await addSale(transaction.client, transaction.revisionId, `new-${index}`);
        transaction.salesAdded = 1;
        // Acknowledged means visible to whoever asks next.
        return index;
      }),
    ),
  );
  writing = false;
  await watched;
  expect(written.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 2),
  );
  expect((await server.database.version()).version).toBe(51);
  expect(new Set(seen).size).toBeGreaterThan(1);
});

test('an acknowledged write is in whatever is read next, by anyone', async () => {
  const other = openDatabase(server);
  for (let round = 0; round < 50; round += 1) {
    const { version } = await server.database.write(entry, async () => {});
    expect((await other.version()).version).toBe(version);
  }
  await other.close();
});

test.each([
  ['before the server heard of it', 'drop', 0],
  ['after the server heard of it', 'deafen', 1],
] as const)('a connection lost while committing, %s, is reported as not known', async (_, verdict, revisions) => {
  const wire = await layWire(server);
  const remote = openDatabase(server, { port: wire.port });
  wire.inspect = (sent) => (sent.includes('COMMIT\0') ? verdict : 'pass');
  const error = await remote.write(entry, async () => {}).catch((error) => error);
  expect(error).toBeInstanceOf(CommitUnknown);
  expect(error).toBeInstanceOf(DatabaseUnavailable);
  await expect
    .poll(() => execute(server, `SELECT id FROM revision WHERE id = ${error.revisionId}`))
    .toHaveLength(revisions);
  await remote.close();
  await wire.close();
});

test('a connection lost before the commit is reported as a database not available, and nothing was written', async () => {
  const before = await content();
  const wire = await layWire(server);
  const remote = openDatabase(server, { port: wire.port });
  const error = await remote
    .write(entry, async ({ client, revisionId }) => {
      await addSale(client, revisionId, 'new');
      await wire.close();
      await client.query('SELECT 1');
    })
    .catch((error) => error);
  expect(error).toBeInstanceOf(DatabaseUnavailable);
  expect(error).not.toBeInstanceOf(CommitUnknown);
  expect(await content()).toEqual(before);
  await remote.close();
});

test('texts of a revision are data, whatever they say', async () => {
  const author = `'; DROP TABLE sale; --`;
  const { revisionId } = await server.database.write({ ...entry, author, note: '$1 \\ "' }, async () => {});
  const revision = await server.database.kysely
    .selectFrom('revision')
    .selectAll()
    .where('id', '=', revisionId)
    .execute();
  expect(revision).toMatchObject([{ author, note: '$1 \\ "' }]);
});
