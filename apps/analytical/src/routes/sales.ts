import { type Database, maxReasonLength } from '@property-insights/database';
import { type App, authorOf } from '@property-insights/service';
import { id, line, noParameters, nullable } from '@property-insights/service/schemas';
import { Type } from 'typebox';
import { changeSetAside } from '../data/sales.ts';

const setAside = nullable(
  line(maxReasonLength, 'The reason for which the sale is set aside; null for a sale that is not set aside.'),
);

const ChangedSale = Type.Object({
  id,
  set_aside: setAside,
  revision: nullable(Type.Integer({ description: 'The revision that changed the sale; null if nothing changed' })),
  version: nullable(
    Type.Integer({ description: 'The first version of the market that shows the change; null if nothing changed' }),
  ),
  changed: Type.Boolean(),
});

export function saleRoutes(app: App, database: Database): void {
  app.patch(
    '/api/sales/:id',
    {
      config: { scope: 'write' },
      schema: {
        summary: 'Set a sale aside, or reinstate it',
        description:
          'A sale that is set aside is not standard: questions leave it out, unless they ask for non-standard sales, and count it in `left_out` as `set aside`. ' +
          'It stays set aside when its source issues it again. `set_aside: null` reinstates it; undoing the revision restores the state before. ' +
          'Refused with `409` while an import or an undo writes to the market.',
        params: Type.Object({ id }),
        querystring: noParameters,
        body: Type.Object({ set_aside: setAside }),
        response: { 200: ChangedSale },
      },
    },
    async (request, reply) => {
      const reason = request.body.set_aside?.trim() ?? null;
      return reply.send(await changeSetAside(database, request.params.id, reason, authorOf(request)));
    },
  );
}
