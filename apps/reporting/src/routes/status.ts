import { readFileSync } from 'node:fs';
import { queryOf } from '@property-insights/analytics';
import { customParameters, escapeHtml, reports } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import type { FastifyRequest } from 'fastify';
import { extensions } from '../forms.ts';
import { type Described, pathOf } from './report.ts';

const status = 'Reporting Service is online.';
const page = readFileSync(new URL('status.html', import.meta.url), 'utf8');

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
    const listed = [...reports, ...custom];
    if (accepted === 'text/html')
      return reply.send(page.replace('<!-- reports -->', () => listed.map(item).join('\n')));
    return reply.type('application/json; charset=utf-8').send({ status, reports: listed.map(entry) });
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

function item(report: Described): string {
  return `<li><a href="${linkTo(report)}">${title(report.name)}</a><p>${escapeHtml(report.summary)}</p></li>`;
}

function linkTo(report: Described): string {
  const query = queryOf(report.example as object);
  return `${pathOf(report)}.html${query.size > 0 ? `?${query}`.replaceAll('&', '&amp;') : ''}`;
}

function title(name: string): string {
  const words = name.replace(/^custom\//, '').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
