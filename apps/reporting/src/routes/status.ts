import { queryOf } from '@property-insights/analytics';
import { customParameters, escapeHtml, reports } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import type { FastifyRequest } from 'fastify';
import { type Extension, extensions } from '../forms.ts';
import { page } from '../page.ts';
import { type Described, pathOf } from './report.ts';

const status = 'Reporting Service is online.';

/**
 * `GET /reporting`: a page for a browser, the list of reports for a program that asks for JSON, and a sentence otherwise.
 * @param listCustom the custom reports that the client may read
 */
export function statusRoute(
  app: App,
  listCustom: (request: FastifyRequest) => Promise<{ name: string; summary: string | null }[]>,
): void {
  app.get('/reporting', { schema: { hide: true }, config: { scope: 'none' } }, async (request, reply) => {
    reply.headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', vary: 'Accept' });
    const accepted = request.accepts().type(['text/plain', 'text/html', 'application/json']);
    if (accepted !== 'text/html' && accepted !== 'application/json') return reply.send(status);
    const custom = (await listCustom(request)).map(({ name, summary }) => ({
      name: `custom/${name}`,
      summary: summary ?? '',
      example: {},
      parameters: customParameters,
    }));
    if (accepted === 'text/html') return reply.send(page(status, contentOf(custom)));
    const listed = [...reports, ...custom].map(entry);
    return reply.type('application/json; charset=utf-8').send({ status, reports: listed });
  });
}

function entry(report: Described) {
  return {
    name: report.name,
    summary: report.summary,
    path: pathOf(report),
    forms: Object.fromEntries(extensions.map((extension) => [extension, `${pathOf(report)}.${extension}`])),
    parameters: Object.keys(report.parameters.properties),
  };
}

/** What programs do by other paths than those of reports, with a token. */
const more = [
  ['/reporting/definitions', 'Custom reports are saved definitions: blocks over the questions of the API.'],
  ['/reporting/jobs', 'Jobs make reports that take longer than a request, and store them for some days.'],
  ['/reporting/schedules', 'Schedules make reports regularly, or when new data arrives, and send them.'],
  ['/reporting/links', 'Links open one report without a token.'],
  ['/reporting/letterhead', 'The letterhead states who publishes the documents.'],
];

function contentOf(custom: Described[]): string {
  const section = (title: string, items: string[]) => `<h2>${title}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
  return [
    '<p>Documents made from the answers of the API. Each is a page, a PDF, a workbook, a table or JSON.</p>',
    section('Reports', reports.map(item)),
    custom.length > 0 ? section('Custom reports', custom.map(item)) : '',
    section('For programs', [
      ...more.map(([path, text]) => `<li><code>${path}</code><p>${text}</p></li>`),
      '<li><a href="/reporting/openapi.json">Description of this service</a><p>OpenAPI 3.1</p></li>',
    ]),
  ].join('\n');
}

function item(report: Described): string {
  const forms = extensions.map((extension) => `<a href="${linkTo(report, extension)}">${extension.toUpperCase()}</a>`);
  return `<li><a href="${linkTo(report, 'html')}">${title(report.name)}</a><p>${escapeHtml(report.summary)}</p><p>${forms.join(' · ')}</p></li>`;
}

function linkTo(report: Described, extension: Extension): string {
  const query = queryOf(report.example as object);
  return `${pathOf(report)}.${extension}${query.size > 0 ? `?${query}`.replaceAll('&', '&amp;') : ''}`;
}

function title(name: string): string {
  const words = name.replace(/^custom\//, '').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
