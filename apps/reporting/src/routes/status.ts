import { readFileSync } from 'node:fs';
import { type App, prefers } from '@property-insights/service';

const status = 'Reporting Service is online.';
const page = readFileSync(new URL('status.html', import.meta.url));

/** `GET /reporting`: a page for a browser, plain text for a program. */
export function statusRoute(app: App): void {
  app.get('/reporting', { schema: { hide: true }, config: { scope: 'none' } }, (request, reply) =>
    reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', vary: 'Accept' })
      .send(prefers(request, 'text/html') ? page : status),
  );
}
