import { queryOf } from '@property-insights/analytics';
import {
  abortOnDisconnect,
  cited,
  citedHeaders,
  ignoreDisconnect,
  matchesEtag,
} from '@property-insights/question-routes';
import type { Report } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { acceptedForm, type Extension, extensions, forms } from '../forms.ts';
import { contentOf, fileName, makeReport, type ReportParts, type ReportQuery } from '../make-report.ts';
import { reportParameters } from '../report-parameters.ts';

/** Adds the paths of a report: `/reporting/NAME` in the form that the client accepts, and `/reporting/NAME.pdf` and so on. */
export function reportRoutes(app: App, report: Report, parts: ReportParts): void {
  const path = pathOf(report);
  const schema = schemaOf(report);
  app.get(path, { schema, config: { metered: true } }, (request, reply) =>
    sendReport(request, reply, { report, query: request.query as object, extension: acceptedForm(request) }, parts),
  );
  for (const extension of extensions) {
    const hidden = { ...schema, hide: true };
    app.get(`${path}.${extension}`, { schema: hidden, config: { metered: true } }, (request, reply) =>
      sendReport(request, reply, { report, query: request.query as object, extension }, parts),
    );
  }
}

export function pathOf({ name }: Pick<Report, 'name'>): string {
  return `/reporting/${name}`;
}

/** What the paths of a report are described by. */
export type Described = Pick<Report, 'name' | 'summary' | 'example' | 'parameters'>;

export function schemaOf(report: Described): FastifySchema {
  const path = pathOf(report);
  const query = queryOf(report.example as object);
  const list = extensions.map((extension) => `\`${path}.${extension}\``).join(', ');
  return {
    summary: report.summary,
    description: `The form depends on \`Accept\`. It is JSON by default. These paths have one form each: ${list}.\n\nFor example \`${path}.html${query.size > 0 ? `?${query}` : ''}\`.`,
    querystring: Type.Object(reportParameters(report), { additionalProperties: false }),
    response: {
      200: {
        description: 'The report',
        headers: { etag: { type: 'string', description: 'Of these bytes.' }, ...citedHeaders },
        content: Object.fromEntries(
          Object.values(forms).map(({ mediaType }) => [mediaType, { schema: { type: 'string' } }]),
        ),
      },
      304: { description: 'The client already has this report.' },
    },
  };
}

export interface ReportInput {
  report: Report;
  /** Validated by the schema of the route. */
  query: ReportQuery;
  extension: Extension;
  /** Whether nothing returns the report later. */
  isPreview?: boolean;
  /** The path of its picture, for other sites. */
  picturePath?: string | undefined;
  /** Instead of those of any report. */
  headers?: Record<string, string>;
}

/** Sends a report in one form. */
export async function sendReport(
  request: FastifyRequest,
  reply: FastifyReply,
  { report, query, extension, isPreview = false, picturePath, headers = {} }: ReportInput,
  parts: ReportParts,
): Promise<FastifyReply> {
  const replica = await parts.replica;
  const budget = replica.budgets.of(request.caller);
  const origin = `${request.protocol}://${request.host}`;
  const picture = extension === 'html' && picturePath ? `${origin}${picturePath}` : undefined;
  const signal = abortOnDisconnect(reply);
  const order = { report, query, extension, origin, isPreview, picture, budget, signal };
  const found = await makeReport(order, parts).catch(ignoreDisconnect(reply));
  if (!found) return reply;
  const { contentType, disposition } = forms[extension];
  reply.headers({
    etag: found.etag,
    'cache-control': 'no-cache',
    'content-type': contentType,
    vary: 'accept',
    'content-disposition': `${disposition}; filename="${fileName(report, found, extension)}"`,
    ...(found.address && cited(found.version, found.address)),
    ...headers,
  });
  if (matchesEtag(request.headers['if-none-match'], found.etag)) return reply.code(304).send();
  if (request.method === 'HEAD') return reply.send();
  const content = await contentOf(found, { replica, budget, signal }).catch(ignoreDisconnect(reply));
  return content ? reply.send(content) : reply;
}
