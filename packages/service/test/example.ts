/** A small service with the routes that the tests of this package need, on a real database. */
import type { Database } from '@property-insights/database';
import { type Logger, pino } from 'pino';
import { Type } from 'typebox';
import { afterAll, beforeAll } from 'vitest';
import { type OpenDatabase, testDatabase } from '../../../test/database.ts';
import { type App, createService, problems } from '../src/index.ts';

export interface Example {
  readonly app: App;
  readonly server: OpenDatabase;
  /** The lines of the log, parsed. */
  readonly lines: Record<string, unknown>[];
}

/** Starts the service before the tests of a file, and stops it after them. */
export function example(): Example {
  let app: App;
  const lines: Record<string, unknown>[] = [];
  const log: Logger = pino(
    { level: 'info', base: { service: 'example' } },
    { write: (line) => lines.push(JSON.parse(line)) },
  );
  const server = testDatabase({ log });
  beforeAll(async () => {
    const { database } = server;
    app = await createService({
      name: 'example',
      title: 'Example',
      version: '1.2.3',
      prefix: '/example',
      database,
      log,
      routes: (app) => exampleRoutes(app, database),
    });
  });
  afterAll(() => app.close());
  return {
    get app() {
      return app;
    },
    server,
    lines,
  };
}

function exampleRoutes(app: App, database: Database): void {
  app.get(
    '/example/list',
    {
      schema: {
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 10, default: 5 }),
          interval: Type.Optional(Type.Union([Type.Literal('month'), Type.Literal('year')])),
          region: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 5 }), { maxItems: 3 })),
          from: Type.Optional(Type.String({ format: 'date' })),
          share: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
          all: Type.Optional(Type.Boolean()),
          code: Type.Optional(Type.String({ pattern: '^[a-z]+$', 'x-expected': 'lower-case letters' })),
        }),
      },
    },
    (request) => request.query,
  );
  app.get('/example/plain', { schema: { querystring: Type.Object({}) } }, () => ({}));
  app.get(
    '/example/items/:id',
    { schema: { params: Type.Object({ id: Type.Integer({ minimum: 1 }) }) } },
    (request) => request.params,
  );
  app.post(
    '/example/items',
    {
      config: { scope: 'none' },
      schema: {
        body: Type.Object({
          name: Type.String({ minLength: 1, maxLength: 20 }),
          rooms: Type.Optional(Type.Integer({ minimum: 0 })),
        }),
      },
    },
    (request) => request.body,
  );
  app.get('/example/client', (request) => ({ client: request.ip, request_id: request.id }));
  app.get('/example/bug', () => {
    throw new Error('secret: SELECT * FROM sale');
  });
  app.get('/example/missing', () => {
    throw problems.notFound('There is no such thing.');
  });
  app.get('/example/version', () => database.version());
}
