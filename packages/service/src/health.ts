import { setTimeout } from 'node:timers/promises';
import type { Database } from '@property-insights/database';
import { Type } from 'typebox';
import type { App } from './app.ts';

export interface HealthOptions {
  name: string;
  version: string;
  path: string;
  database: Database;
}

/** Milliseconds after which the database counts as unreachable: well below the 5 s that the load balancer allows a health check. */
const timeout = 2_000;

/**
 * Liveness: 200 while the process answers. An unreachable database is reported and is no failure, because replacing every task would not
 * bring it back.
 */
export function healthRoute(app: App, { name, version, path, database }: HealthOptions): void {
  const schema = {
    summary: 'Whether the service is alive',
    response: {
      200: Type.Object({
        status: Type.Literal('ok'),
        service: Type.String(),
        database: Type.Union([Type.Literal('reachable'), Type.Literal('unreachable')]),
        version: Type.String(),
      }),
    },
  };
  app.get(path, { schema, config: { scope: 'none', anyHost: true } }, async (_request, reply) => {
    const reachable = await Promise.race([
      database.markets([]).then(
        () => true,
        () => false,
      ),
      setTimeout(timeout, false, { ref: false }),
    ]);
    return reply
      .header('cache-control', 'no-store')
      .send({ status: 'ok', service: name, database: reachable ? 'reachable' : 'unreachable', version });
  });
}
