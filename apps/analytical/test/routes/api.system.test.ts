import { questions } from '@property-insights/analytics';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createMarket, service } from '../service.ts';

const analytical = service();

describe('GET /api', () => {
  it('links to what resolves', async () => {
    const { links } = (await analytical.app.inject('/api')).json();
    for (const [name, url] of Object.entries<string>(links)) {
      if (url.startsWith('/api')) expect((await analytical.app.inject(url)).statusCode, name).toBe(200);
    }
  });
});

describe('the contract', () => {
  it('is described in OpenAPI', async () => {
    const { paths } = (await analytical.app.inject('/api/openapi.json')).json();
    const operations = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toEqual(
      [
        ...questions.map(({ name }) => `GET /api/analytics/${name}`),
        'GET /api/analytics/sales.csv',
        'GET /api/analytics/sales.parquet',
        'DELETE /api/imports/{id}',
        'DELETE /api/markets/{code}',
        'DELETE /api/markets/{code}/mappings/{id}',
        'DELETE /api/markets/{code}/notes/{id}',
        'GET /api/markets/{code}/notes',
        'POST /api/markets/{code}/notes',
        'DELETE /api/properties/{id}',
        'DELETE /api/tokens/{id}',
        'GET /api/revisions',
        'GET /api/revisions/{id}',
        'PATCH /api/markets/{code}',
        'PATCH /api/properties/{id}',
        'PATCH /api/sales/{id}',
        'POST /api/revisions/{id}/undo',
        'GET /api',
        'GET /api/health',
        'GET /api/imports',
        'GET /api/imports/{id}',
        'GET /api/imports/{id}/events',
        'GET /api/imports/{id}/rejects',
        'GET /api/markets',
        'GET /api/markets/{code}/changes',
        'GET /api/markets/{code}/changes/sales',
        'GET /api/markets/{code}/ledger',
        'GET /api/markets/{code}/mappings',
        'GET /api/properties',
        'GET /api/properties/{id}',
        'GET /api/access',
        'GET /api/tokens',
        'POST /api/imports',
        'POST /api/imports/preview',
        'POST /api/markets',
        'POST /api/properties',
        'POST /api/tokens',
      ].sort(),
    );
  });

  it.each([
    '/api',
    '/api/analytics/areas',
    '/api/analytics/summary',
    '/api/analytics/trend',
    '/api/imports',
    '/api/markets',
    '/api/properties',
    '/api/properties/1',
  ])('%s refuses query parameters that it does not know', async (url) => {
    const response = await analytical.app.inject(`${url}?colour=red`);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatch(/^Unknown query parameter "colour"; /);
  });

  it.each(['/api/nothing', '/api/analytics', '/api/Properties', '/nope'])('%s is a problem document', async (url) => {
    const response = await analytical.app.inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ status: 404, error: `There is nothing at ${url}.` });
  });

  it('says which methods a path takes', async () => {
    const response = await analytical.app.inject({ method: 'PATCH', url: '/api/properties' });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('GET, HEAD, POST');
  });
});

describe('GET /api/health', () => {
  it('is as the balancer expects it', async () => {
    const response = await analytical.app.inject('/api/health');
    expect(response.json()).toMatchObject({ status: 'ok', service: 'analytical', database: 'reachable' });
  });

  it('names the markets that cannot be loaded, while others are answered', async () => {
    const { app, server } = analytical;
    const health = async () => (await app.inject('/api/health')).json().unavailable_markets;
    const summary = (market: string) => app.inject(`/api/analytics/summary?market=${market}`);
    const market = await createMarket(analytical);
    const payload = { address: '1 A St', price: 1 };
    await app.inject({ method: 'POST', url: `/api/properties?market=${market}`, payload });
    expect(await health()).toEqual([]);
    const { host, port, name, master } = server;
    const owner = new pg.Client({ host, port, database: name, user: master.username, password: master.password });
    await owner.connect();
    // Beyond the timestamps of DuckDB, so that no replica can apply it.
    await owner.query(
      `UPDATE sale SET issued_at = '294276-01-01' FROM market WHERE market.id = market_id AND code = '${market}'`,
    );
    await owner.end();
    expect((await summary(market)).json()).toMatchObject({ status: 503, error: expect.stringContaining(market) });
    expect((await summary('demo')).statusCode).toBe(200);
    expect(await health()).toEqual([market]);
    expect((await app.inject('/api/health')).statusCode).toBe(200);
  });
});
