import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';

test('a test database holds the three demonstration properties', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({
    host: database.host,
    port: database.port,
    database: database.name,
    user: 'reporting',
    password: database.reporting.password,
  });
  await client.connect();
  const { rows } = await client.query('SELECT address, price::int, type, region FROM sale ORDER BY id');
  await client.end();
  await database.drop();
  expect(rows).toEqual([
    { address: '123 Green St, Sydney', price: 1200000, type: 'House', region: 'NSW' },
    { address: '456 Blue Rd, Melbourne', price: 850000, type: 'Apartment', region: 'VIC' },
    { address: '789 Red Av, Sydney', price: 2500000, type: 'House', region: 'NSW' },
  ]);
});
