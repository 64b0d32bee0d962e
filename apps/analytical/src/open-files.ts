/** Pages and their files: they hold no sales, so that everybody may have them, also who has yet to show a token. */
import type { SendOptions } from '@fastify/static';
import type { App } from '@property-insights/service';

/** The options of a route that gives a page. */
export const openPage = { schema: { hide: true }, config: { scope: 'none' } } as const;

/** Serves the files of a folder below a path that ends in a slash. */
export function openFiles(app: App, path: string, folder: string, options: SendOptions): void {
  app.get(`${path}*`, openPage, (request, reply) =>
    reply.sendFile((request.params as { '*': string })['*'], folder, options),
  );
}
