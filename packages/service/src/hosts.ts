/**
 * Known hosts. A page of another site can give its own name the address of this service (DNS rebinding); the browser then takes the service
 * for that site and lets the page read it. Such a request has the name in its `Host`, and is refused.
 */
import type { App } from './app.ts';
import { problems } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers requests to every host, such as those of the load balancer, which name the task's own address. */
    anyHost?: boolean;
  }
}

/** The names of this machine, which no page of another site can have. */
const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** Refuses requests to other hosts than these and this machine, on routes added after this call and on unknown paths. */
export function guardHosts(app: App, hosts: readonly string[]): void {
  const known = new Set([...loopback, ...hosts.map(nameOf)]);
  const isKnown = (host: string) => known.has(host) || known.has(nameOf(host));
  app.addHook('onRequest', (request, _reply, done) => {
    const { host = '' } = request.headers;
    // Fastify takes the host from X-Forwarded-Host if the client sends it.
    const unknown = isKnown(host) ? (request.host === host || isKnown(request.host) ? undefined : request.host) : host;
    const isRefused = unknown !== undefined && !request.routeOptions.config?.anyHost;
    done(isRefused ? problems.unknownHost(nameOf(unknown)) : undefined);
  });
}

/** The name without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
