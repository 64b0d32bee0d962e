import { expect, test } from 'vitest';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import { emptyMarket, findDeletedMarket } from '../src/index.ts';
import { execute } from './support.ts';

const server = testDatabase({ each: true });

/** More than a statement removes. */
const properties = 12_000;
const never = new AbortController().signal;

/** A market with sales in force and retired, places, sales set aside, a mapping and rejects. */
async function fullMarket(code: string): Promise<number> {
  const [{ id }] = (await execute(
    server,
    `INSERT INTO market (code, name, currency) VALUES ('${code}', '${code}', 'AUD') RETURNING id`,
  )) as [{ id: number }];
  await execute(
    server,
    `INSERT INTO property (market_id, key) SELECT ${id}, n FROM generate_series(1, ${properties}) AS n;
     INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, retired_by, price, address)
     SELECT ${id}, id, key, md5(key)::uuid, 1, retired_by, 1, 'x'
     FROM property, (VALUES (1), (NULL)) AS row (retired_by) WHERE market_id = ${id};
     INSERT INTO gazetteer_place (market_id, key, fingerprint, added_by, retired_by, postcode, latitude, longitude)
     SELECT ${id}, n, md5('')::uuid, 1, CASE WHEN n % 2 = 0 THEN 1 END, 'x', 1, 1 FROM generate_series(1, ${properties}) AS n;
     INSERT INTO set_aside_sale (market_id, key, fingerprint, added_by, reason)
     SELECT ${id}, n, md5('')::uuid, 1, 'x' FROM generate_series(1, ${properties}) AS n;
     INSERT INTO market_note (market_id, key, fingerprint, added_by, day, text)
     SELECT ${id}, n, md5('')::uuid, 1, '2024-01-01', 'x' FROM generate_series(1, ${properties}) AS n;
     INSERT INTO mapping (id, market_id, columns, mapping) VALUES (gen_random_uuid(), ${id}, '[]', '{}');
     WITH made AS (INSERT INTO import (market_id, author) VALUES (${id}, 'test') RETURNING id)
     INSERT INTO reject (import_id, number, file, line, content, reason, message)
     SELECT id, n, '', n, '', '', '' FROM made, generate_series(1, ${properties}) AS n`,
  );
  return id;
}

const remove = (id: number) => execute(server, `UPDATE market SET deleted_at = now() WHERE id = ${id}`);

/** How many rows there are of a market, in each table. */
async function contentOf(id: number): Promise<unknown> {
  const tables = ['property', 'sale', 'gazetteer_place', 'set_aside_sale', 'market_note', 'mapping'];
  const counts = tables.map((name) => `(SELECT count(*) FROM ${name} WHERE market_id = ${id}) AS ${name}`);
  const rejects = `(SELECT count(*) FROM reject JOIN import ON import.id = import_id WHERE market_id = ${id}) AS reject`;
  const [content] = await server.database
    .read((client) => client.query(`SELECT ${[...counts, rejects].join(', ')}`))
    .then(({ rows }) => rows);
  return content;
}

const nothing = { property: 0, sale: 0, gazetteer_place: 0, set_aside_sale: 0, market_note: 0, mapping: 0, reject: 0 };

test('all rows of a deleted market are removed, by two services at a time, and none of other markets', async () => {
  const [deleted, kept] = [await fullMarket('deleted'), await fullMarket('kept')];
  const before = await contentOf(kept);
  await remove(deleted);
  expect(await findDeletedMarket(server.database)).toBe(deleted);
  const other = openDatabase(server);
  await Promise.all([emptyMarket(server.database, deleted, never), emptyMarket(other, deleted, never)]);
  await other.close();
  expect(await contentOf(deleted)).toEqual(nothing);
  expect(await contentOf(kept)).toEqual(before);
  expect(await findDeletedMarket(server.database)).toBeUndefined();
});

test('an interrupted removal is continued', async () => {
  const id = await fullMarket('deleted');
  await remove(id);
  const enough = new AbortController();
  enough.abort();
  await expect(emptyMarket(server.database, id, enough.signal)).rejects.toThrow('aborted');
  expect(await contentOf(id)).toMatchObject({ property: properties - 5_000, sale: 2 * (properties - 5_000) });
  expect(await findDeletedMarket(server.database)).toBe(id);
  await emptyMarket(server.database, id, never);
  expect(await contentOf(id)).toEqual(nothing);
});

test('a market that is not deleted cannot be emptied', async () => {
  const id = await fullMarket('kept');
  for (const call of [
    `remove_properties(${id}, 0, 10)`,
    `remove_places(${id}, 10)`,
    `remove_set_aside_sales(${id}, 10)`,
    `remove_market_notes(${id}, 10)`,
  ]) {
    await execute(server, `SELECT ${call}`, server.analytical);
  }
  expect(await contentOf(id)).toMatchObject({
    property: properties,
    gazetteer_place: properties,
    set_aside_sale: properties,
    market_note: properties,
  });
});
