/** Header lists as they cross the load balancer: flat arrays of name, value, name, value…, so order, case and repeats stay. */
import { randomUUID } from 'node:crypto';

/** Of one connection, not of the message (RFC 9110 section 7.6.1); each side is framed and kept alive by itself. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface ForwardedRequest {
  headers: string[];
  /** Whether a body follows. */
  hasBody: boolean;
  traceId: string;
}

/**
 * The headers that a target gets for a request with `rawHeaders`. `Expect` is not among them: 100 Continue has been answered.
 * @param client the address of the client, appended to X-Forwarded-For
 * @param listener the host and port of the load balancer; the Host of a request that came without one, as HTTP/1.0 allows; and the header, in lower
 * case, that is set to the client's address whatever the client sends
 */
export function forwardedRequest(
  rawHeaders: readonly string[],
  client: string,
  listener: { host: string; port: number; clientAddressHeader?: string | undefined },
): ForwardedRequest {
  const headers: string[] = [];
  const perConnection = namedByConnection(rawHeaders);
  const forwardedFor: string[] = [];
  let receivedTraceId: string | undefined;
  let hasBody = false;
  let hasHost = false;

  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    const name = header.toLowerCase();
    switch (name) {
      case 'x-forwarded-for':
        forwardedFor.push(value);
        continue;
      case 'x-amzn-trace-id':
        receivedTraceId = value;
        continue;
      case 'x-forwarded-proto':
      case 'x-forwarded-port':
      case 'expect':
        continue;
      case 'transfer-encoding':
        hasBody = true;
        continue;
      case 'content-length':
        hasBody = Number(value) > 0;
        break;
      case 'host':
        if (hasHost) continue;
        hasHost = true;
    }
    if (name === listener.clientAddressHeader) continue;
    if (!hopByHop.has(name) && !perConnection?.has(name)) headers.push(header, value);
  }

  if (!hasHost) headers.push('Host', `${listener.host}:${listener.port}`);
  if (listener.clientAddressHeader) headers.push(listener.clientAddressHeader, client);
  forwardedFor.push(client);
  const traceId = nextTraceId(receivedTraceId);
  headers.push(
    'X-Forwarded-For',
    forwardedFor.join(', '),
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Port',
    String(listener.port),
    'X-Amzn-Trace-Id',
    traceId,
  );
  return { headers, hasBody, traceId };
}

/** The headers that a client gets for a target's response with `rawHeaders`. */
export function forwardedResponseHeaders(rawHeaders: readonly string[]): string[] {
  const perConnection = namedByConnection(rawHeaders);
  return rawHeaders.filter((_, i) => {
    const name = (rawHeaders[i - (i % 2)] as string).toLowerCase();
    return !hopByHop.has(name) && !perConnection?.has(name);
  });
}

/** The headers that a Connection header declares to be of this connection only; content-length and host never are. */
function namedByConnection(rawHeaders: readonly string[]): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if ((rawHeaders[i] as string).toLowerCase() !== 'connection') continue;
    for (const option of (rawHeaders[i + 1] as string).toLowerCase().split(',')) {
      const name = option.trim();
      if (name === 'keep-alive' || name === 'close' || name === 'content-length' || name === 'host') continue;
      names ??= new Set();
      names.add(name);
    }
  }
  return names;
}

/**
 * The X-Amzn-Trace-Id that a target gets: a new Root, or for one that already has a Root that one with a new Self before
 * it. Other fields stay; an older Self goes. `Root=1-<8 hex digits of the epoch time>-<24 random hex digits>`.
 */
function nextTraceId(received: string | undefined): string {
  const own = `1-${Math.floor(Date.now() / 1000).toString(16)}-${randomUUID().replaceAll('-', '').slice(0, 24)}`;
  if (received === undefined) return `Root=${own}`;
  const fields = received
    .split(';')
    .map((field) => field.trim())
    .filter((field) => field !== '' && !field.startsWith('Self='));
  const isTraced = fields.some((field) => field.startsWith('Root='));
  return [`${isTraced ? 'Self' : 'Root'}=${own}`, ...fields].join(';');
}
