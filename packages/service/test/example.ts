/** A small service with the routes that the tests of this package need. */
import { Database, fixedCredentials } from '@property-insights/database';
import { type Logger, pino } from 'pino';
import { Type } from 'typebox';
import { afterAll, beforeAll } from 'vitest';
import { type OpenDatabase, testDatabase } from '../../../test/database.ts';
import { type App, createService, problems } from '../src/index.ts';

export interface Example {
  readonly app: App;
  /** The lines of the log, parsed. */
  readonly lines: Record<string, unknown>[];
}

/** Starts the service before the tests of a file, and stops it after them. No database answers it. */
export function example(): Example {
  const { log, lines } = capturedLog();
  const database = new Database({
    host: '127.0.0.1',
    port: 1,
    name: 'none',
    credentials: fixedCredentials({ username: 'none', password: '' }),
    applicationName: 'test',
    log,
  });
  return startExample(() => database, log, lines);
}

/** The same, on a test database. */
export function exampleWithDatabase(): Example & { readonly server: OpenDatabase } {
  const { log, lines } = capturedLog();
  const server = testDatabase({ log });
  return Object.assign(
    startExample(() => server.database, log, lines),
    { server },
  );
}

function capturedLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info', base: { service: 'example' } },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  return { log, lines };
}

function startExample(database: () => Database, log: Logger, lines: Example['lines']): Example {
  const parts = { lines } as { -readonly [K in keyof Example]: Example[K] };
  beforeAll(async () => {
    parts.app = await createService({
      name: 'example',
      title: 'Example',
      version: '1.2.3',
      prefix: '/example',
      hosts: ['insights.example.com'],
      database: database(),
      log,
      routes: (app) => exampleRoutes(app, database()),
    });
  });
  afterAll(() => parts.app.close());
  return parts;
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
  app.get('/example/version', () => database.markets(['demo']));
}
