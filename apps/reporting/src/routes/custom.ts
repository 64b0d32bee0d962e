import { customParameters } from '@property-insights/reports';
import type { App } from '@property-insights/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { acceptedForm, type Extension, extensions } from '../forms.ts';
import type { ReportParts } from '../make-report.ts';
import { customInput } from '../named-report.ts';
import { definitionName } from './definitions.ts';
import { schemaOf, sendReport } from './report.ts';

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
