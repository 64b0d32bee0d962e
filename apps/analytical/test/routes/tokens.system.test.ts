import { describe, expect, it } from 'vitest';
import { bearer, tokens } from '../../../../test/tokens.ts';
import { service } from '../service.ts';

const analytical = service({ bearing: false });
const admin = bearer(tokens.admin);

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const ask = (method: Method, url: string, headers: Record<string, string> = {}, payload?: object) =>
  analytical.app.inject({ method, url, headers, ...(payload && { payload }) });
const make = (token: object) => ask('POST', '/api/tokens', admin, { name: 'of a test', scope: 'write', ...token });
const enter = (headers: Record<string, string>) =>
  ask('POST', '/api/properties', headers, { address: '1 Test St', price: 1000 });

describe('who may write', () => {
  it('every route that changes anything, and every one about tokens, needs a token', async () => {
    const { paths } = (await ask('GET', '/api/openapi.json')).json();
    const routes = Object.entries<Record<string, { security: object[] }>>(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        method: method.toUpperCase() as Method,
        path,
        security,
      })),
    );
    const guarded = routes.filter(({ method, path }) => method !== 'GET' || path.startsWith('/api/tokens'));
    expect(guarded.length).toBeGreaterThan(6);
    for (const { method, path, security } of guarded) {
      const url = path.replace(/\{[^}]*\}/g, '1');
      const response = await ask(method, url);
      expect(response.statusCode, `${method} ${path}`).toBe(401);
      expect(security, `${method} ${path}`).toEqual([{ token: [expect.stringMatching(/^(write|admin)$/)] }]);
      expect((await ask(method, url, bearer(tokens.read))).statusCode, `${method} ${path}`).toBe(403);
    }
  });

  it('a client may ask what its token allows', async () => {
    const nothing = { name: null, scope: null, expires_at: null };
    expect((await ask('GET', '/api/access')).json()).toEqual(nothing);
    for (const scope of ['read', 'write', 'admin'] as const) {
      expect((await ask('GET', '/api/access', bearer(tokens[scope]))).json()).toMatchObject({ scope });
    }
    expect((await ask('GET', '/api/access', bearer(`pi_${'x'.repeat(43)}`))).statusCode).toBe(401);
  });

  it('without a token, the answer says how to get one', async () => {
    const response = await enter({});
    expect(response.json()).toMatchObject({
      status: 401,
      error:
        'This request needs a token with the scope "write": send the header "Authorization: Bearer pi_…". An administrator creates tokens with POST /api/tokens. The first one is in the secret of the stack output AdminTokenSecretArn; on a machine that runs the system, "npm run token" prints one.',
    });
    expect(response.headers['www-authenticate']).toBe('Bearer realm="Property Insights"');
  });

  it('nothing of a body is looked at before', async () => {
    const response = await ask('POST', '/api/properties', { 'content-type': 'text/html' }, undefined);
    expect(response.statusCode).toBe(401);
  });

  it.each(['write', 'admin'] as const)('with the scope %s properties are entered', async (scope) => {
    expect((await enter(bearer(tokens[scope]))).statusCode).toBe(201);
    expect((await ask('POST', '/api/properties', bearer(tokens[scope]), {})).json()).toMatchObject({
      status: 400,
      error: 'Missing address or price',
    });
  });

  it('the error for an insufficient scope states the needed scope', async () => {
    const response = await ask('POST', '/api/markets', bearer(tokens.write), {});
    expect(response.json()).toMatchObject({
      status: 403,
      error: 'This request needs a token with the scope "admin"; this one has "write".',
    });
    expect(response.headers['www-authenticate']).toContain('error="insufficient_scope", scope="admin"');
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer x',
    `Bearer pi_${'x'.repeat(43)}`,
    `Basic ${tokens.admin}`,
    tokens.admin,
    `Bearer ${tokens.admin}x`,
    `Bearer ${tokens.admin}, Bearer ${tokens.admin}`,
    `Bearer ${'x'.repeat(8000)}`,
    "Bearer pi_'; DROP TABLE token; --",
  ])('"%s" lets nobody in', async (authorization) => {
    const response = await enter({ authorization });
    expect(response.json()).toMatchObject({
      status: 401,
      error: expect.stringContaining('The token is unknown.'),
    });
    expect(response.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('a revision states which token wrote it', async () => {
    await enter(bearer(tokens.write));
    const { author } = await analytical.database.kysely
      .selectFrom('revision')
      .select('author')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    expect(author).toMatch(/^test write \(token \d+\)$/);
  });
});

describe('a token', () => {
  it('is made, shown once, listed without its text, used, and revoked', async () => {
    const made = await make({ name: '  Loader  ' });
    expect(made.statusCode).toBe(201);
    expect(made.headers['cache-control']).toBe('no-store');
    const { token, ...rest } = made.json();
    expect(token).toMatch(/^pi_[\w-]{43}$/);
    expect(rest).toEqual({
      id: expect.any(Number),
      name: 'Loader',
      scope: 'write',
      created_at: expect.any(String),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    });
    expect((await enter(bearer(token))).statusCode).toBe(201);
    const list = await ask('GET', '/api/tokens', admin);
    expect(list.body).not.toContain(token.slice(3));
    expect(list.json()).toContainEqual({ ...rest, last_used_at: expect.any(String) });

    const revoked = await ask('DELETE', `/api/tokens/${rest.id}`, admin);
    expect(revoked.json()).toMatchObject({ id: rest.id, revoked_at: expect.any(String) });
    const refused = await enter(bearer(token));
    expect(refused.json()).toMatchObject({ status: 401, error: expect.stringContaining('has been revoked') });
  });

  it('that has expired lets nobody in, also one that was believed a moment ago', async () => {
    const expiresAt = new Date(Date.now() + 1_500);
    const { token } = (await make({ expires_at: expiresAt.toISOString() })).json();
    expect((await enter(bearer(token))).statusCode).toBe(201);
    await expect.poll(async () => (await enter(bearer(token))).statusCode, { timeout: 10_000 }).toBe(401);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
    expect((await enter(bearer(token))).json().error).toContain('The token has expired.');
  });

  it('revoked by another task is refused here within five seconds', { timeout: 15_000 }, async () => {
    const { token, id } = (await make({})).json();
    expect((await enter(bearer(token))).statusCode).toBe(201);
    await analytical.database.kysely
      .updateTable('token')
      .set({ revoked_at: new Date() })
      .where('id', '=', id)
      .execute();
    await expect.poll(async () => (await enter(bearer(token))).statusCode, { timeout: 10_000 }).toBe(401);
  });

  it.each([
    [{ scope: 'owner' }, '"scope"'],
    [{ scope: ['write'] }, '"scope"'],
    [{ name: '' }, '"name"'],
    [{ name: 'two\nlines' }, '"name"'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'must be in the future'],
    [{ expires_at: 'tomorrow' }, 'a time with its zone (YYYY-MM-DDThh:mm:ssZ)'],
    [{ hash: 'x' }, 'Unknown member "hash"'],
  ])('cannot be made with %j', async (token, error) => {
    expect((await make(token)).json()).toMatchObject({ status: 400, error: expect.stringContaining(error) });
  });

  it('that is not there cannot be revoked, nor the last with which others are made', async () => {
    expect((await ask('DELETE', '/api/tokens/2147483647', admin)).statusCode).toBe(404);
    expect((await ask('DELETE', '/api/tokens/9007199254740991', admin)).statusCode).toBe(404);
    const [own] = (await ask('GET', '/api/tokens', admin))
      .json()
      .filter(({ scope }: { scope: string }) => scope === 'admin');
    expect((await ask('DELETE', `/api/tokens/${own.id}`, admin)).statusCode).toBe(409);
    expect((await ask('GET', '/api/tokens', admin)).statusCode).toBe(200);
  });

  it('is one of a list read page by page', async () => {
    const all = (await ask('GET', '/api/tokens?limit=1000', admin)).json();
    const first = await ask('GET', '/api/tokens?limit=2', admin);
    expect(first.json()).toEqual(all.slice(0, 2));
    const next = /^<(.+)>; rel="next"$/.exec(String(first.headers.link))?.[1] as string;
    expect((await ask('GET', next, admin)).json()).toEqual(all.slice(2, 4));
  });
});
