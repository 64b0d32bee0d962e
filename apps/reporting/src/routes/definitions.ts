import { customParameters, customReport, definitionSchema, readDefinition } from '@property-insights/reports';
import { type App, authorOf } from '@property-insights/service';
import { moment, noParameters } from '@property-insights/service/schemas';
import { Type } from 'typebox';
import { deleteDefinition, findDefinition, listDefinitions, saveDefinition } from '../data/definitions.ts';
import { acceptedForm } from '../forms.ts';
import type { ReportParts } from '../make-report.ts';
import { reportParameters } from '../report-parameters.ts';
import { schemaOf, sendReport } from './report.ts';

export const definitionName = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,59}$',
  'x-expected': 'the name of a custom report: lower-case letters, digits and hyphens, at most 60',
  description: 'The name of a custom report, in its path.',
});

/** `readDefinition` checks it, with sentences that name the member of a block. */
const body = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description: 'A definition, as `GET /reporting/definitions/{name}` describes it.',
});

const described = {
  name: Type.String(),
  edition: Type.Integer({ description: '1, 2, 3, …: every change makes the next one.' }),
  summary: Type.String(),
  author: Type.String({ description: 'Who saved the edition.' }),
  created_at: moment,
};
const Described = Type.Object(described);
const Saved = Type.Object({
  name: described.name,
  edition: described.edition,
  path: Type.String({ description: 'The path of this edition of the report.' }),
});

/** Saves, lists and previews the definitions of custom reports. */
export function definitionRoutes(app: App, parts: ReportParts): void {
  const { database } = parts;
  const params = Type.Object({ name: definitionName });
  app.get(
    '/reporting/definitions',
    {
      schema: {
        summary: 'The definitions of custom reports: the last edition of each',
        querystring: noParameters,
        response: { 200: Type.Array(Described) },
      },
    },
    async (_request, reply) => reply.send((await listDefinitions(database)) as []),
  );

  app.get(
    '/reporting/definitions/:name',
    {
      schema: {
        summary: 'The definition of a custom report',
        params,
        querystring: Type.Object({ edition: customParameters.properties.edition }),
        response: { 200: Type.Object({ ...described, definition: definitionSchema }) },
      },
    },
    async ({ params, query }, reply) => reply.send(await findDefinition(database, params.name, query.edition)),
  );

  app.put(
    '/reporting/definitions/:name',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Save the definition of a custom report',
        description:
          'A changed definition is the next edition: 201. The same definition as before is not saved again: 200. Earlier editions are kept.',
        params,
        querystring: noParameters,
        body,
        response: { 200: Saved, 201: Saved },
      },
    },
    async (request, reply) => {
      const definition = readDefinition(request.body);
      const { name } = request.params;
      const { isNew, edition } = await saveDefinition(database, name, definition, authorOf(request));
      return reply
        .code(isNew ? 201 : 200)
        .send({ name, edition, path: `/reporting/custom/${name}?edition=${edition}` });
    },
  );

  app.delete(
    '/reporting/definitions/:name',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Delete a custom report',
        description: 'Its editions are kept: addresses that name one still return it.',
        params,
        querystring: noParameters,
      },
    },
    async (request, reply) => {
      await deleteDefinition(database, request.params.name, authorOf(request));
      return reply.code(204).send();
    },
  );

  const { edition: _, ...previewParameters } = reportParameters({ parameters: customParameters });
  app.post(
    '/reporting/preview',
    {
      config: { scope: 'read', metered: true },
      schema: {
        ...schemaOf({
          name: 'preview',
          summary: 'A custom report, without saving its definition',
          example: {},
          parameters: customParameters,
        }),
        description: 'The form depends on `Accept`. It is JSON by default. A preview has no citation.',
        querystring: Type.Object(previewParameters, { additionalProperties: false }),
        body,
      },
    },
    (request, reply) => {
      const definition = readDefinition(request.body);
      const report = customReport('preview', definition);
      const query = { ...(definition.market && { market: definition.market }), ...(request.query as object) };
      return sendReport(request, reply, { report, query, extension: acceptedForm(request), isPreview: true }, parts);
    },
  );
}
