import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  createLoadBalancer,
  type LoadBalancer,
  type LoadBalancerOptions,
  type RequestEvent,
  type TargetHealthEvent,
} from '../../src/load-balancer/load-balancer.ts';
import type { TargetAddress, TargetGroupSettings } from '../../src/load-balancer/target-group.ts';

export const groupArn =
  'arn:aws:elasticloadbalancing:ap-southeast-2:000000000000:targetgroup/analytical/0123456789abcdef';

/** Short times, so that a test need not wait; what is not given is as an AWS template would have it. */
export async function startBalancer({
  connectTimeout,
  idleTimeout,
  maxBodyBytes,
  ...settings
}: Partial<TargetGroupSettings> &
  Pick<LoadBalancerOptions, 'connectTimeout' | 'idleTimeout' | 'maxBodyBytes'> = {}): Promise<{
  balancer: LoadBalancer;
  url: string;
  requests: RequestEvent[];
  healthChanges: TargetHealthEvent[];
}> {
  const requests: RequestEvent[] = [];
  const healthChanges: TargetHealthEvent[] = [];
  const balancer = await createLoadBalancer({
    port: 0,
    host: '127.0.0.1',
    listener: {
      rules: [
        {
          priority: 10,
          conditions: [{ field: 'path-pattern', values: ['/', '/api', '/api/*'] }],
          action: { type: 'forward', targetGroupArn: groupArn },
        },
        {
          priority: 20,
          conditions: [{ field: 'path-pattern', values: ['/old'] }],
          action: { type: 'redirect', statusCode: 301, path: '/api/#{path}' },
        },
      ],
      defaultAction: {
        type: 'fixed-response',
        statusCode: 404,
        contentType: 'text/plain',
        messageBody: 'Resource not found.',
      },
    },
    targetGroups: {
      [groupArn]: {
        healthCheck: {
          path: '/api/health',
          interval: 30,
          timeout: 5,
          healthyThreshold: 5,
          unhealthyThreshold: 2,
          matcher: '200',
        },
        deregistrationDelay: 300,
        algorithm: 'round_robin',
        ...settings,
      },
    },
    log: (event) => {
      if (event.event === 'request') requests.push(event);
      else healthChanges.push(event);
    },
    connectTimeout,
    idleTimeout,
    maxBodyBytes,
  });
  onTestFinished(() => balancer.close());
  return { balancer, url: `http://127.0.0.1:${balancer.port}`, requests, healthChanges };
}

export interface RunningTarget {
  address: TargetAddress;
  server: Server;
  /** Connections opened to it so far. */
  connections: () => number;
}

/** An HTTP server that passes health checks at `/api/health` and gives anything else to `handler`. */
export async function startTarget(handler: RequestListener): Promise<RunningTarget> {
  let opened = 0;
  const server = createServer({ keepAliveTimeout: 65_000, maxHeaderSize: 72 * 1024 }, (request, response) => {
    if (request.url === '/api/health') response.end('ok');
    else handler(request, response);
  });
  server.on('connection', () => opened++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    server,
    connections: () => opened,
  };
}

/** A load balancer with one healthy target. */
export async function startBoth(handler: RequestListener, settings: Parameters<typeof startBalancer>[0] = {}) {
  const target = await startTarget(handler);
  const started = await startBalancer(settings);
  await started.balancer.registerTarget(groupArn, target.address);
  return { ...started, target };
}

/** A connection to the load balancer for requests as written by hand. */
export async function openConnection(balancer: LoadBalancer): Promise<Socket> {
  const socket = connect(balancer.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** What arrives on a socket until `end` has been seen or it is closed. */
export async function readUntil(socket: Socket, end: string | RegExp): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    if (typeof end === 'string' ? text.includes(end) : end.test(text)) break;
  }
  return text;
}

export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Resolves when `condition` holds; fails the test after 15 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`this did not come true in 15 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
