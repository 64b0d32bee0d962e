import { readFileSync } from 'node:fs';
import { type App, prefersPage } from '@property-insights/service';

const status = 'Reporting Service is online.';
const page = readFileSync(new URL('status-page.html', import.meta.url));

/** `GET /reporting`: a page to a browser, the bare sentence to a program. */
export function statusPage(app: App): void {
  app.get('/reporting', { schema: { hide: true }, config: { scope: 'none' } }, (request, reply) =>
    reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', vary: 'Accept' })
      .send(prefersPage(request.headers.accept) ? page : status),
  );
}
