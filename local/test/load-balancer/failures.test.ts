import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { groupArn, openConnection, readBody, readUntil, startBalancer, startBoth, until } from './support.ts';

/** A target that answers health checks and gives any other connection's first bytes to `react`. */
async function startRawTarget(react: (socket: Socket, head: string) => void): Promise<{ host: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('data', (bytes) => {
      if (bytes.includes('GET /api/health')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      else react(socket, bytes.toString());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

async function withRawTarget(react: (socket: Socket, head: string) => void, idleTimeout?: number) {
  const started = await startBalancer({ idleTimeout });
  await started.balancer.registerTarget(groupArn, await startRawTarget(react));
  return started;
}

const page = (title: string) =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;

async function expectPage(response: Response, status: number, title: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('server')).toBe('awselb/2.0');
  expect(response.headers.get('content-type')).toBe('text/html');
  expect(await response.text()).toBe(page(title));
}

describe('403', () => {
  it('is given for a body over the limit of its path, with or without a stated length', async () => {
    const received: number[] = [];
    const { url } = await startBoth(
      async (request, response) => {
        received.push((await readBody(request)).length);
        response.end();
      },
      { maxBodyBytes: (path) => (path === '/api/limited' ? 1000 : Infinity) },
    );
    const send = async (path: string, bytes: number, chunked: boolean) => {
      const body = chunked ? new Blob(['x'.repeat(bytes)]).stream() : 'x'.repeat(bytes);
      const response = await fetch(`${url}${path}`, { method: 'POST', body, duplex: 'half' } as RequestInit);
      return response.status;
    };
    for (const chunked of [false, true]) {
      expect(await send('/api/limited', 1000, chunked)).toBe(200);
      expect(await send('/api/limited', 1001, chunked)).toBe(403);
      expect(await send('/api/unlimited', 1001, chunked)).toBe(200);
    }
    expect(received.filter((bytes) => bytes > 1000)).toEqual([1001, 1001]);
  });
});

describe('502', () => {
  it('is given when the target refuses the connection', async () => {
    const { balancer, url, requests } = await startBalancer();
    void balancer.registerTarget(groupArn, { host: '127.0.0.1', port: 1 });
    const response = await fetch(`${url}/api`);
    expect(response.headers.get('content-length')).toBe('122'); // as an Application Load Balancer's
    await expectPage(response, 502, '502 Bad Gateway');
    await until(() => requests.length === 1);
    expect(requests[0]?.error).toContain('ECONNREFUSED');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['closes the connection without a response', (socket) => socket.end()],
    ['sends something else than HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    ['breaks off in the head', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le')],
    ['sends a head over 32 KB', (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)],
    [
      'frames its body in two ways',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    ],
  ])('is given when the target %s', async (_what, react) => {
    const { url } = await withRawTarget(react);
    await expectPage(await fetch(`${url}/api`), 502, '502 Bad Gateway');
    await expectPage(await fetch(`${url}/api`, { method: 'POST', body: 'abc' }), 502, '502 Bad Gateway');
  });

  it('leaves the connection of the client usable, after an upload too', async () => {
    const { balancer } = await withRawTarget((socket) => socket.resetAndDestroy());
    const socket = await openConnection(balancer);
    socket.write(`POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`);
    expect(await readUntil(socket, '</html>\r\n')).toMatch(/^HTTP\/1.1 502 /);
    socket.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await readUntil(socket, 'not found.')).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe('a response that breaks off', () => {
  it.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
  ])('resets the client, %s', async (_how, text) => {
    const { balancer, requests } = await withRawTarget((socket) => {
      socket.write(text);
      setTimeout(() => socket.resetAndDestroy(), 50);
    });
    const socket = await openConnection(balancer);
    const failed = once(socket, 'error');
    socket.write('GET /api HTTP/1.0\r\nHost: a\r\n\r\n');
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes;
    });
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(received).toMatch(/abc$/);
    await until(() => requests.length === 1);
    expect(requests[0]).toMatchObject({ status: 200, bytes: 3, error: expect.stringContaining('the target failed') });
  });
});

describe('503', () => {
  it('is given when no target is registered', async () => {
    const { url } = await startBalancer();
    const response = await fetch(`${url}/api`);
    expect(response.headers.get('content-length')).toBe('162');
    await expectPage(response, 503, '503 Service Temporarily Unavailable');
  });
});

describe('504', () => {
  it('is given when the target sends nothing for the idle timeout', async () => {
    const { url } = await withRawTarget(() => {}, 0.2);
    const response = await fetch(`${url}/api`);
    expect(response.headers.get('content-length')).toBe('132');
    await expectPage(response, 504, '504 Gateway Time-out');
  });

  it('is not given while bytes are transferred', async () => {
    const { url } = await startBoth(
      async (_, response) => {
        for (let i = 0; i < 10; i++) {
          response.write('x');
          await sleep(100);
        }
        response.end();
      },
      { idleTimeout: 0.6 },
    );
    expect(await (await fetch(`${url}/api`)).text()).toBe('xxxxxxxxxx');
  });

  it('resets the client when a response that has begun stops for the idle timeout', async () => {
    const { url } = await startBoth((_, response) => void response.write('x'), { idleTimeout: 0.2 });
    const response = await fetch(`${url}/api`);
    await expect(response.text()).rejects.toThrow();
  });

  it('is given when the target reads none of an upload', async () => {
    const { balancer } = await startBoth((request) => void request.pause(), { idleTimeout: 0.3 });
    const socket = await openConnection(balancer);
    socket.write(`POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n`);
    socket.write(Buffer.alloc(50_000_000));
    expect(await readUntil(socket, '</html>')).toMatch(/^HTTP\/1.1 504 /);
  });

  it('is given when the target does not accept a connection in time', async () => {
    // A stopped process with a full queue: its kernel lets further connections wait.
    const program = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await once(createInterface(child.stdout), 'line');
    const port = Number(line);
    child.kill('SIGSTOP');
    for (let accepted = true; accepted; ) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      onTestFinished(() => void socket.destroy());
      accepted = await Promise.race([once(socket, 'connect').then(() => true), sleep(300, false)]);
    }

    const { balancer, url } = await startBalancer({ connectTimeout: 0.5 });
    void balancer.registerTarget(groupArn, { host: '127.0.0.1', port });
    const started = performance.now();
    await expectPage(await fetch(`${url}/api`), 504, '504 Gateway Time-out');
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

describe('errors of the client', () => {
  it('answers 408 when its upload stalls for the idle timeout', async () => {
    const { balancer } = await startBoth((request) => void request.resume(), { idleTimeout: 0.2 });
    const socket = await openConnection(balancer);
    socket.write('POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc');
    expect(await readUntil(socket, '</html>')).toMatch(/^HTTP\/1.1 408 Request Time-out\r\n/);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a head over 64 KB', `GET /api HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
    ['a header over 16 KB', `GET /api HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(16_400)}\r\n\r\n`],
    ['no Host', 'GET /api HTTP/1.1\r\n\r\n'],
    [
      'a body framed in two ways',
      'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('answers 400 to %s', async (_what, text) => {
    const { balancer } = await startBoth((_, response) => response.end());
    const socket = await openConnection(balancer);
    socket.write(text);
    expect(await readUntil(socket, '</html>')).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it('answers 414 to a request line over 16 KB', async () => {
    const { balancer } = await startBoth((_, response) => response.end());
    const socket = await openConnection(balancer);
    socket.write(`GET /api?q=${'x'.repeat(16_400)} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(await readUntil(socket, '</html>')).toMatch(/^HTTP\/1.1 414 URI Too Long\r\n/);
  });

  it('passes a head of nearly 64 KB, if no line of it exceeds 16 KB', async () => {
    const { balancer } = await startBoth((_, response) => response.end('passed'));
    const socket = await openConnection(balancer);
    const headers = Array.from({ length: 3 }, (_, i) => `X-${i}: ${'x'.repeat(16_300)}\r\n`).join('');
    socket.write(`GET /api?q=${'x'.repeat(16_000)} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
    expect(await readUntil(socket, 'passed')).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  it('answers 405 to TRACE', async () => {
    const { balancer } = await startBoth((_, response) => response.end());
    const socket = await openConnection(balancer);
    socket.write('TRACE /api HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await readUntil(socket, '</html>')).toMatch(/^HTTP\/1.1 405 Not Allowed\r\n/);
  });
});

it('does not reuse a connection that the target is closing', async () => {
  const requests = new Map<Socket, number>();
  const address = await startRawTarget((socket) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    setTimeout(() => socket.destroy(), 20);
  });
  const { balancer, url } = await startBalancer();
  await balancer.registerTarget(groupArn, address);
  for (let i = 0; i < 20; i++) expect((await fetch(`${url}/api`)).status).toBe(200);
  expect(new Set(requests.values())).toEqual(new Set([1]));
});
