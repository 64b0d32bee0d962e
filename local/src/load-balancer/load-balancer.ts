/**
 * A load balancer for one HTTP listener that behaves as AWS documents an Application Load Balancer to:
 * rules by priority, target groups with health checks and draining, the errors 400, 405, 408, 414, 502, 503 and 504 in its own
 * words, X-Forwarded-* and X-Amzn-Trace-Id, bodies streamed both ways.
 *
 * - 502: the target refused, reset, or broke its response before it began. A response that breaks off later resets the
 *   client. Nothing is retried, as an Application Load Balancer retries nothing: a target that closes an idle connection
 *   just as it is reused gives a 502, which is why services keep connections alive longer than its 60 s. (undici heeds a
 *   target's `Keep-Alive: timeout=` hint, so that 502 is rarer here than in AWS.)
 * - 503: no target is registered.
 * - A target that refuses an upload half-way must read on: if it closes instead, its answer may be lost to a 502, too.
 * - 504: connecting took over 10 s, or nothing moved for 60 s; 408 when it is the client that stalled.
 * - 100 Continue is answered at once and `Expect` not passed on.
 * - Not supported: HTTP/2, WebSockets (`Upgrade` is dropped), trailers, interim 1xx responses.
 *
 * Built on node:http towards clients and undici towards targets, which takes half the processor time of node:http's client
 * (a bare proxy of either kind: 130 and 240 µs a request). `http-proxy` (last released in 2020) and `fast-proxy` know no targets, health,
 * draining or answers for a failing target; what would be left of them is `forward`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Dispatcher } from 'undici';
import { answerError, answerFixed, answerRedirect, answerUnreadable } from './answers.ts';
import { forwardedRequest, forwardedResponseHeaders } from './headers.ts';
import {
  type Action,
  checkListener,
  createRouter,
  type Listener,
  type RoutedRequest,
  redirectLocation,
} from './listener.ts';
import { type TargetAddress, TargetGroup, type TargetGroupSettings, type TargetHealth } from './target-group.ts';

export interface LoadBalancerOptions {
  /** 0 takes a free port. */
  port: number;
  /** The address to listen on. */
  host: string;
  listener: Listener;
  /** By ARN. */
  targetGroups: Record<string, TargetGroupSettings>;
  log: (event: RequestEvent | TargetHealthEvent) => void;
  /** Returns the header, in lower case, to set to the client's address; undefined if there is none. */
  clientAddressHeader?: () => string | undefined;
  /** Returns an `Authorization` header to add to a request with these headers. */
  authorize?: (rawHeaders: readonly string[]) => string | undefined;
  /** The bytes that the firewall lets pass as the body of a request for a path; others get a 403. Default: any number. */
  maxBodyBytes?: (path: string) => number;
  /** Seconds to wait for a target to accept a connection; default 10, which is fixed in AWS. */
  connectTimeout?: number;
  /** Seconds without a byte either way after which a request is aborted, or an idle connection closed; default 60. */
  idleTimeout?: number;
}

/** One line of the access log, written when a response has been sent or aborted. */
export interface RequestEvent {
  event: 'request';
  method: string;
  /** Without the query, which may hold a secret. */
  path: string;
  /** 460 when the client left before the response began. */
  status: number;
  /** `host:port`, or null if the request reached no target. */
  target: string | null;
  ms: number;
  /** Of the response's body. */
  bytes: number;
  /** Of the request's body, as far as it came. */
  bytes_received: number;
  client: string;
  trace_id: string | null;
  /** Why the load balancer answered instead of the target, or aborted the response. */
  error?: string;
}

export interface TargetHealthEvent extends TargetHealth {
  event: 'target_health';
  target_group: string;
}

export interface LoadBalancer {
  /** The port that it listens on. */
  readonly port: number;
  /**
   * Registers a target, which gets requests once it has passed a health check (or at once while no target of the group is
   * healthy). Resolves with `healthy` at its first passed check, with `deregistered` when it leaves before.
   */
  registerTarget(targetGroupArn: string, target: TargetAddress): Promise<'healthy' | 'deregistered'>;
  /**
   * From the call on, the target gets no new request. Resolves when it has finished those it has, or when the
   * deregistration delay is over and they have been cut off. Call it as soon as a target's process has died, too: the
   * health checks alone would notice only after some intervals.
   */
  deregisterTarget(targetGroupArn: string, target: TargetAddress): Promise<void>;
  /** Replaces the listener and the target groups. @throws as `createLoadBalancer` does. */
  configure(listener: Listener, targetGroups: Record<string, TargetGroupSettings>): void;
  /** The registered targets of a group. */
  targetHealth(targetGroupArn: string): TargetHealth[];
  /** Stops at once, cutting off what is being answered; deregister the targets first to let them finish. */
  close(): Promise<void>;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  routed: RoutedRequest;
  client: string;
  started: number;
  target: string | null;
  traceId: string | null;
  bytes: number;
  bytesReceived: number;
  error: string | undefined;
}

/** AWS's limits: the whole head of a request, and its first line or one header. */
const maxHeadBytes = 64 * 1024;
const maxLineBytes = 16 * 1024;

/** The status for a request that exceeds a limit: 414 for its first line, 400 for a header; undefined if it exceeds none. */
function excessStatus({ method = '', url = '', rawHeaders }: IncomingMessage): 400 | 414 | undefined {
  if (`${method} ${url} HTTP/1.1`.length > maxLineBytes) return 414;
  const isTooLong = rawHeaders.some(
    (value, i) => i % 2 === 1 && `${rawHeaders[i - 1]}: ${value}`.length > maxLineBytes,
  );
  return isTooLong ? 400 : undefined;
}

/** Resolves when it listens; rejects when it cannot (`EADDRINUSE`) or if AWS would reject the listener. */
export async function createLoadBalancer(options: LoadBalancerOptions): Promise<LoadBalancer> {
  const {
    log,
    clientAddressHeader,
    authorize,
    maxBodyBytes = () => Infinity,
    connectTimeout = 10,
    idleTimeout = 60,
  } = options;
  const groups = new Map<string, TargetGroup>();
  const group = (arn: string): TargetGroup => {
    const found = groups.get(arn);
    if (found === undefined) throw new Error(`there is no target group ${arn}`);
    return found;
  };
  let route: ReturnType<typeof createRouter>;
  function configure(listener: Listener, targetGroups: Record<string, TargetGroupSettings>): void {
    checkListener(listener);
    for (const [arn, settings] of Object.entries(targetGroups)) {
      const onHealth = (health: TargetHealth) => log({ event: 'target_health', target_group: arn, ...health });
      const existing = groups.get(arn);
      if (existing) existing.configure(settings);
      else groups.set(arn, new TargetGroup({ settings, connectTimeout, idleTimeout, onHealth }));
    }
    for (const { action } of [...listener.rules, { action: listener.defaultAction }]) {
      if (action.type === 'forward') group(action.targetGroupArn);
    }
    route = createRouter(listener);
  }
  configure(options.listener, options.targetGroups);
  let port = options.port;

  const server = createServer(
    {
      keepAliveTimeout: idleTimeout * 1000,
      headersTimeout: idleTimeout * 1000,
      // An upload may take as long as it keeps moving.
      requestTimeout: 0,
      maxHeaderSize: maxHeadBytes,
      optimizeEmptyRequests: true,
    },
    (request, response) => {
      const exchange = begin(request, response);
      const isTooLarge = Number(request.headers['content-length'] ?? 0) > maxBodyBytes(exchange.routed.path);
      const excess = isTooLarge ? 403 : excessStatus(request);
      if (excess !== undefined) answerError(response.setHeader('Connection', 'close'), excess);
      else if (request.method === 'TRACE') answerError(response, 405);
      else perform(route(exchange.routed), exchange);
    },
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else answerUnreadable(socket, error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400);
  });

  function begin(request: IncomingMessage, response: ServerResponse): Exchange {
    const exchange: Exchange = {
      request,
      response,
      routed: parseRequest(request),
      client: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      started: performance.now(),
      target: null,
      traceId: null,
      bytes: 0,
      bytesReceived: 0,
      error: undefined,
    };
    response.once('close', () => {
      const isSent = response.writableFinished;
      log({
        event: 'request',
        method: exchange.routed.method,
        path: exchange.routed.path,
        status: isSent || response.headersSent ? response.statusCode : 460,
        target: exchange.target,
        ms: Math.round((performance.now() - exchange.started) * 10) / 10,
        bytes: exchange.bytes,
        bytes_received: exchange.bytesReceived,
        client: exchange.client,
        trace_id: exchange.traceId,
        ...(exchange.error !== undefined
          ? { error: exchange.error }
          : !isSent && { error: 'the client closed the connection' }),
      });
    });
    return exchange;
  }

  function perform(action: Action, exchange: Exchange): void {
    switch (action.type) {
      case 'fixed-response':
        answerFixed(exchange.response, action.statusCode, action.contentType ?? 'text/plain', action.messageBody ?? '');
        break;
      case 'redirect':
        answerRedirect(exchange.response, action.statusCode, redirectLocation(action, exchange.routed, port));
        break;
      case 'forward':
        forward(group(action.targetGroupArn), exchange);
    }
  }

  function forward(targets: TargetGroup, exchange: Exchange): void {
    const { request, response, routed } = exchange;
    const target = targets.choose();
    if (target === undefined) {
      exchange.error = 'no target is registered';
      answerError(response, 503);
      return;
    }
    const { headers, hasBody, traceId } = forwardedRequest(request.rawHeaders, exchange.client, {
      host: options.host,
      port,
      clientAddressHeader: clientAddressHeader?.(),
    });
    const authorization = authorize?.(request.rawHeaders);
    if (authorization !== undefined) headers.push('Authorization', authorization);
    exchange.target = target.name;
    exchange.traceId = traceId;

    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;
    /** Ends the exchange towards the target. */
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(idle);
      // The rest of the body is discarded, so that the client can finish sending and read the response.
      if (hasBody) request.unpipe().resume();
    };
    const fail = (status: number, error: string): void => {
      if (isOver) return;
      finish();
      exchange.error = error;
      if (response.headersSent) request.socket.resetAndDestroy();
      else answerError(response, status);
    };
    const abort = (): void => {
      finish();
      controller?.abort(new Error('the load balancer aborted the request'));
    };

    // A separate stream: undici destroys the body, which would close the client's connection.
    const body = hasBody ? new PassThrough() : null;
    if (body) {
      request.on('data', (chunk: Buffer) => {
        exchange.bytesReceived += chunk.length;
        if (exchange.bytesReceived > maxBodyBytes(routed.path)) fail(403, 'the firewall refuses a body of this size');
        else idle.refresh();
      });
      request.pipe(body);
    }
    const idle = setTimeout(() => {
      if (request.complete || body?.writableNeedDrain) fail(504, `the target sent nothing for ${idleTimeout} s`);
      else fail(408, `the client sent nothing for ${idleTimeout} s`);
      abort();
    }, idleTimeout * 1000);
    response.on('close', () => {
      if (!response.writableFinished) abort();
    });

    target.begin();
    target.pool.dispatch(
      {
        method: routed.method as Dispatcher.HttpMethod,
        path: routed.query ? `${routed.path}?${routed.query}` : routed.path,
        headers,
        body,
        // Otherwise undici does not reuse the connection after a HEAD.
        reset: false,
      },
      {
        onRequestStart(started) {
          controller = started;
          if (isOver) abort();
        },
        onResponseStart(started, status, _headers, reason) {
          idle.refresh();
          if (status < 200) return;
          const rawHeaders = (started.rawHeaders as Buffer[]).map((bytes) => bytes.toString('latin1'));
          response.writeHead(status, reason, forwardedResponseHeaders(rawHeaders));
          // Node sends the head with the first chunk of the body. If none has arrived, as with events, the head is sent now.
          setImmediate(() => {
            if (exchange.bytes === 0 && !response.writableEnded) response.flushHeaders();
          });
        },
        onResponseData(_, chunk) {
          idle.refresh();
          exchange.bytes += chunk.length;
          if (response.write(chunk)) return;
          controller?.pause();
          response.once('drain', () => controller?.resume());
        },
        onResponseEnd() {
          target.end();
          finish();
          response.end();
        },
        onResponseError(_, error) {
          target.end();
          if ('code' in error && error.code === 'UND_ERR_CONNECT_TIMEOUT') {
            fail(504, `the target did not accept a connection in ${connectTimeout} s`);
          } else {
            fail(502, `the target failed: ${error.message}`);
          }
        },
      },
    );
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  port = (server.address() as AddressInfo).port;

  return {
    port,
    configure,
    registerTarget: (arn, target) => group(arn).register(target),
    deregisterTarget: (arn, target) => group(arn).deregister(target),
    targetHealth: (arn) => group(arn).health(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const targets of groups.values()) targets.close();
        server.closeAllConnections();
      }),
  };
}

/** Splits the request's target; also of the absolute form `http://host/path` that proxies get. */
function parseRequest(request: IncomingMessage): RoutedRequest {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const queryStart = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    host: (request.headers.host ?? '').replace(/:\d+$/, ''),
    path: queryStart < 0 ? target : target.slice(0, queryStart),
    query: queryStart < 0 ? '' : target.slice(queryStart + 1),
  };
}
