import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forwardedRequest } from '../../src/load-balancer/headers.ts';
import { openConnection, readBody, readUntil, startBalancer, startBoth, until } from './support.ts';

describe('the actions of a listener', () => {
  it('answers a fixed response itself', async () => {
    const { url, requests } = await startBalancer();
    const response = await fetch(`${url}/nope?secret=x`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('server')).toBe('awselb/2.0');
    expect(await response.text()).toBe('Resource not found.');
    await until(() => requests.length === 1);
    expect(requests[0]).toMatchObject({ method: 'GET', path: '/nope', status: 404, target: null });
  });

  it('redirects', async () => {
    const { url } = await startBalancer();
    const response = await fetch(`${url}/old?a=b`, { redirect: 'manual' });
    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toBe(`${url}/api/old?a=b`);
  });

  it('forwards, and writes a line for the request', async () => {
    const { url, requests, target } = await startBoth((_, response) => {
      response.writeHead(201, 'Made', { 'X-Own': '1', 'Set-Cookie': ['a=1', 'b=2'], Server: 'mine' }).end('hello');
    });
    const response = await fetch(`${url}/api/things?q=1`, { method: 'POST', body: 'abc' });
    expect(response.status).toBe(201);
    expect(response.statusText).toBe('Made');
    expect(response.headers.get('x-own')).toBe('1');
    expect(response.headers.get('server')).toBe('mine');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('hello');
    await until(() => requests.length === 1);
    expect(requests[0]).toEqual({
      event: 'request',
      method: 'POST',
      path: '/api/things',
      status: 201,
      target: `127.0.0.1:${target.address.port}`,
      ms: expect.any(Number),
      bytes: 5,
      bytes_received: 3,
      client: '127.0.0.1',
      trace_id: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
  });
});

describe('the request that a target gets', () => {
  const echo = async (request: IncomingMessage) =>
    JSON.stringify({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: (await readBody(request)).toString(),
    });

  async function send(text: string) {
    const { balancer } = await startBoth(async (request, response) => response.end(await echo(request)));
    const socket = await openConnection(balancer);
    socket.write(text.replaceAll('\n', '\r\n'));
    const answer = await readUntil(socket, /\r\n\r\n.*\}$/s);
    return { ...JSON.parse(answer.slice(answer.indexOf('{'))), answer, port: balancer.port };
  }

  it('has the path and query as the client wrote them', async () => {
    expect(await send('GET /api/%61/..%2fx?q=%20&b=a/b HTTP/1.1\nHost: a\n\n')).toMatchObject({
      url: '/api/%61/..%2fx?q=%20&b=a/b',
    });
  });

  it('has the path alone when the client sent an absolute address', async () => {
    expect(await send('GET http://a.test/api/x?y HTTP/1.1\nHost: a.test\n\n')).toMatchObject({ url: '/api/x?y' });
  });

  it('keeps Host and adds the address and protocol of the client', async () => {
    const { headers, port } = await send('GET /api HTTP/1.1\nHost: shop.example.com:81\n\n');
    expect(headers).toMatchObject({
      host: 'shop.example.com:81',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
  });

  it('appends to X-Forwarded-For and overrides what a client claims otherwise', async () => {
    const { headers, port } = await send(
      'GET /api HTTP/1.1\nHost: a\nX-Forwarded-For: 1.2.3.4\nX-Forwarded-Proto: https\nX-Forwarded-Port: 443\n\n',
    );
    expect(headers).toMatchObject({
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
    });
  });

  it('keeps the Root and own fields of a trace id and renews its Self', async () => {
    const { headers } = await send(
      'GET /api HTTP/1.1\nHost: a\nX-Amzn-Trace-Id: Self=1-0-0;Root=1-67891233-abcdef012345678912345678;CalledFrom=app\n\n',
    );
    expect(headers['x-amzn-trace-id']).toMatch(
      /^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-abcdef012345678912345678;CalledFrom=app$/,
    );
  });

  it('has the address of the client in the header of CloudFront, whatever the client sends, if CloudFront is the entry', () => {
    const sent = ['Host', 'a', 'X-Client-Address', '198.51.100.1', 'x-client-address', '198.51.100.2'];
    const forwarded = (clientAddressHeader?: string) =>
      forwardedRequest(sent, '192.0.2.7', { host: 'a', port: 1, clientAddressHeader }).headers.filter(
        (_, i, headers) => headers[i - (i % 2)]?.toLowerCase() === 'x-client-address',
      );
    expect(forwarded('x-client-address')).toEqual(['x-client-address', '192.0.2.7']);
    expect(forwarded()).toEqual(sent.slice(2));
  });

  it('lacks the headers of the connection', async () => {
    const { headers, answer } = await send(
      'GET /api HTTP/1.1\nHost: a\nConnection: keep-alive, X-Hop\nX-Hop: 1\nKeep-Alive: timeout=1\nUpgrade: websocket\nTE: trailers\nX-Kept: 1\n\n',
    );
    expect(headers).toMatchObject({ 'x-kept': '1', connection: 'keep-alive' });
    for (const name of ['x-hop', 'keep-alive', 'upgrade', 'te']) expect(headers).not.toHaveProperty(name);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it('has a Host even if an HTTP/1.0 client sent none', async () => {
    const { headers, port, answer } = await send('GET /api HTTP/1.0\n\n');
    expect(headers.host).toBe(`127.0.0.1:${port}`);
    expect(answer.toLowerCase()).not.toContain('transfer-encoding');
  });

  it('has the body of any method, however it is framed', async () => {
    expect(await send('DELETE /api HTTP/1.1\nHost: a\nContent-Length: 3\n\nabc')).toMatchObject({ body: 'abc' });
    expect(await send('PATCH /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n')).toMatchObject({
      body: 'abc',
    });
    const { headers } = await send('POST /api HTTP/1.1\nHost: a\n\n');
    expect(headers).toMatchObject({ 'content-length': '0' });
  });

  it('has no Expect: the load balancer has sent 100 Continue', async () => {
    const { headers, body, answer } = await send(
      'POST /api HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 3\n\nabc',
    );
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/);
    expect(headers).not.toHaveProperty('expect');
    expect(body).toBe('abc');
  });
});

describe('bodies', () => {
  it('sends 100 Continue before the body arrives', async () => {
    const { balancer } = await startBoth(async (request, response) => response.end(await readBody(request)));
    const socket = await openConnection(balancer);
    socket.write('POST /api HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    expect(await readUntil(socket, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('abc');
    expect(await readUntil(socket, 'abc')).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it('answers HEAD with the head alone and keeps both connections', async () => {
    const { balancer, target } = await startBoth((_, response) => response.end('hello'));
    const socket = await openConnection(balancer);
    const before = target.connections();
    for (let i = 0; i < 2; i++) {
      socket.write('HEAD /api HTTP/1.1\r\nHost: a\r\n\r\n');
      const head = await readUntil(socket, '\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/);
      expect(head.endsWith('\r\n\r\n')).toBe(true);
    }
    expect(target.connections() - before).toBe(1);
  });

  it('drops interim responses', async () => {
    const { balancer } = await startBoth((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      setTimeout(() => response.end('hello'), 20);
    });
    const socket = await openConnection(balancer);
    socket.write('GET /api HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = await readUntil(socket, 'hello');
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer).not.toContain('style.css');
  });

  it('passes each event at once, and the head before the first', async () => {
    let emit: (text: string) => void = () => {};
    const { url } = await startBoth((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
      emit = (text) => response.write(text);
    });
    const response = await fetch(`${url}/api/events`); // resolves at the head
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.getReader();
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      emit(event);
      const read = await reader?.read();
      expect(Buffer.from(read?.value ?? []).toString()).toBe(event);
    }
    await reader?.cancel();
  });

  it('streams an upload of 100 MB as it arrives, byte for byte', async () => {
    const size = 1600 * 64 * 1024;
    let sent = 0;
    let received = 0;
    let mostUnderWay = 0;
    const { url, requests } = await startBoth(async (request, response) => {
      const hash = createHash('sha256');
      for await (const chunk of request) {
        hash.update(chunk);
        received += chunk.length;
      }
      response.end(hash.digest('hex'));
    });
    const hash = createHash('sha256');
    async function* blocks() {
      for (const block = Buffer.alloc(64 * 1024, 'property '); sent < size; sent += block.length) {
        block.writeUInt32LE(sent);
        hash.update(block);
        mostUnderWay = Math.max(mostUnderWay, sent - received);
        yield Buffer.from(block);
      }
    }
    const request = sendRequest(`${url}/api`, { method: 'POST' });
    const answered = once(request, 'response');
    await pipeline(blocks, request);
    const [response] = await answered;
    expect((await readBody(response)).toString()).toBe(hash.digest('hex'));
    // What the kernel and the streams on the way may hold, but no more of it.
    expect(mostUnderWay).toBeLessThan(size / 3);
    await until(() => requests.length === 1);
    expect(requests[0]?.bytes_received).toBe(size);
  });

  it('slows down a target that sends faster than the client reads', async () => {
    let sent = 0;
    const { balancer } = await startBoth(async (_, response) => {
      const block = Buffer.alloc(64 * 1024);
      const source = Readable.from(
        (function* () {
          for (let i = 0; i < 3200; i++) {
            sent += block.length;
            yield block;
          }
        })(),
      );
      await pipeline(source, response).catch(() => {});
    });
    const socket = await openConnection(balancer);
    socket.write('GET /api HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    socket.pause();
    await until(() => sent > 0);
    await sleep(300);
    // The rest fits neither into the kernel's buffers nor into the load balancer's.
    expect(sent).toBeLessThan(100 * 1024 * 1024);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    await once(socket.resume(), 'close');
    expect(received).toBeGreaterThan(3200 * 64 * 1024);
  });

  it('slows down a client that sends faster than the target reads', async () => {
    let go: () => void = () => {};
    const { balancer } = await startBoth((request, response) => {
      request.pause();
      go = async () => response.end(String((await readBody(request)).length));
    });
    const socket = await openConnection(balancer);
    const size = 50 * 1024 * 1024;
    socket.write(`POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    const upload = pipeline(
      Readable.from(
        (function* () {
          for (let i = 0; i < size / 65_536; i++) yield Buffer.alloc(65_536);
        })(),
      ),
      socket,
      { end: false },
    );
    await sleep(300);
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(30 * 1024 * 1024);
    go();
    await upload;
    expect(await readUntil(socket, /\r\n\r\n\d+/)).toContain(`\r\n\r\n${size}`);
  });

  it('gives a client the answer of a target that refuses its upload half-way and reads on', async () => {
    const { balancer } = await startBoth((request, response) => {
      request.once('data', () => response.writeHead(413).end('too large'));
    });
    const socket = await openConnection(balancer);
    const size = 10 * 1024 * 1024;
    socket.write(`POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size));
    expect(await readUntil(socket, 'too large')).toMatch(/^HTTP\/1.1 413 /);
    socket.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await readUntil(socket, 'not found.')).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe('connections', () => {
  it('keeps those of clients and of targets alive', async () => {
    const { url, target } = await startBoth((_, response) => response.end('hello'));
    const before = target.connections();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 20; i++) {
      const request = sendRequest(`${url}/api`, { agent }).end();
      const [response] = await once(request, 'response');
      await readBody(response);
      expect(request.reusedSocket).toBe(i > 0);
    }
    agent.destroy();
    expect(target.connections() - before).toBe(1);
  });

  it('closes a client connection that is idle for the idle timeout', async () => {
    const { balancer } = await startBoth((_, response) => response.end('hello'), { idleTimeout: 0.2 });
    const socket = await openConnection(balancer);
    socket.write('GET /api HTTP/1.1\r\nHost: a\r\n\r\n');
    await readUntil(socket, 'hello');
    await once(socket.resume(), 'close');
  });

  it('answers requests that a client sends without waiting, in order', async () => {
    const { balancer } = await startBoth(async (request, response) => {
      if (request.url === '/api/1') await sleep(50);
      response.end(`<${request.url}>`);
    });
    const socket = await openConnection(balancer);
    socket.write('GET /api/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /api/2 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await readUntil(socket, '</api/2>')).toMatch(/<\/api\/1>.*<\/api\/2>/s);
  });

  it('closes the connection to the target when the client has left, before the response', async () => {
    let targetSawClose = false;
    let asked = false;
    const { balancer, requests } = await startBoth((_, response) => {
      asked = true;
      response.on('close', () => {
        targetSawClose = true;
      });
    });
    const socket = await openConnection(balancer);
    socket.write('GET /api HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => asked);
    socket.destroy();
    await until(() => targetSawClose && requests.length === 1);
    expect(requests[0]).toMatchObject({ status: 460, error: 'the client closed the connection' });
  });

  it('closes the connection to the target when the client has left, during an upload', async () => {
    let aborted = false;
    const { balancer } = await startBoth((request) => {
      request.resume().on('error', () => {
        aborted = true;
      });
    });
    const socket = await openConnection(balancer);
    socket.write('POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc');
    await sleep(50);
    socket.destroy();
    await until(() => aborted);
  });

  it('closes the connection to the target when the client has left, during a download', async () => {
    let closed = false;
    const { url } = await startBoth((_, response) => {
      const timer = setInterval(() => response.write('data: x\n\n'), 5);
      response.on('close', () => {
        clearInterval(timer);
        closed = true;
      });
    });
    const abort = new AbortController();
    await fetch(`${url}/api`, { signal: abort.signal });
    abort.abort();
    await until(() => closed);
  });
});
