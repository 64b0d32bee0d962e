import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { App } from './app.ts';

const methods: HTTPMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * A function that returns the methods of a path, none for an unknown path, for routes added after this call. Fastify's own router only
 * finds routes of the method that was requested.
 */
export function methodsByPath(app: App): (path: string) => string[] {
  const router = findMyWay();
  app.addHook('onRoute', ({ method, url }) => {
    router.on(method as HTTPMethod | HTTPMethod[], url, () => {});
  });
  return (path) => methods.filter((method) => router.find(method, path) !== null);
}
