import { Database, fixedCredentials } from '@property-insights/database';
import Fastify from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { tokens } from '../../../test/tokens.ts';
import { Access, guardRoutes } from '../src/access.ts';
import { readAccess } from '../src/index.ts';
import type { App } from '../src/service.ts';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const log = pino({ level: 'silent' });
  const credentials = fixedCredentials(testDatabase.reporting);
  database = new Database({ ...testDatabase, credentials, applicationName: 'test', log });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

describe('a route', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'that takes %s and does not say who may keeps the service from starting',
    (method) => {
      const app = Fastify() as unknown as App;
      guardRoutes(app, new Access(database), 'open');
      expect(() => app.route({ method, url: '/things', handler: () => null })).toThrow(
        `The route ${method} /things must say in its config which scope it needs.`,
      );
    },
  );

  it('is guarded before anything of its own runs, HEAD as GET', async () => {
    const app = Fastify() as unknown as App;
    guardRoutes(app, new Access(database), 'token');
    const hook = vi.fn((_request, _reply, done) => done());
    app.get('/things', { onRequest: hook }, () => ({}));
    for (const method of ['GET', 'HEAD'] as const) {
      expect((await app.inject({ method, url: '/things' })).statusCode).toBe(401);
    }
    expect(hook).not.toHaveBeenCalled();
    await app.close();
  });
});

describe('a token', () => {
  it('is asked about once for requests that come together, and then for some seconds not again', async () => {
    const asked = vi.spyOn(database.kysely.getExecutor(), 'executeQuery');
    const access = new Access(database);
    const admit = () => access.admit(`Bearer ${tokens.read}`, 'read');
    const admitted = await Promise.all(Array.from({ length: 50 }, admit));
    expect(new Set(admitted).size).toBe(1);
    await admit();
    expect(asked).toHaveBeenCalledTimes(1);
    access.forget();
    await admit();
    expect(asked).toHaveBeenCalledTimes(2);
    asked.mockRestore();
  });

  it('that is not known is asked about each time, and is not remembered', async () => {
    const access = new Access(database);
    for (let i = 0; i < 2; i++) {
      await expect(access.admit(`Bearer pi_${'x'.repeat(43)}`, 'read')).rejects.toMatchObject({ status: 401 });
    }
  });
});

it('READ_ACCESS is open unless it says token, and nothing else', () => {
  expect(readAccess({})).toBe('open');
  expect(readAccess({ READ_ACCESS: 'token' })).toBe('token');
  expect(() => readAccess({ READ_ACCESS: 'closed' })).toThrow('READ_ACCESS must be open or token, not "closed".');
});
