import { checkLetterhead, letterheadSchema } from '@property-insights/reports';
import { type App, authorOf, problems } from '@property-insights/service';
import { noParameters, nullable } from '@property-insights/service/schemas';
import { Type } from 'typebox';
import { deleteLetterhead, letterheadOf, listLetterheads, marketIdOf, saveLetterhead } from '../data/letterheads.ts';
import type { ReportParts } from '../make-report.ts';

const querystring = Type.Object({
  market: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      'x-expected': 'a market code: lower-case letters, digits and hyphens, at most 40',
      description: 'Code of the market; defaults to all markets that have no letterhead of their own.',
    }),
  ),
});
const path = '/reporting/letterhead';
/** The letterhead speaks for the installation. */
const config = { scope: 'admin' } as const;

/** The letterhead of documents. */
export function letterheadRoutes(app: App, { database, replica, renderer }: ReportParts): void {
  const response = { 200: letterheadSchema };
  app.get(
    path,
    { schema: { summary: 'The letterhead of the documents of a market', querystring, response } },
    async ({ query }, reply) => {
      const found = await letterheadOf(database, await marketIdOf(database, query.market));
      if (!found) throw problems.notFound('Documents have no letterhead of their own.');
      return reply.send(found.letterhead);
    },
  );

  app.get(
    '/reporting/letterheads',
    {
      schema: {
        summary: 'The letterheads of documents: of all markets, and of those that have their own',
        querystring: noParameters,
        response: {
          200: Type.Array(
            Type.Object({
              market: nullable(Type.String(), {
                description: 'Code of the market; null for all markets that have no letterhead of their own.',
              }),
              letterhead: letterheadSchema,
            }),
          ),
        },
      },
    },
    async (_request, reply) => reply.send(await listLetterheads(database)),
  );

  app.put(
    path,
    {
      config: { ...config, metered: true },
      schema: { summary: 'Set the letterhead of documents', querystring, body: letterheadSchema, response },
    },
    async (request, reply) => {
      const marketId = await marketIdOf(database, request.query.market);
      const opened = await replica;
      await opened.spend(opened.budgets.of(request.caller), () => checkLetterhead(request.body, renderer));
      await saveLetterhead(database, marketId, request.body, authorOf(request));
      return reply.send(request.body);
    },
  );

  app.delete(path, { config, schema: { summary: 'Remove the letterhead', querystring } }, async ({ query }, reply) => {
    await deleteLetterhead(database, await marketIdOf(database, query.market));
    return reply.code(204).send();
  });
}
