/** The caller of a request, by which limits are counted: a token, or an address. */
import { isIPv4, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The address of the client. */
    clientAddress: string;
    /** Identifies the caller: the token that admitted the request, or else the network of the client. */
    caller: string;
  }
}

/**
 * Adds `clientAddress` and `caller` to requests.
 * @param header in which CloudFront passes the client's address. Without it, the address is that of the load balancer's client, because any client can send
 * the header to another entry.
 */
export function identifyCallers(app: App, header: string | undefined): void {
  app.decorateRequest('clientAddress', {
    getter(this: FastifyRequest) {
      const value = header && this.headers[header];
      return typeof value === 'string' && (isIPv4(value) || isIPv6(value)) ? value : this.ip;
    },
  });
  app.decorateRequest('caller', {
    getter(this: FastifyRequest) {
      return this.token ? `token ${this.token.id}` : networkOf(this.clientAddress);
    },
  });
}

/** An IPv4 address, or the /64 of an IPv6 address: a client usually has all addresses of its /64. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  // A URL has the address in its canonical form; a zone, such as %eth0, is of this machine only.
  const canonical = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::').map((part) => part.split(':').filter(Boolean)) as [
    string[],
    string[]?,
  ];
  const zeros = tail === undefined ? [] : Array<string>(8 - head.length - tail.length).fill('0');
  return `${[...head, ...zeros, ...(tail ?? [])].slice(0, 4).join(':')}::/64`;
}
