import { propertyDetails, propertySummary } from '@property-insights/analytics';
import { sendAnswer } from '@property-insights/question-routes';
import { propertySummaryReport } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { type Static, Type } from 'typebox';
import { acceptedForm, type Extension, extensions } from '../forms.ts';
import type { ReportParts } from '../make-report.ts';
import { reportParameters } from '../report-parameters.ts';
import { pathOf, schemaOf, sendReport } from './report.ts';

const detail = Type.Optional(
  Type.Boolean({
    default: false,
    description:
      'JSON and CSV: adds sales, medians, values and the change over a year. `by` needs it, unless it is region.',
  }),
);
const querystring = Type.Object(
  { ...reportParameters(propertySummaryReport), detail },
  { additionalProperties: false },
);

/**
 * The paths of the property summary. In JSON and CSV it is a list: that of the question `property-summary`, or with `detail` that of
 * `property-details`. The other forms are documents.
 */
export function propertySummaryRoutes(app: App, parts: ReportParts): void {
  const path = pathOf(propertySummaryReport);
  const described = schemaOf(propertySummaryReport);
  const list = { 'application/json': { schema: propertyDetails.result }, 'text/csv': { schema: Type.String() } };
  const response = { ...(described.response as object), 200: { description: 'The report', content: list } };
  const schema: FastifySchema = { ...described, querystring, response };
  app.get(path, { schema, config: { metered: true } }, (request, reply) =>
    send(request, reply, acceptedForm(request), parts),
  );
  for (const extension of extensions) {
    app.get(
      `${path}.${extension}`,
      { schema: { ...schema, hide: true }, config: { metered: true } },
      (request, reply) => send(request, reply, extension, parts),
    );
  }
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  extension: Extension,
  parts: ReportParts,
): Promise<FastifyReply> {
  const given = request.query as Static<typeof querystring>;
  if (extension !== 'json' && extension !== 'csv') {
    const { detail: _, ...query } = given;
    return sendReport(request, reply, { report: propertySummaryReport, query, extension }, parts);
  }
  const { detail: isDetailed, by, language: _, commentary: __, table: ___, paper: ____, ...filters } = given;
  const input = { path: pathOf(propertySummaryReport), replica: parts.replica, csv: extension === 'csv' };
  if (isDetailed || by !== 'region') {
    return sendAnswer(request, reply, { ...input, question: propertyDetails, parameters: { ...filters, by } });
  }
  return sendAnswer(request, reply, { ...input, question: propertySummary, parameters: filters });
}
