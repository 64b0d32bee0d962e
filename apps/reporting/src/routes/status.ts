import { readFileSync } from 'node:fs';
import { queryOf } from '@property-insights/analytics';
import { type Report, reports } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import { extensions } from '../forms.ts';
import { pathOf } from './report.ts';

const status = 'Reporting Service is online.';
const page = readFileSync(new URL('status.html', import.meta.url), 'utf8').replace(
  '<!-- reports -->',
  reports
    .map((report) => `<li><a href="${linkTo(report)}">${title(report.name)}</a><p>${report.summary}</p></li>`)
    .join('\n'),
);
const list = {
  status,
  reports: reports.map((report) => ({
    name: report.name,
    summary: report.summary,
    path: pathOf(report),
    forms: Object.fromEntries(extensions.map((extension) => [extension, `${pathOf(report)}.${extension}`])),
    parameters: Object.keys(report.parameters.properties),
  })),
};

/** `GET /reporting`: a page for a browser, the list of reports for a program that asks for JSON, and a sentence otherwise. */
export function statusRoute(app: App): void {
  app.get('/reporting', { schema: { hide: true }, config: { scope: 'none' } }, (request, reply) => {
    reply.headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', vary: 'Accept' });
    switch (request.accepts().type(['text/plain', 'text/html', 'application/json'])) {
      case 'text/html':
        return reply.send(page);
      case 'application/json':
        return reply.type('application/json; charset=utf-8').send(list);
      default:
        return reply.send(status);
    }
  });
}

function linkTo(report: Report): string {
  const query = queryOf(report.example as object);
  return `${pathOf(report)}.html${query.size > 0 ? `?${query}`.replaceAll('&', '&amp;') : ''}`;
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
}
