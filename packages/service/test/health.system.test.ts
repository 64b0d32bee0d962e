import { expect, it } from 'vitest';
import { exampleWithDatabase } from './example.ts';
import { outage } from './outage.ts';

const service = exampleWithDatabase();

it('reports that the service is alive and the database reachable', async () => {
  const response = await service.app.inject('/example/health');
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({ status: 'ok', service: 'example', database: 'reachable', version: '1.2.3' });
  expect(response.headers['cache-control']).toBe('no-store');
});

it('answers HEAD', async () => {
  const response = await service.app.inject({ method: 'HEAD', url: '/example/health' });
  expect(response.statusCode).toBe(200);
  expect(response.body).toBe('');
});

it('stays alive without a database, while routes that need it answer 503 with Retry-After', async () => {
  const restore = await outage(service.server);
  const health = await service.app.inject('/example/health');
  expect(health.statusCode).toBe(200);
  expect(health.json().database).toBe('unreachable');
  const version = await service.app.inject('/example/version');
  expect(version.statusCode).toBe(503);
  expect(version.headers['retry-after']).toBe('5');
  expect(version.json()).toMatchObject({ status: 503, error: 'The database cannot be reached at the moment.' });
  await restore();
  expect((await service.app.inject('/example/health')).json().database).toBe('reachable');
  expect((await service.app.inject('/example/version')).json()).toMatchObject([{ code: 'demo', version: 1 }]);
});
