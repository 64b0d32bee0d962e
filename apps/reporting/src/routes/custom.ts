import type { Database } from '@property-insights/database';
import { customParameters, customReport } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { findDefinition } from '../data/definitions.ts';
import { acceptedForm, type Extension, extensions } from '../forms.ts';
import { definitionName } from './definitions.ts';
import { type ReportInput, type ReportParts, schemaOf, sendReport } from './report.ts';

const params = Type.Object({ name: definitionName });

/** The paths of all custom reports: `/reporting/custom/NAME`, and `/reporting/custom/NAME.pdf` and so on. */
export function customRoutes(app: App, parts: ReportParts): void {
  const path = '/reporting/custom/:name';
  const described = schemaOf({
    name: 'custom/{name}',
    summary: 'A custom report',
    example: {},
    parameters: customParameters,
  });
  const schema = { ...described, params };
  const config = { metered: true };
  const send = async (request: FastifyRequest, reply: FastifyReply, extension: Extension) => {
    const { name } = request.params as Static<typeof params>;
    return sendReport(
      request,
      reply,
      { ...(await customInput(parts.database, name, request.query as object)), extension },
      parts,
    );
  };
  app.get(path, { schema, config }, (request, reply) => send(request, reply, acceptedForm(request)));
  for (const extension of extensions) {
    app.get(`${path}.${extension}`, { schema: { ...schema, hide: true }, config }, (request, reply) =>
      send(request, reply, extension),
    );
  }
}

/**
 * A custom report with the parameters of a request, which then name its market and edition.
 * @throws a 404 problem
 */
export async function customInput(
  database: Database,
  name: string,
  query: { edition?: number },
): Promise<Pick<ReportInput, 'report' | 'query'>> {
  const { edition, definition } = await findDefinition(database, name, query.edition);
  return {
    report: customReport(`custom/${name}`, definition),
    query: { ...(definition.market && { market: definition.market }), ...query, edition } as ReportInput['query'],
  };
}
