import type { Database } from '@property-insights/database';
import { type App, authorOf, problems } from '@property-insights/service';
import { line, marketCode, noParameters, nullable, optional } from '@property-insights/service/schemas';
import { type Static, Type } from 'typebox';
import { DeletedMarkets } from '../data/deleted-markets.ts';
import {
  addMarket,
  changeMarket,
  deleteMarket,
  findMarket,
  hasSales,
  listMarkets,
  type MarketChanges,
  type Market as MarketRow,
} from '../data/markets.ts';
import { findRevision } from '../data/revisions.ts';
import { Revision } from '../schemas/revision.ts';

const currency = Type.String({
  pattern: '^[A-Z]{3}$',
  'x-expected': 'an ISO 4217 code: three capital letters, such as AUD',
});

const NewMarket = Type.Object({
  code: marketCode,
  name: line(100),
  currency,
  time_zone: optional(Type.String({ maxLength: 60, 'x-expected': 'an IANA time zone, such as Australia/Sydney' })),
  attribution: optional(line(1000)),
  licence: optional(line(200)),
  is_default: optional(Type.Boolean()),
  is_synthetic: optional(Type.Boolean()),
});

const Market = Type.Object({
  code: Type.String(),
  name: Type.String(),
  currency: Type.String(),
  time_zone: Type.String(),
  is_default: Type.Boolean({
    description:
      'Whether requests without `market` are about it. The default market is the one that a client made the default; else, of those with sales that are neither the demonstration nor synthetic, the one created last; else the synthetic sample; else the demonstration.',
  }),
  is_synthetic: Type.Boolean({ description: 'Whether its sales are generated, for demonstration' }),
  attribution: nullable(Type.String()),
  licence: nullable(Type.String()),
  covered_from: nullable(Type.String({ format: 'date' })),
  covered_to: nullable(Type.String({ format: 'date' })),
});

const coveredDay = (description: string) => ({ ...nullable(Type.String({ format: 'date' })), description });

const ChangedMarket = Type.Partial(
  Type.Object({
    name: line(100),
    currency,
    time_zone: Type.String({ maxLength: 60, 'x-expected': 'an IANA time zone, such as Australia/Sydney' }),
    attribution: nullable(line(1000)),
    licence: nullable(line(200)),
    covered_from: coveredDay('First day of the period that the data covers; null: estimated from the sales.'),
    covered_to: coveredDay('Last day of the period that the data covers; null: estimated from the sales.'),
    is_default: Type.Literal(true, {
      'x-expected': 'true; to change the default market, set it on the new one',
    }),
  }),
  { minProperties: 1 },
);

const params = Type.Object({ code: marketCode });

export function marketRoutes(app: App, database: Database): void {
  const deleted = new DeletedMarkets(database, app.log);
  app.addHook('onReady', async () => deleted.empty());
  app.addHook('onClose', () => deleted.close());

  app.get(
    '/api/markets',
    { schema: { summary: 'Markets', querystring: noParameters, response: { 200: Type.Array(Market) } } },
    async (_request, reply) => reply.send((await listMarkets(database)).map(shown)),
  );

  app.post(
    '/api/markets',
    {
      config: { scope: 'admin' },
      schema: { summary: 'Add a market', querystring: noParameters, body: NewMarket, response: { 201: Market } },
    },
    async (request, reply) => {
      const { body } = request;
      const market = await addMarket(
        database,
        {
          code: body.code,
          name: body.name.trim(),
          currency: body.currency,
          time_zone: timeZone(body.time_zone ?? 'UTC'),
          attribution: body.attribution?.trim() ?? null,
          licence: body.licence?.trim() ?? null,
          is_default: body.is_default ?? false,
          is_synthetic: body.is_synthetic ?? false,
        },
        authorOf(request),
      );
      return reply.code(201).send(shown(market));
    },
  );

  app.patch(
    '/api/markets/:code',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Change the description of a market',
        description: 'Another currency only relabels prices and converts nothing. If the market has sales, confirm it.',
        params,
        querystring: Type.Object({
          confirm: Type.Optional({ ...currency, description: 'The new currency, repeated to confirm it.' }),
        }),
        body: ChangedMarket,
        response: { 200: Market },
      },
    },
    async (request, reply) => {
      const { body, query } = request;
      const market = await findMarket(database, request.params.code);
      const relabels = body.currency !== undefined && body.currency !== market.currency;
      if (relabels && query.confirm !== body.currency && (await hasSales(database, market))) {
        throw problems.conflict(
          `The market "${market.code}" has sales in ${market.currency}. Another currency relabels their prices and converts nothing. ` +
            `To confirm, repeat the request with ?confirm=${body.currency}.`,
        );
      }
      const [from, to] = [body.covered_from, body.covered_to].map((day, i) =>
        day === undefined ? [market.covered_from, market.covered_to][i] : day,
      );
      if (from && to && from > to) {
        throw problems.invalid(`The covered period would end on ${to}, before it begins, on ${from}.`);
      }
      const changes: MarketChanges = {
        ...body,
        ...(body.name !== undefined && { name: body.name.trim() }),
        ...(body.time_zone !== undefined && { time_zone: timeZone(body.time_zone) }),
      };
      return reply.send(shown(await changeMarket(database, market, changes, authorOf(request))));
    },
  );

  app.delete(
    '/api/markets/:code',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Delete a market, with all its sales',
        description:
          'This cannot be undone. A market that was made the default cannot be deleted; make another the default first. The demonstration can be deleted only while another market is the default. Running imports and undos are cancelled.',
        params,
        querystring: Type.Object({
          confirm: Type.Optional({ ...marketCode, description: 'The code, repeated to confirm the deletion.' }),
        }),
        response: { 200: Revision },
      },
    },
    async (request, reply) => {
      const { code } = request.params;
      const market = await findMarket(database, code);
      if (request.query.confirm !== code) {
        throw problems.invalid(
          `This deletes the market "${code}" with all its sales. To confirm, repeat the request with ?confirm=${code}.`,
        );
      }
      if (market.is_default && (market.is_chosen || code === 'demo')) {
        throw problems.conflict(`"${code}" is the default market. Make another market the default first.`);
      }
      const revision = await findRevision(database, await deleteMarket(database, market, authorOf(request)));
      deleted.empty();
      return reply.send(revision as Static<typeof Revision>);
    },
  );
}

function shown(market: MarketRow): Static<typeof Market> {
  const { code, name, currency, time_zone, is_default, is_synthetic, attribution, licence } = market;
  const { covered_from, covered_to } = market;
  return { code, name, currency, time_zone, is_default, is_synthetic, attribution, licence, covered_from, covered_to };
}

/** @throws a 400 problem unless it is a time zone. Offsets such as +10:00 are refused, because they have no daylight saving time. */
function timeZone(name: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    if (/^[A-Za-z]/.test(name)) return name;
  } catch {
    // Refused below.
  }
  throw problems.invalid(
    `Member "time_zone" must be an IANA time zone, such as Australia/Sydney, not ${JSON.stringify(name)}.`,
  );
}
