import { createHash } from 'node:crypto';
import { type Budget, citedParameters, queryOf, type Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import {
  abortOnDisconnect,
  cited,
  citedHeaders,
  ignoreDisconnect,
  matchesEtag,
} from '@property-insights/question-routes';
import {
  type Ask,
  createDocument,
  documentParameters,
  papers,
  type Renderer,
  type Report,
} from '@property-insights/reports';
import type { App } from '@property-insights/service';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type Static, type TObject, Type } from 'typebox';
import manifest from '../../package.json' with { type: 'json' };
import { letterheadOf } from '../data/letterheads.ts';
import type { FinishedReport, FinishedReports } from '../finished-reports.ts';
import { acceptedForm, bytesOf, type Extension, extensions, forms } from '../forms.ts';
import { longTablesOf, withAllRows } from '../long-tables.ts';

/** Parameters of every report that are not part of its document. */
const formParameters = {
  paper: Type.Optional(
    Type.Enum([...papers], { default: 'a4', description: 'PDF: the format of the paper, A4 or US Letter.' }),
  ),
  table: Type.Optional(
    Type.String({ maxLength: 40, description: 'CSV: the table of the report; the first by default.' }),
  ),
};

const sharedParameters = { ...documentParameters, ...formParameters, ...citedParameters };

/** The parameters of the path of a report. */
export function reportParameters<P extends TObject>(
  report: Pick<Report<P>, 'parameters'>,
): P['properties'] & typeof sharedParameters {
  return { ...report.parameters.properties, ...sharedParameters };
}

export interface ReportParts {
  database: Database;
  replica: Promise<Replica>;
  renderer: Renderer;
  finished: FinishedReports;
}

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
  query: { market?: string } & Static<TObject<typeof citedParameters & typeof formParameters>>;
  extension: Extension;
  /** Whether nothing returns the report later. */
  isPreview?: boolean;
  /** Instead of those of any report. */
  headers?: Record<string, string>;
}

/**
 * Sends a report in one form. The same report of the same version, made by the same release, has the same bytes, of which the strong ETag is a digest.
 */
export async function sendReport(
  request: FastifyRequest,
  reply: FastifyReply,
  { report, query, extension, isPreview = false, headers = {} }: ReportInput,
  { database, replica, renderer, finished }: ReportParts,
): Promise<FastifyReply> {
  const { as_of: asOf, cited: digest, table, paper = 'a4', ...parameters } = query;
  const origin = `${request.protocol}://${request.host}`;
  const address = isPreview ? null : `${origin}${pathOf(report)}`;
  const opened = await replica;
  const budget = opened.budgets.of(request.caller);
  const at = await opened.describe(parameters.market, asOf, budget);
  const { market, reached } = at;
  const { letterhead = null } = (await letterheadOf(database, market.id)) ?? {};
  const key = JSON.stringify([market.id, reached, address, extension, table, paper, digest, parameters, letterhead]);
  const make = async (): Promise<FinishedReport> => {
    const document = await createDocument({
      report,
      parameters,
      address,
      letterhead,
      cited: digest,
      ...at,
      ask: asker(opened, origin, at, budget),
    });
    const longTables = extension === 'xlsx' ? longTablesOf(document) : [];
    const bytes = await opened.spend(budget, () => bytesOf(document, extension, { table, paper }, renderer));
    const hash = createHash('sha256').update(manifest.version).update(bytes).digest('base64url').slice(0, 22);
    const etag = `"${reached.version}-${hash}"`;
    return {
      version: reached.version,
      marketCode: market.code,
      etag,
      address: document.citation?.address,
      bytes,
      longTables,
    };
  };
  const found = isPreview ? await make() : await finished.get(key, make);
  const { contentType, disposition } = forms[extension];
  const name = `${report.name.replaceAll('/', '-')}-${found.marketCode}-${found.version}.${extension}`;
  reply.headers({
    etag: found.etag,
    'cache-control': 'no-cache',
    'content-type': contentType,
    vary: 'accept',
    'content-disposition': `${disposition}; filename="${name}"`,
    ...(found.address && cited(found.version, found.address)),
    ...headers,
  });
  if (matchesEtag(request.headers['if-none-match'], found.etag)) return reply.code(304).send();
  if (found.longTables.length === 0) return reply.send(found.bytes);
  if (request.method === 'HEAD') return reply.send();
  const { marketCode, version, longTables, bytes } = found;
  const options = { replica: opened, marketCode, version, budget, signal: abortOnDisconnect(reply) };
  const workbook = await withAllRows(bytes, longTables, options).catch(ignoreDisconnect(reply));
  return workbook ? reply.send(workbook) : reply;
}

/** Asks about one version of a market, so that all numbers of a report are of the same sales. */
function asker(
  replica: Replica,
  origin: string,
  { market, reached }: Awaited<ReturnType<Replica['describe']>>,
  budget: Budget,
): Ask {
  return async (question, parameters) => {
    const answer = await replica.answer(
      question,
      { ...parameters, market: market.code },
      { address: `${origin}/api/analytics/${question.name}`, asOf: reached.version, budget },
    );
    return JSON.parse(answer.body.toString());
  };
}
