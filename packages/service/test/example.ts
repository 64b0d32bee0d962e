/** A small service with the routes that the tests of this package need, on a real database. */
import { Database, fixedCredentials } from '@property-insights/database';
import { type Logger, pino } from 'pino';
import { Type } from 'typebox';
import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { type App, createService, problems } from '../src/index.ts';

export interface Example {
  readonly app: App;
  readonly testDatabase: TestDatabase;
  /** What was logged, as parsed lines. */
  readonly lines: Record<string, unknown>[];
}

/** Sets the service up before the tests of a file, and takes it down after them. */
export function example(): Example {
  let app: App;
  let testDatabase: TestDatabase;
  let database: Database;
  const lines: Record<string, unknown>[] = [];
  beforeAll(async () => {
    const log: Logger = pino(
      { level: 'info', base: { service: 'example' } },
      { write: (line) => lines.push(JSON.parse(line)) },
    );
    testDatabase = await createTestDatabase();
    database = openDatabase(testDatabase, log);
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
  afterAll(async () => {
    await app.close();
    await database.close();
    await testDatabase.drop();
  });
  return {
    get app() {
      return app;
    },
    get testDatabase() {
      return testDatabase;
    },
    lines,
  };
}

function openDatabase({ host, port, name, analytical }: TestDatabase, log: Logger): Database {
  return new Database({ host, port, name, credentials: fixedCredentials(analytical), applicationName: 'example', log });
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
