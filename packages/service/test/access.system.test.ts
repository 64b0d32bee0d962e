import Fastify from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../../test/database.ts';
import { tokens } from '../../../test/tokens.ts';
import { Access, guardRoutes } from '../src/access.ts';
import { type App, admission } from '../src/index.ts';

const server = testDatabase({ user: 'reporting' });

describe('a route', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'for %s that does not state its scope prevents the service from starting',
    (method) => {
      const app = Fastify() as unknown as App;
      guardRoutes(app, new Access(server.database), 'open');
      expect(() => app.route({ method, url: '/things', handler: () => null })).toThrow(
        `The route ${method} /things must state its scope in its config.`,
      );
    },
  );

  it('is guarded before its own hooks run, for HEAD as for GET', async () => {
    const app = Fastify() as unknown as App;
    guardRoutes(app, new Access(server.database), 'token');
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
  it('is read once for concurrent requests, and then cached for some seconds', async () => {
    const queried = vi.spyOn(server.database.kysely.getExecutor(), 'executeQuery');
    const access = new Access(server.database);
    const admit = () => access.admit(`Bearer ${tokens.read}`, 'read');
    const admitted = await Promise.all(Array.from({ length: 50 }, admit));
    expect(new Set(admitted).size).toBe(1);
    await admit();
    expect(queried).toHaveBeenCalledTimes(1);
    access.forget();
    await admit();
    expect(queried).toHaveBeenCalledTimes(2);
    queried.mockRestore();
  });

  it('that is unknown is not cached', async () => {
    const access = new Access(server.database);
    for (let i = 0; i < 2; i++) {
      await expect(access.admit(`Bearer pi_${'x'.repeat(43)}`, 'read')).rejects.toMatchObject({ status: 401 });
    }
  });
});

it('the environment states who may read, and the hosts', () => {
  expect(admission({})).toMatchObject({ readAccess: 'open', hosts: undefined });
  expect(admission({ READ_ACCESS: 'token', ALLOWED_HOSTS: 'a.example.com,b.example.com' })).toMatchObject({
    readAccess: 'token',
    hosts: ['a.example.com', 'b.example.com'],
  });
  expect(() => admission({ READ_ACCESS: 'closed' })).toThrow('READ_ACCESS must be open or token, not "closed".');
});
