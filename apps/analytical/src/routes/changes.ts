import { type Database, eachAttribute } from '@property-insights/database';
import { completeHeader, rawParameter, toCsv } from '@property-insights/question-routes';
import { type App, prefers } from '@property-insights/service';
import { page, readPage, withoutPosition } from '@property-insights/service/pagination';
import { id, marketCode, nullable } from '@property-insights/service/schemas';
import { Type } from 'typebox';
import { changeKinds, MarketChanges, maxRevisionsShown } from '../data/changes.ts';
import { Revision } from '../schemas/revision.ts';

const params = Type.Object({ code: marketCode });

const version = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }));

const range = {
  from: version('The version before the changes; defaults to the one before `to`. 0 is before the first.'),
  to: version('The version that includes the changes; defaults to the current one.'),
};

const count = (description: string) => Type.Integer({ minimum: 0, description });

const Counts = Type.Object({
  market: Type.String(),
  from: Type.Integer(),
  to: Type.Integer(),
  revisions: count('The number of revisions in the range'),
  sales: Type.Object(
    {
      added: count('Sales in force at `to` and not at `from`'),
      retired: count('Sales in force at `from` and not at `to`'),
      corrected: count('Sales in force at both, with another content'),
      set_aside: count('Sales set aside at `to`, and not at `from` or for another reason'),
      reinstated: count('Sales set aside at `from` and not at `to`'),
    },
    { description: 'Net changes: a sale that was added and retired in between is not counted.' },
  ),
  by_revision: Type.Array(Revision, {
    description: `What each revision wrote, the latest first: at most ${maxRevisionsShown}. GET /api/revisions lists all.`,
  }),
});

const text = nullable(Type.String());
const ChangedSale = Type.Object({
  id,
  property_id: id,
  contract_date: nullable(Type.String({ format: 'date' })),
  settlement_date: nullable(Type.String({ format: 'date' })),
  price: Type.Integer({ description: "In whole units of the market's currency; 0 if the source states none" }),
  type: text,
  address: Type.String(),
  street: text,
  locality: text,
  region: text,
  postcode: text,
  ...eachAttribute(
    (_, { type }) => nullable(type === 'smallint' ? Type.Integer() : Type.Number()),
    () => text,
  ),
  dealing: nullable(Type.String({ description: 'The instrument that conveyed the property' })),
  non_standard: nullable(Type.String({ description: 'Why the row of the source makes the sale non-standard' })),
  details: nullable(
    Type.Unsafe<Record<string, unknown>>({ type: 'object', description: 'What else the source states' }),
  ),
});

const ChangeRow = Type.Object({
  change: Type.Enum([...changeKinds]),
  revision: Type.Integer({ description: 'The last revision that changed it' }),
  version: Type.Integer({ description: 'The version of that revision' }),
  key: Type.String({ description: 'Identifies the sale in its source, also after corrections' }),
  reason: nullable(
    Type.String({ description: 'The reason for which the sale is set aside; of a reinstated sale, the former reason' }),
  ),
  sale: nullable(ChangedSale, {
    description:
      'After the change; of a retired sale, before it. Of a sale set aside or reinstated: as it is in force now, null if it is not.',
  }),
  before: nullable(ChangedSale, { description: 'Of a corrected sale: before the change' }),
});
const ChangeRows = Type.Array(ChangeRow);

/** Larger pages than other lists have: with a million changes in the range, a page takes seconds, however small. */
const limit = Type.Integer({ minimum: 1, maximum: 10_000, default: 100, description: 'Items on a page.' });

export function changeRoutes(app: App, database: Database): void {
  const changes = new MarketChanges(database);

  app.get(
    '/api/markets/:code/changes',
    {
      schema: {
        summary: 'What changed between two versions of a market, as counts',
        description:
          'The counts compare the sales in force at both versions. A version that the market has not reached is `404`; one that was lost by a restore, ' +
          'and any of a deleted market, is `410`.',
        params,
        querystring: Type.Object(range),
        response: { 200: Counts },
      },
    },
    async (request, reply) => {
      const { by_revision, ...counts } = await changes.count(request.params.code, request.query);
      return reply.send({ ...counts, by_revision: by_revision.map(withoutPosition) });
    },
  );

  app.get(
    '/api/markets/:code/changes/sales',
    {
      schema: {
        summary: 'What changed between two versions of a market, as rows',
        description:
          'A row for each sale that the counts include: the changes of sales by their ids, then those of what is set aside. With `Accept: text/csv` as CSV, ' +
          'in pages too. The Link header names both versions, so that all pages are of the same changes.',
        params,
        querystring: Type.Object({ ...range, ...page, limit, ...rawParameter }),
        response: {
          200: {
            description: 'A page of changes',
            content: {
              'application/json': { schema: ChangeRows },
              'text/csv': { schema: { type: 'string', description: 'A header, then a row for each change.' } },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      const { query } = request;
      const { from, to } = await changes.range(code, query);
      const [path] = request.url.split('?', 1);
      const { raw = false } = query;
      const pinned = { from: `${from}`, to: `${to}`, limit: `${query.limit}`, ...(raw && { raw: 'true' }) };
      const url = `${path}?${new URLSearchParams(pinned)}`;
      const items = await readPage({ url, query }, reply, {
        parse: (text) => (/^[01]:\d{1,15}$/.test(text) ? text : undefined),
        read: (after = '0:0', limit) => changes.list(code, { from, to }, after, limit),
        positionOf: ({ position }) => position,
      });
      const rows = items.map(withoutPosition);
      reply.header('vary', 'accept');
      if (!prefers(request, 'text/csv')) return reply.send(rows);
      return reply
        .header('content-type', 'text/csv; charset=utf-8; header=present')
        .header(completeHeader, String(!reply.hasHeader('link')))
        .send(toCsv({ result: ChangeRows }, rows, { raw }));
    },
  );
}
