import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { App } from './service.ts';

const methods: HTTPMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * A function that tells which methods a path takes (none: there is nothing there), for routes added after this call. Fastify's own router
 * knows only whether a path has a route for the method that was asked.
 */
export function methodsByPath(app: App): (path: string) => string[] {
  const router = findMyWay();
  app.addHook('onRoute', ({ method, url }) => {
    router.on(method as HTTPMethod | HTTPMethod[], url, () => {});
  });
  return (path) => methods.filter((method) => router.find(method, path) !== null);
}
