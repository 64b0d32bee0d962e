import type { Database, MappingRow } from '@property-insights/database';
import { deleteMapping, listMappings, Mapping } from '@property-insights/imports';
import { type App, problems } from '@property-insights/service';
import { marketCode, moment, noParameters } from '@property-insights/service/schemas';
import { type Static, Type } from 'typebox';
import { findMarket } from '../data/markets.ts';

const id = Type.String({
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  'x-expected': 'the id of a mapping, a UUID',
  description: 'The id of the mapping.',
});

const Remembered = Type.Object({
  id: Type.String({ format: 'uuid' }),
  columns: Type.Array(Type.String(), { description: 'The columns of the tables for which it is proposed' }),
  mapping: Mapping,
  used_at: moment,
});

/** A market has a few mappings. If there are more than this, the last used are returned. */
const maxMappings = 1_000;

/** The mappings that a market remembers. */
export function mappingRoutes(app: App, database: Database): void {
  app.get(
    '/api/markets/:code/mappings',
    {
      schema: {
        tags: ['imports'],
        summary: 'The remembered mappings of a market: those last used, by the columns of the table',
        params: Type.Object({ code: marketCode }),
        querystring: noParameters,
        response: { 200: Type.Array(Remembered) },
      },
    },
    async (request, reply) => {
      const market = await findMarket(database, request.params.code);
      return reply.send((await listMappings(database, market.id, maxMappings)).map(shown));
    },
  );

  app.delete(
    '/api/markets/:code/mappings/:id',
    {
      config: { scope: 'write' },
      schema: {
        tags: ['imports'],
        summary: 'Forget a mapping, so that it is not proposed again',
        params: Type.Object({ code: marketCode, id }),
        querystring: noParameters,
      },
    },
    async (request, reply) => {
      const { code, id } = request.params;
      const market = await findMarket(database, code);
      if (!(await deleteMapping(database, market.id, id))) {
        throw problems.notFound(`The market "${code}" has no mapping ${id}.`);
      }
      return reply.code(204).send();
    },
  );
}

function shown({ id, columns, mapping, used_at }: MappingRow): Static<typeof Remembered> {
  return { id, columns, mapping, used_at };
}
