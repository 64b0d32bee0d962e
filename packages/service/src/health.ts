import { setTimeout } from 'node:timers/promises';
import type { Database } from '@property-insights/database';
import { Type } from 'typebox';
import type { App } from './service.ts';

export interface HealthOptions {
  name: string;
  version: string;
  path: string;
  database: Database;
}

/** How long the database may take to count as reachable, in milliseconds: well inside the balancer's 5 s for a health check. */
const patience = 2_000;

/**
 * Liveness: 200 as long as the process answers. A database that is gone is reported, not failed on: replacing every task would not bring
 * it back.
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
  app.get(path, { schema, config: { scope: 'none' } }, async (_request, reply) => {
    const reachable = await Promise.race([
      database.version().then(
        () => true,
        () => false,
      ),
      setTimeout(patience, false, { ref: false }),
    ]);
    return reply
      .header('cache-control', 'no-store')
      .send({ status: 'ok', service: name, database: reachable ? 'reachable' : 'unreachable', version });
  });
}
