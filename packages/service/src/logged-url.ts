import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the path contains a secret. Logs and traces then have the route instead. */
    secretPath?: boolean;
  }
}

/** The URL of a request, as logs and traces may have it. */
export function loggedUrl({ url, routeOptions }: FastifyRequest): string {
  return routeOptions.config?.secretPath ? (routeOptions.url ?? '') : url;
}
