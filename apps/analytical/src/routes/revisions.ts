import type { Database } from '@property-insights/database';
import type { JobQueue } from '@property-insights/imports';
import { type App, authorOf, problems } from '@property-insights/service';
import { page, parseNumber, readPage, withoutPosition } from '@property-insights/service/pagination';
import { id, market, noParameters } from '@property-insights/service/schemas';
import { Type } from 'typebox';
import { findMarketId } from '../data/markets.ts';
import { findRevision, listRevisions } from '../data/revisions.ts';
import { Import } from '../schemas/import.ts';
import { Revision } from '../schemas/revision.ts';

const params = Type.Object({ id });

export function revisionRoutes(app: App, database: Database, jobs: JobQueue): void {
  app.get(
    '/api/revisions',
    {
      schema: {
        summary: 'The history of a market, or of all markets, the latest first',
        querystring: Type.Object({ market, ...page }),
        response: { 200: Type.Array(Revision) },
      },
    },
    async (request, reply) => {
      const { market: code } = request.query;
      const marketId = code === undefined ? undefined : await findMarketId(database, code);
      const items = await readPage(request, reply, {
        parse: parseNumber,
        read: (before, limit) => listRevisions(database, marketId, before, limit),
        positionOf: ({ position }) => position,
      });
      return reply.send(items.map(withoutPosition));
    },
  );

  app.get(
    '/api/revisions/:id',
    { schema: { summary: 'One revision', params, querystring: noParameters, response: { 200: Revision } } },
    async (request, reply) => {
      const revision = await findRevision(database, request.params.id);
      if (!revision) throw problems.notFound(`There is no revision ${request.params.id}.`);
      return reply.send(withoutPosition(revision));
    },
  );

  app.post(
    '/api/revisions/:id/undo',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Undo a revision',
        description:
          'Undone by another revision, which can be undone too: sales that it added are retired, and sales that it retired are in force again. ' +
          'Refused with `409` if a later revision changed the same rows. With `202`, the undo has started. It is a job like an import: it can be ' +
          'followed and cancelled at the URL in `Location`.',
        params,
        querystring: noParameters,
        response: { 202: Import },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const undo = await jobs.addUndo(id, authorOf(request));
      if (!undo) throw problems.notFound(`There is no revision ${id}.`);
      return reply.code(202).header('location', `/api/imports/${undo.id}`).send(undo);
    },
  );
}
