import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import type { App } from '@property-insights/service';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outage } from '../../../packages/service/test/outage.ts';
import { testDatabase } from '../../../test/database.ts';
import { bearer, tokens } from '../../../test/tokens.ts';
import { createReporting } from '../src/app.ts';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const server = testDatabase({ user: 'reporting' });
let directory: string;
let replica: Promise<Replica>;
let app: App;

beforeAll(async () => {
  const log: Logger = pino({ level: 'silent' });
  directory = await mkdtemp(join(tmpdir(), 'reporting-'));
  const { database } = server;
  replica = Replica.open({ directory, database, log });
  app = await createReporting({ database, replica, log });
});

afterAll(async () => {
  await app.close();
  (await replica).close();
  await rm(directory, { recursive: true });
});

describe('GET /reporting', () => {
  it.each(['*/*', 'application/json', ''])('answers a program that accepts "%s" with plain text', async (accept) => {
    const response = await app.inject({ url: '/reporting', headers: { accept } });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.body).toBe('Reporting Service is online.');
  });

  it('shows a browser a page with links that resolve', async () => {
    const response = await app.inject({ url: '/reporting', headers: browser });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.headers.vary).toBe('Accept');
    expect(response.body).toContain('<h1>Reporting Service is online.</h1>');
    const links = [...response.body.matchAll(/href="(\/reporting[^"]*)"/g)].map(([, url]) => url as string);
    expect(links.length).toBeGreaterThan(1);
    for (const url of links) expect((await app.inject(url)).statusCode, url).toBe(200);
  });

  it('needs nothing that its content security policy forbids', async () => {
    const { body } = await app.inject({ url: '/reporting', headers: browser });
    expect(body).not.toMatch(/<script|<link(?! rel="icon" href="data:)|<img|style="|url\(/);
  });
});

describe('GET /reporting/property-summary', () => {
  it('returns the regions of the demonstration market, the one with the most properties first', async () => {
    const response = await app.inject('/reporting/property-summary');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual([
      { region: 'NSW', property_count: 2 },
      { region: 'VIC', property_count: 1 },
    ]);
  });

  it('answers 304 to a client that has this answer', async () => {
    const { headers } = await app.inject('/reporting/property-summary');
    const again = await app.inject({ url: '/reporting/property-summary', headers: { 'if-none-match': headers.etag } });
    expect(again.statusCode).toBe(304);
  });

  it('refuses unknown parameters', async () => {
    const response = await app.inject('/reporting/property-summary?colour=red');
    expect(response.json()).toMatchObject({ status: 400, error: expect.stringContaining('"colour"') });
  });

  it('answers 503 while the database is unreachable, and recovers', async () => {
    const restore = await outage(server);
    const response = await app.inject('/reporting/property-summary');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expect((await app.inject('/reporting/health')).json()).toMatchObject({ status: 'ok', database: 'unreachable' });
    expect((await app.inject('/reporting')).statusCode).toBe(200);
    await restore();
    expect((await app.inject('/reporting/property-summary')).statusCode).toBe(200);
  });
});

describe('any other request', () => {
  it.each(['/reporting/', '/reporting/x', '/reporting/property-summary/x', '/'])('GET %s is not found', async (url) => {
    const response = await app.inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json().error).toBe(`There is nothing at ${url}.`);
  });

  it('POST is not allowed', async () => {
    const response = await app.inject({ method: 'POST', url: '/reporting/property-summary', payload: {} });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('GET, HEAD');
  });

  it.each(['/reporting', '/reporting/property-summary', '/reporting/health'])(
    'HEAD %s is answered like GET, without a body',
    async (url) => {
      const response = await app.inject({ method: 'HEAD', url });
      expect(response.statusCode).toBe(200);
      expect(response.body).toBe('');
    },
  );

  it('health is as the load balancer expects it', async () => {
    expect((await app.inject('/reporting/health')).json()).toMatchObject({
      status: 'ok',
      service: 'reporting',
      database: 'reachable',
    });
  });
});

describe('with READ_ACCESS=token', () => {
  let closed: App;
  beforeAll(async () => {
    closed = await createReporting({
      database: server.database,
      replica,
      log: pino({ level: 'silent' }),
      readAccess: 'token',
    });
  });
  afterAll(() => closed.close());

  it('answers questions to bearers of a token only, and health checks to every client', async () => {
    const url = '/reporting/property-summary';
    expect((await closed.inject(url)).statusCode).toBe(401);
    expect((await closed.inject({ url, headers: bearer(`pi_${'x'.repeat(43)}`) })).statusCode).toBe(401);
    expect((await closed.inject({ url, headers: bearer(tokens.read) })).statusCode).toBe(200);
    expect((await closed.inject('/reporting')).statusCode).toBe(200);
    expect((await closed.inject('/reporting/health')).statusCode).toBe(200);
  });

  it('answers 503, not 401, to a token that is not cached while the database is unreachable', async () => {
    const restore = await outage(server);
    const headers = bearer(tokens.write);
    expect((await closed.inject({ url: '/reporting/property-summary', headers })).statusCode).toBe(503);
    await restore();
    expect((await closed.inject({ url: '/reporting/property-summary', headers })).statusCode).toBe(200);
  });
});
