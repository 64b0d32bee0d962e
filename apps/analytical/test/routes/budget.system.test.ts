import { expect, it } from 'vitest';
import { service } from '../service.ts';

/** A millisecond in 20 s: the first question uses it up. */
const analytical = service({ bearing: false, callerBudget: 0.001 });

const ask = (url: string, client: string) =>
  analytical.app.inject({ url, headers: { 'x-forwarded-for': `203.0.113.9, ${client}` } });

it('a caller that has used up its budget gets a 429 which states when to try again, and others are answered', async () => {
  expect((await ask('/api/analytics/summary', '192.0.2.1')).statusCode).toBe(200);
  for (const url of ['/api/analytics/facets', '/api/analytics/sales.csv']) {
    const refused = await ask(url, '192.0.2.1');
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ type: '/api/docs/problems#over-budget', status: 429 });
    const seconds = Number(refused.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(refused.headers['ratelimit-policy']).toBe('"processor-seconds";q=0.001;w=20');
    expect(refused.headers.ratelimit).toBe(`"processor-seconds";r=0;t=${seconds}`);
  }
  expect((await ask('/api/analytics/facets', '192.0.2.2')).statusCode).toBe(200);
});

it('what is cached, and what is no question, does not use up the budget', async () => {
  await ask('/api/analytics/trend', '192.0.2.3');
  expect((await ask('/api/analytics/areas', '192.0.2.3')).statusCode).toBe(429);
  expect((await ask('/api/analytics/trend', '192.0.2.3')).statusCode).toBe(200);
  expect((await ask('/api/markets', '192.0.2.3')).statusCode).toBe(200);
});

it('the addresses of one /64 have one budget', async () => {
  expect((await ask('/api/analytics/quality', '2001:db8:1:2::1')).statusCode).toBe(200);
  expect((await ask('/api/analytics/distribution', '2001:db8:1:2:ffff::9')).statusCode).toBe(429);
  expect((await ask('/api/analytics/distribution', '2001:db8:1:3::1')).statusCode).toBe(200);
});
