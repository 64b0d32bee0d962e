import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../test/database.ts';
import { type Changes, exportChanges, exportVersion, recordRestore, VersionGone } from '../src/index.ts';
import { addMarket, connectionOf, currentVersion, execute } from './support.ts';

const server = testDatabase({ each: true });

async function restore(): Promise<{ lineage: string; markets: number }> {
  const owner = new pg.Client(connectionOf(server));
  await owner.connect();
  try {
    return await recordRestore(owner);
  } finally {
    await owner.end();
  }
}

const gaps = () =>
  execute<{ market_id: number }>(
    server,
    'SELECT market_id, first::int, last::int FROM version_gap ORDER BY market_id, first',
  );

test('a restored database has a lineage of its own, and each market continues after a gap', async () => {
  const { database } = server;
  const entry = (marketId: number) =>
    database.write({ marketId, kind: 'entry', author: 'test' }, async () => {}).then(({ version }) => version);
  const other = await addMarket(database, 'other');
  expect(await entry(1)).toBe(2);
  const before = await currentVersion(database);

  const restored = await restore();
  expect(restored).toEqual({ lineage: expect.any(String), markets: 2 });
  expect(restored.lineage).not.toBe(before.lineage);
  expect(await gaps()).toEqual([
    { market_id: 1, first: 3, last: 1_000_001 },
    { market_id: other, first: 2, last: 1_000_000 },
  ]);
  expect(await currentVersion(database)).toEqual({ version: 1_000_002, lineage: restored.lineage });
  expect(await entry(1)).toBe(1_000_003);
  expect(await entry(other)).toBe(1_000_002);

  // A replica of the time before starts afresh, though its version is in the past.
  const { since, version, lineage } = (await database.read((client) => exportChanges(client, 1, before))) as Changes;
  expect({ since, version, lineage }).toEqual({ since: 0, version: 1_000_003, lineage: restored.lineage });

  const asOf = (version: number) => database.read((client) => exportVersion(client, 1, version));
  await expect(asOf(3)).rejects.toThrow(VersionGone);
  await expect(asOf(1_000_001)).rejects.toThrow(VersionGone);
  expect(await asOf(2)).toMatchObject({ version: 2, lineage: restored.lineage });
  expect(await asOf(1_000_002)).toMatchObject({ version: 1_000_002 });
  await expect(asOf(1_000_004)).rejects.toThrow('at version 1000003');

  const again = await restore();
  expect(again.lineage).not.toBe(restored.lineage);
  expect((await gaps()).filter((gap) => gap.market_id === 1)).toEqual([
    { market_id: 1, first: 3, last: 1_000_001 },
    { market_id: 1, first: 1_000_004, last: 2_000_002 },
  ]);
});

test('a service cannot record a restore', async () => {
  const service = new pg.Client(connectionOf(server, server.analytical));
  await service.connect();
  await expect(recordRestore(service)).rejects.toHaveProperty('code', '42501');
  await service.end();
});
