import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createAnalytical } from '../../src/app.ts';
import { indexPage, service } from '../service.ts';

const analytical = service();
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const welcome = 'Welcome to the Property Insights API! Now connected to PostgreSQL.';

it.each([[''], ['*/*'], ['application/json']])('welcomes a program that accepts "%s"', async (accept) => {
  const response = await analytical.app.inject({ url: '/', headers: accept ? { accept } : {} });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(response.headers.vary).toBe('Accept');
  expect(response.body).toBe(welcome);
});

it.each(['/', '/app/areas', '/app/areas/NSW?sort=median', '/app/'])(
  'shows a browser the dashboard at %s',
  async (url) => {
    const response = await analytical.app.inject({ url, headers: browser });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-cache');
    expect(response.headers['content-security-policy']).toContain("script-src 'self'");
    expect(response.body).toBe(indexPage);
  },
);

it('answers 304 when the browser holds the page', async () => {
  const { headers } = await analytical.app.inject({ url: '/', headers: browser });
  const again = await analytical.app.inject({ url: '/', headers: { ...browser, 'if-none-match': headers.etag } });
  expect(again.statusCode).toBe(304);
});

it('lets the files of the dashboard be kept for good', async () => {
  const response = await analytical.app.inject('/assets/index-abc.js');
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toMatch(/javascript/);
  expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

it.each(['/assets/none.js', '/assets/../index.html', '/assets/%2e%2e/index.html'])('has nothing at %s', async (url) => {
  const response = await analytical.app.inject(url);
  expect(response.statusCode).toBe(404);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
});

it.each(['/', '/app/areas', '/assets/index-abc.js', '/api', '/api/properties', '/api/analytics/summary'])(
  'answers HEAD %s as GET, without the body',
  async (url) => {
    const head = await analytical.app.inject({ method: 'HEAD', url });
    const get = await analytical.app.inject(url);
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
  },
);

it('states the style of maps in the page, and lets the page and its workers reach the origin of the style, and no other', async () => {
  const { database, jobs } = analytical;
  const app = await createAnalytical({
    database,
    replica: new Promise(() => {}),
    jobs,
    dashboard: join(analytical.directory, 'dashboard'),
    mapStyle: new URL('https://maps.example.com/style.json?key=1&a="<'),
    log: pino({ level: 'silent' }),
  });
  const { body, headers } = await app.inject({ url: '/app/areas', headers: browser });
  expect(body).toContain('<meta name="map-style" content="https://maps.example.com/style.json?key=1&amp;a=%22%3C" />');
  const script = await app.inject('/assets/index-abc.js');
  for (const policy of [headers, script.headers].map((each) => each['content-security-policy'])) {
    expect(policy).toContain("connect-src 'self' https://maps.example.com;");
  }
  const again = await app.inject({ url: '/', headers: { ...browser, 'if-none-match': headers.etag } });
  expect(again.statusCode).toBe(304);
  await app.close();
  const { headers: closed } = await analytical.app.inject({ url: '/', headers: browser });
  expect(closed['content-security-policy']).toContain("connect-src 'self';");
});

it('welcomes browsers, too, as long as the dashboard is not built', async () => {
  const app = await createAnalytical({
    database: analytical.database,
    replica: new Promise(() => {}),
    jobs: analytical.jobs,
    dashboard: '/nowhere',
    log: pino({ level: 'silent' }),
  });
  expect((await app.inject({ url: '/', headers: browser })).body).toBe(welcome);
  const view = await app.inject({ url: '/app/areas', headers: browser });
  expect(view.statusCode).toBe(404);
  expect(view.json().error).toContain('npm run build -w apps/dashboard');
  await app.close();
});
