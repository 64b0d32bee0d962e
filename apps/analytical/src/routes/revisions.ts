import type { Database } from '@property-insights/database';
import { type App, authorOf, problems } from '@property-insights/service';
import { Type } from 'typebox';
import { decodeCursor, encodeCursor, nextPage } from '../cursors.ts';
import type { ImportRunner } from '../import-runner.ts';
import { findMarket } from '../markets.ts';
import { findRevision, listRevisions } from '../revisions.ts';
import { id, market, moment, noParameters, nullable, page } from '../schemas.ts';
import { beginUndo } from '../undos.ts';
import { Import } from './imports.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const Revision = Type.Object({
  id,
  version: Type.Integer({ description: 'The first version of the data that shows it' }),
  market: nullable(Type.String()),
  kind: Type.Enum(['import', 'entry', 'correction', 'undo', 'market']),
  author: Type.String({ description: 'The name and id of the token that wrote it' }),
  note: nullable(Type.String()),
  sales_added: count('Sales that came into force'),
  sales_retired: count('Sales that no longer are'),
  places_added: count('Of a gazetteer'),
  places_retired: count('Of a gazetteer'),
  created_at: moment,
  import: nullable(Type.String({ format: 'uuid', description: 'The import, or the undo as one, that wrote it' })),
  undoes: nullable(Type.Integer({ description: 'The revision that this one undoes' })),
  undone_by: nullable(Type.Integer({ description: 'The revision that undoes this one' })),
});

const params = Type.Object({ id });

export function revisionRoutes(app: App, database: Database, runner: ImportRunner): void {
  app.get(
    '/api/revisions',
    {
      schema: {
        summary: 'The history, the latest first: of a market, or of all',
        querystring: Type.Object({ market, ...page }),
        response: { 200: Type.Array(Revision) },
      },
    },
    async (request, reply) => {
      const { market: code, limit, cursor } = request.query;
      const before = cursor === undefined ? undefined : Number(decodeCursor(cursor, /^\d{1,15}$/));
      const marketId = code === undefined ? undefined : (await findMarket(database, code)).id;
      const found = await listRevisions(database, marketId, before, limit + 1);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      if (last && found.length > limit) reply.header('link', nextPage(request.url, encodeCursor(`${last.version}`)));
      return reply.send(items);
    },
  );

  app.get(
    '/api/revisions/:id',
    { schema: { summary: 'One revision', params, querystring: noParameters, response: { 200: Revision } } },
    async (request, reply) => {
      const revision = await findRevision(database, request.params.id);
      if (!revision) throw problems.notFound(`There is no revision ${request.params.id}.`);
      return reply.send(revision);
    },
  );

  app.post(
    '/api/revisions/:id/undo',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Undo a revision',
        description:
          'As another revision, which can be undone in turn: sales that it added are retired, and those that it retired are in force again. ' +
          'Refused with `409` when a later revision has changed what it wrote. It is under way with `202`, and goes on as an import does: `Location` ' +
          'says where to ask how far it is, or to cancel it.',
        params,
        querystring: noParameters,
        response: { 202: Import },
      },
    },
    async (request, reply) => {
      const undo = await beginUndo(database, runner, request.params.id, authorOf(request));
      return reply.code(202).header('location', `/api/imports/${undo.id}`).send(undo);
    },
  );
}
