import { describe, expect, it } from 'vitest';
import { bearer, tokens } from '../../../../test/tokens.ts';
import { service } from '../service.ts';

describe('with READ_ACCESS=token', () => {
  const analytical = service({ bearing: false, readAccess: 'token' });
  const get = (url: string, headers = {}) => analytical.app.inject({ url, headers });

  it.each(['/', '/app/', '/assets/index-abc.js', '/api', '/api/access', '/api/health', '/api/openapi.json'])(
    '%s stays open: it holds no sales',
    async (url) => {
      expect((await get(url)).statusCode).toBe(200);
    },
  );

  it('the health check names no markets', async () => {
    expect((await get('/api/health')).json()).not.toHaveProperty('unavailable_markets');
  });

  it('every route about sales needs a token, of any scope', async () => {
    const { paths } = (await get('/api/openapi.json')).json();
    const reading = Object.keys(paths).filter(
      (path) => 'get' in paths[path] && !['/api', '/api/access', '/api/health', '/api/openapi.json'].includes(path),
    );
    expect(reading.length).toBeGreaterThan(15);
    for (const path of reading) {
      const url = path.replace(/\{[^}]*\}/g, '1');
      expect((await get(url)).statusCode, path).toBe(401);
      // Exports take no HEAD.
      expect((await analytical.app.inject({ method: 'HEAD', url })).statusCode, path).toBeOneOf([401, 405]);
      if (path.startsWith('/api/tokens')) continue;
      expect((await get(url, bearer(tokens.read))).statusCode, path).not.toBe(401);
    }
    for (const token of Object.values(tokens)) {
      expect((await get('/api/analytics/summary', bearer(token))).statusCode).toBe(200);
    }
  });
});

describe('with reading open', () => {
  const analytical = service({ bearing: false });

  it('a token plays no part in reading, not even a wrong one', async () => {
    const response = await analytical.app.inject({ url: '/api/analytics/summary', headers: bearer('pi_wrong') });
    expect(response.statusCode).toBe(200);
  });
});
