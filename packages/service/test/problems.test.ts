import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { example } from './example.ts';

const service = example();

function problem(kind: string, status: number, title: string, detail: string) {
  const type = `/api/docs/problems#${kind}`;
  return { type, title, status, detail, error: detail, request_id: expect.any(String) };
}

describe('every error is a problem document', () => {
  const cases: [
    name: string,
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    kind: string,
    status: number,
    title: string,
    detail: string,
  ][] = [
    [
      'an unknown path',
      'GET',
      '/example/nothing?x=1',
      'path-not-found',
      404,
      'Path not found',
      'There is nothing at /example/nothing.',
    ],
    ['a missing resource', 'GET', '/example/missing', 'not-found', 404, 'Not found', 'There is no such thing.'],
    [
      'a method that the path does not take',
      'DELETE',
      '/example/items',
      'method-not-allowed',
      405,
      'Method not allowed',
      '/example/items does not take DELETE; it takes POST.',
    ],
    [
      'a malformed escape in the path',
      'GET',
      '/example/%zz',
      'invalid-request',
      400,
      'Invalid request',
      'The path is not a valid URL: a % must be followed by two hexadecimal digits.',
    ],
    [
      'a bug',
      'GET',
      '/example/bug',
      'internal-error',
      500,
      'Internal error',
      'Something went wrong in the service. It has been recorded.',
    ],
  ];
  it.each(cases)('%s', async (_name, method, url, kind, status, title, detail) => {
    const response = await service.app.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(response.json()).toEqual(problem(kind, status, title, detail));
  });

  it('a method that the path does not take, with the methods that it takes in Allow', async () => {
    const response = await service.app.inject({ method: 'PUT', url: '/example/list' });
    expect(response.headers.allow).toBe('GET, HEAD');
  });

  const body = (payload: string, type = 'application/json') =>
    service.app.inject({ method: 'POST', url: '/example/items', payload, headers: { 'content-type': type } });

  it.each([
    ['a body of another type', () => body('name=x', 'text/plain'), 415, 'The Content-Type must be application/json.'],
    [
      'a form',
      () => body('name=x', 'application/x-www-form-urlencoded'),
      415,
      'The Content-Type must be application/json.',
    ],
    ['an invalid Content-Type', () => body('{}', 'nonsense'), 415, 'The Content-Type must be application/json.'],
    ['broken JSON', () => body('{"name":'), 400, 'The body is not valid JSON.'],
    ['an empty body', () => body(''), 400, 'The body is empty; send a JSON object.'],
    ['a body that is not an object', () => body('[1]'), 400, 'The body must be a JSON object.'],
    ['null', () => body('null'), 400, 'The body must be a JSON object.'],
    [
      'a body that poisons prototypes',
      () => body('{"__proto__":{"x":1},"name":"a"}'),
      400,
      'The body is not valid JSON.',
    ],
    ...[
      ['"a\\u0000"', 'rooms'],
      ['["\\uD83C"]', 'rooms.0'],
      ['{"a":{"\\udfe0":1}}', 'rooms.a'],
    ].map(
      ([value, member]) =>
        [
          `a body with ${value}`,
          () => body(`{"name":"a","rooms":${value}}`),
          400,
          `Member "${member}" cannot contain the character NUL (\\u0000), or half of a surrogate pair.`,
        ] as const,
    ),
    [
      'a body of too many levels',
      () => body(`{"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
      400,
      'The body may have 50 levels of objects and lists within each other.',
    ],
    [
      'text that resembles an escape, and a whole surrogate pair',
      () => body('{"name":"\\\\u0000\\ud83c\\udfe0","rooms":"x"}'),
      400,
      'Member "rooms" must be a whole number of at least 0, not "x".',
    ],
    [
      'a body beyond 64 KiB',
      () => body(`{"name":"${'x'.repeat(70_000)}"}`),
      413,
      'The body is too large for this request.',
    ],
  ] as const)('%s', async (_name, send, status, detail) => {
    const response = await send();
    expect(response.json()).toMatchObject({ status, error: detail });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });
});

describe('the log', () => {
  it('has a bug with its stack, the request id that the client received, and the trace id of the load balancer', async () => {
    const trace = 'Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678';
    const response = await service.app.inject({ url: '/example/bug', headers: { 'x-amzn-trace-id': trace } });
    expect(response.body).not.toContain('secret');
    const { request_id } = response.json();
    expect(request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(service.lines.at(-1)).toMatchObject({
      level: 50,
      service: 'example',
      request_id,
      trace_id: '1-67891233-abcdef012345678912345678',
      method: 'GET',
      url: '/example/bug',
      err: { message: 'secret: SELECT * FROM sale', stack: expect.stringContaining('example.ts') },
    });
  });

  it('has no line for a successful or an invalid request', async () => {
    const before = service.lines.length;
    await service.app.inject('/example/list');
    await service.app.inject('/example/list?limit=x');
    expect(service.lines.length).toBe(before);
  });
});

describe('behind the load balancer', () => {
  it('takes the address of the client from the last hop only', async () => {
    const response = await service.app.inject({
      url: '/example/client',
      headers: { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' },
    });
    expect(response.json().client).toBe('2.2.2.2');
  });

  it('generates a request id for each request', async () => {
    const [first, second] = await Promise.all([
      service.app.inject('/example/client'),
      service.app.inject('/example/client'),
    ]);
    expect(first.json().request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.json().request_id).not.toBe(first.json().request_id);
  });

  it('keeps idle connections for longer than the load balancer does', () => {
    const { keepAliveTimeout, headersTimeout } = service.app.server;
    expect(keepAliveTimeout).toBeGreaterThan(60_000);
    expect(headersTimeout).toBeGreaterThan(keepAliveTimeout);
  });
});

describe('on a connection', () => {
  let port: number;
  beforeAll(async () => {
    port = Number(new URL(await service.app.listen({ port: 0, host: '127.0.0.1' })).port);
  });
  afterAll(() => service.app.server.closeAllConnections());

  function exchange(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8').on('data', (data) => (answer += data));
      socket.on('close', () => resolve(answer)).on('error', reject);
    });
  }

  it.each([
    ['a request that is not HTTP', 'nonsense\r\n\r\n', 'refused', 400],
    [
      'headers beyond those that the load balancer lets pass',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(80_000)}\r\n\r\n`,
      'headers-too-large',
      431,
    ],
    [
      'a URL beyond 16 KiB',
      `GET /example/list?code=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      'url-too-long',
      414,
    ],
    [
      'a segment beyond 500 characters',
      `GET /example/items/${'1'.repeat(501)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      'url-too-long',
      414,
    ],
  ])('refuses %s with a problem document, and closes the connection', async (_name, text, kind, status) => {
    const [head = '', body = ''] = (await exchange(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/^connection: close$/im);
    expect(head).toMatch(/^content-type: application\/problem\+json; charset=utf-8$/im);
    expect(head).toMatch(/^x-content-type-options: nosniff$/im);
    expect(JSON.parse(body)).toMatchObject({ type: `/api/docs/problems#${kind}`, status });
  });

  it('reads a body that is too large, so that the client can send it and read the answer', async () => {
    const body = 'x'.repeat(3_000_000);
    const head = 'HTTP/1.1\r\nHost: localhost\r\n';
    const post = `POST /example/items ${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answers = await exchange(`${post}${body}GET /example/plain ${head}Connection: close\r\n\r\n`);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  it('takes all headers that the load balancer lets pass', async () => {
    const headers = Array.from({ length: 4 }, (_, i) => `X-${i}: ${'x'.repeat(16_300)}\r\n`).join('');
    const request = `GET /example/plain HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`;
    expect(await exchange(request)).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('the host of a request', () => {
  const to = (host: string, url = '/example/plain') => service.app.inject({ url, headers: { host } });

  it.each(['localhost', 'localhost:8080', 'LOCALHOST', '127.0.0.1:8080', '[::1]:8080', 'insights.example.com'])(
    '%s is answered',
    async (host) => {
      expect((await to(host)).statusCode).toBe(200);
    },
  );

  it.each(['evil.example.com', 'evil.example.com:8080', 'localhost.evil.example.com', '10.0.1.2:8000'])(
    '%s is refused on every path, known or not',
    async (host) => {
      for (const url of ['/example/plain', '/example/openapi.json', '/example/none']) {
        const response = await to(host, url);
        expect(response.statusCode).toBe(421);
        expect(response.json().type).toBe('/api/docs/problems#unknown-host');
      }
    },
  );

  it('cannot be replaced by the client with another header', async () => {
    const headers = { host: 'localhost', 'x-forwarded-host': 'evil.example.com' };
    expect((await service.app.inject({ url: '/example/plain', headers })).statusCode).toBe(421);
  });

  it('does not matter to health checks, which name the address of the task', async () => {
    expect((await to('10.0.1.2:8000', '/example/health')).statusCode).toBe(200);
  });
});
