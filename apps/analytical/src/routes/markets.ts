import type { Database, MarketRow } from '@property-insights/database';
import { type App, authorOf, problems } from '@property-insights/service';
import { type Static, Type } from 'typebox';
import { addMarket, listMarkets } from '../markets.ts';
import { line, marketCode, noParameters, nullable, optional } from '../schemas.ts';

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
  is_default: Type.Boolean(),
  is_synthetic: Type.Boolean({ description: 'Made up, not recorded' }),
  attribution: nullable(Type.String()),
  licence: nullable(Type.String()),
});

export function marketRoutes(app: App, database: Database): void {
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
}

function shown(market: MarketRow): Static<typeof Market> {
  const { code, name, currency, time_zone, is_default, is_synthetic, attribution, licence } = market;
  return { code, name, currency, time_zone, is_default, is_synthetic, attribution, licence };
}

/** @throws a 400 problem unless it names a time zone. Offsets such as +10:00 are refused: they do not know of summer time. */
function timeZone(name: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    if (/^[A-Za-z]/.test(name)) return name;
  } catch {
    // Not a time zone that is known here: refused below.
  }
  throw problems.invalid(
    `Member "time_zone" must be an IANA time zone, such as Australia/Sydney, not ${JSON.stringify(name)}.`,
  );
}
