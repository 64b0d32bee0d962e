import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import { tokens } from '../../../test/tokens.ts';
import {
  addToken,
  type Database,
  findToken,
  hashToken,
  isToken,
  listTokens,
  minAdminHours,
  type NewToken,
  presentToken,
  revokeToken,
} from '../src/index.ts';
import { execute } from './support.ts';

const server = testDatabase();
let reporting: Database;

beforeAll(() => {
  reporting = openDatabase(server, { user: 'reporting' });
});
afterAll(() => reporting.close());

const add = (token: Partial<NewToken> = {}) =>
  addToken(server.database, { name: 'of a test', scope: 'write', expiresAt: null, ...token });

test('a token is shown once and stored as its hash', async () => {
  const { token, row } = await add();
  expect(isToken(token)).toBe(true);
  expect(row).toMatchObject({ name: 'of a test', scope: 'write', expires_at: null, last_used_at: null });
  const kept = await execute(server, `SELECT token::text AS row FROM token WHERE id = ${row.id}`);
  expect(JSON.stringify(kept)).not.toContain(token.slice(3));
  for (const service of [server.database, reporting]) {
    expect(await presentToken(service, hashToken(token))).toEqual({
      id: row.id,
      name: 'of a test',
      scope: 'write',
      expires_at: null,
      revoked_at: null,
    });
  }
  expect(await presentToken(server.database, hashToken(`${token.slice(0, -1)}_`))).toBeUndefined();
});

test('no two tokens are alike', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => add()));
  expect(new Set(made.map(({ token }) => token)).size).toBe(20);
});

test.each(['', 'pi_', 'pi_short', `PI_${'a'.repeat(43)}`, `pi_${'a'.repeat(44)}`, `pi_${'é'.repeat(43)}`])(
  '"%s" is no token',
  (text) => expect(isToken(text)).toBe(false),
);

test('the last use of a valid token is recorded, at most once a minute', async () => {
  const { token, row } = await add();
  const lastUse = async () => (await findToken(server.database, row.id))?.last_used_at;
  await presentToken(reporting, hashToken(token));
  const first = await lastUse();
  expect(first).toBeInstanceOf(Date);
  await setTimeout(5);
  await presentToken(reporting, hashToken(token));
  expect(await lastUse()).toEqual(first);
  await execute(server, `UPDATE token SET last_used_at = now() - interval '61 seconds' WHERE id = ${row.id}`);
  await presentToken(reporting, hashToken(token));
  expect((await lastUse())?.getTime()).toBeGreaterThan((first as Date).getTime());

  const { token: expired, row: before } = await add({ expiresAt: new Date('2020-01-01') });
  expect(await presentToken(server.database, hashToken(expired))).toMatchObject({ expires_at: new Date('2020-01-01') });
  expect((await findToken(server.database, before.id))?.last_used_at).toBeNull();
});

test('a revoked token keeps the time of its first revocation', async () => {
  const { token, row } = await add();
  expect(await revokeToken(server.database, row.id)).toBe(true);
  const revoked = await presentToken(server.database, hashToken(token));
  expect(revoked?.revoked_at).toBeInstanceOf(Date);
  expect(await revokeToken(server.database, row.id)).toBe(true);
  expect(await presentToken(server.database, hashToken(token))).toEqual(revoked);
});

test('the last valid admin token cannot be revoked', async () => {
  const [first] = (await listTokens(server.database, 0, 100)).filter(({ scope }) => scope === 'admin');
  const id = first?.id as number;
  expect(await presentToken(server.database, hashToken(tokens.admin))).toMatchObject({ id });
  await add({ scope: 'admin', expiresAt: new Date('2020-01-01') });
  expect(await revokeToken(server.database, id)).toBe(false);
  const { row: other } = await add({ scope: 'admin' });
  expect(await revokeToken(server.database, id)).toBe(true);
  expect(await revokeToken(server.database, other.id)).toBe(false);
});

const admins = async () =>
  (await listTokens(server.database, 0, 1000)).filter(({ scope, revoked_at }) => scope === 'admin' && !revoked_at);

test('of administrators who revoke each other at the same time one remains', async () => {
  for (let attempt = 0; attempt < 20; attempt++) {
    await Promise.all([add({ scope: 'admin' }), add({ scope: 'admin' })]);
    const all = await admins();
    expect(all.length).toBeGreaterThan(1);
    await Promise.all(all.map(({ id }) => revokeToken(server.database, id)));
    expect(await admins()).toHaveLength(1);
  }
});

test('a token that expires within a day does not count as another', async () => {
  const [last] = await admins();
  const expiresIn = (hours: number) =>
    add({ scope: 'admin', expiresAt: new Date(Date.now() + (minAdminHours + hours) * 3_600_000) });
  await expiresIn(-0.1);
  expect(await revokeToken(server.database, last?.id as number)).toBe(false);
  const { row: other } = await expiresIn(0.1);
  expect(await revokeToken(server.database, last?.id as number)).toBe(true);
  expect(await revokeToken(server.database, other.id)).toBe(false);
});

test('tokens are listed page by page, without their hashes', async () => {
  const all = await listTokens(server.database, 0, 1000);
  const [first, second] = all;
  expect(await listTokens(server.database, first?.id as number, 1)).toEqual([second]);
  expect(Object.keys(first ?? {})).not.toContain('hash');
});
