import { setTimeout } from 'node:timers/promises';
import type { Database } from '@property-insights/database';
import { Type } from 'typebox';
import type { App } from './app.ts';

export interface HealthOptions {
  name: string;
  version: string;
  path: string;
  database: Database;
  /** The codes of the markets that cannot be loaded at the moment. */
  unavailableMarkets?: (() => Promise<string[]>) | undefined;
}

/** Milliseconds that each part of the answer may take; after them, the database counts as unreachable. Well below the 5 s that the load balancer allows a health check. */
const timeout = 2_000;

/**
 * Liveness: 200 while the process answers. An unreachable database, or a market that cannot be loaded, is reported and is no failure, because
 * replacing every task would not bring it back.
 */
export function healthRoute(app: App, options: HealthOptions): void {
  const { name, version, path, database, unavailableMarkets } = options;
  const schema = {
    summary: 'Whether the service is alive',
    response: {
      200: Type.Object({
        status: Type.Literal('ok'),
        service: Type.String(),
        database: Type.Union([Type.Literal('reachable'), Type.Literal('unreachable')]),
        version: Type.String(),
        unavailable_markets: Type.Optional(
          Type.Array(Type.String(), {
            description:
              'Codes of the markets that cannot be loaded at the moment; others are answered. Left out where reading needs a token.',
          }),
        ),
      }),
    },
  };
  app.get(path, { schema, config: { scope: 'none', anyHost: true } }, async (_request, reply) => {
    const [markets, unavailable] = await Promise.all([inTime(database.markets([])), inTime(unavailableMarkets?.())]);
    return reply.send({
      status: 'ok',
      service: name,
      database: markets ? 'reachable' : 'unreachable',
      version,
      ...(unavailable && { unavailable_markets: unavailable }),
    });
  });
}

/** The result of work; undefined if it fails or takes too long. */
function inTime<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  return Promise.race([work?.catch(() => undefined), setTimeout(timeout, undefined, { ref: false })]);
}
