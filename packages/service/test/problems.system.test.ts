import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { example } from './example.ts';

const service = example();

function problem(status: number, title: string, detail: string) {
  return { type: 'about:blank', title, status, detail, error: detail, request_id: expect.any(String) };
}

describe('every error is a problem document', () => {
  const cases: [
    name: string,
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    status: number,
    title: string,
    detail: string,
  ][] = [
    ['an unknown path', 'GET', '/example/nothing?x=1', 404, 'Not Found', 'There is nothing at /example/nothing.'],
    ['something that is not there', 'GET', '/example/missing', 404, 'Not Found', 'There is no such thing.'],
    [
      'a method that the path does not take',
      'DELETE',
      '/example/items',
      405,
      'Method Not Allowed',
      '/example/items does not take DELETE; it takes POST.',
    ],
    [
      'a malformed escape in the path',
      'GET',
      '/example/%zz',
      400,
      'Bad Request',
      'The path is not a valid URL: a % must be followed by two hexadecimal digits.',
    ],
    [
      'a bug',
      'GET',
      '/example/bug',
      500,
      'Internal Server Error',
      'Something went wrong in the service. It has been recorded.',
    ],
  ];
  it.each(cases)('%s', async (_name, method, url, status, title, detail) => {
    const response = await service.app.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(response.json()).toEqual(problem(status, title, detail));
  });

  it('a method that the path does not take, with those that it does in Allow', async () => {
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
    ['a Content-Type that is none', () => body('{}', 'nonsense'), 415, 'The Content-Type must be application/json.'],
    ['broken JSON', () => body('{"name":'), 400, 'The body is not valid JSON.'],
    ['an empty body', () => body(''), 400, 'The body is empty; send a JSON object.'],
    ['a body that is no object', () => body('[1]'), 400, 'The body must be a JSON object.'],
    ['null', () => body('null'), 400, 'The body must be a JSON object.'],
    [
      'a body that poisons prototypes',
      () => body('{"__proto__":{"x":1},"name":"a"}'),
      400,
      'The body is not valid JSON.',
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
  it('has a bug with its stack, the request id that the caller was given, and the trace id of the balancer', async () => {
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

  it('has no line for a request that went well, or that the caller got wrong', async () => {
    const before = service.lines.length;
    await service.app.inject('/example/list');
    await service.app.inject('/example/list?limit=x');
    expect(service.lines.length).toBe(before);
  });
});

describe('behind the load balancer', () => {
  it('believes the last hop about the client, and nothing before it', async () => {
    const response = await service.app.inject({
      url: '/example/client',
      headers: { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' },
    });
    expect(response.json().client).toBe('2.2.2.2');
  });

  it('makes a request id of its own where the balancer gave none', async () => {
    const [first, second] = await Promise.all([
      service.app.inject('/example/client'),
      service.app.inject('/example/client'),
    ]);
    expect(first.json().request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.json().request_id).not.toBe(first.json().request_id);
  });

  it('keeps idle connections for longer than the balancer does', () => {
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
    ['what is not HTTP', 'nonsense\r\n\r\n', 'HTTP/1.1 400 '],
    ['headers beyond 16 KiB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'HTTP/1.1 431 '],
  ])('refuses %s', async (_name, text, start) => {
    expect(await exchange(text)).toMatch(new RegExp(`^${start}`));
  });
});
