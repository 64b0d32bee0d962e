/** What the services have in common over HTTP: one Fastify application, set up for standing behind the load balancer. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Database } from '@property-insights/database';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { Access, guardRoutes, type ReadAccess } from './access.ts';
import { type DescriptionOptions, describeRoutes } from './description.ts';
import { problemOf, problems } from './errors.ts';
import { healthRoute } from './health.ts';
import { methodsByPath } from './methods.ts';
import { securityHeaders } from './security.ts';
import { validatorCompiler } from './validation.ts';

/** A Fastify instance whose routes take their types from TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface ServiceOptions extends Omit<DescriptionOptions, 'readAccess'> {
  name: string;
  database: Database;
  log: FastifyBaseLogger;
  /** `open` unless said. */
  readAccess?: ReadAccess | undefined;
  /** Adds the service's own routes; `access` is what admits requests to them. */
  routes(app: App, access: Access): void | Promise<void>;
}

/** The largest body that is read into memory, in bytes: the largest legitimate one is an entered sale, of some hundreds. */
const bodyLimit = 64 * 1024;

/** From when on a request is worth a line in the log, in milliseconds. */
const slow = 2_000;

/** The balancer keeps an idle connection for 60 s; were the service to close it first, a request just sent would be lost as a 502. */
const keepAliveTimeout = 65_000;

/** An application with health check, OpenAPI description, problem documents, validation and security headers, and the routes given. */
export async function createService({
  name,
  database,
  log,
  readAccess = 'open',
  routes,
  ...description
}: ServiceOptions): Promise<App> {
  const { version, prefix } = description;
  const app = Fastify({
    loggerInstance: log,
    // The balancer has a line for every request, and the cached path no time for one.
    logController: new LogController({ disableRequestLogging: true }),
    // For the same reason none has a logger of its own; what is logged of a request carries its id (see `about`).
    childLoggerFactory: (logger) => logger,
    genReqId: requestId,
    // The balancer is the one hop there is; what a client claims beyond it is not believed.
    trustProxy: (_address, hop) => hop === 0,
    bodyLimit,
    keepAliveTimeout,
    // Counted from a connection's last byte, so it must outlast the idle time.
    http: { headersTimeout: keepAliveTimeout + 1_000 },
    // While it stops, the service answers what still reaches it; the balancer sends nothing new by then.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders);
      sendProblem(error, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  // Schemas of answers describe; what is sent is made by our own code, so checking it again would only cost.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(sendProblem);
  const methodsOf = methodsByPath(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] as string;
    const allowed = methodsOf(path);
    const problem =
      allowed.length === 0 || allowed.includes(request.method)
        ? problems.noSuchPath(path)
        : problems.methodNotAllowed(request.method, path, allowed);
    sendProblem(problem, request, reply);
  });
  app.removeContentTypeParser('text/plain');

  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (reply.elapsedTime > slow) {
      request.log.warn(
        { ...about(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'slow request',
      );
    }
    done();
  });

  const access = new Access(database);
  guardRoutes(app, access, readAccess);
  await describeRoutes(app, { ...description, readAccess });
  healthRoute(app, { name, version, path: `${prefix}/health`, database });
  await routes(app, access);
  return app;
}

/** The balancer's trace id, by which its log and ours can be joined. */
function requestId(request: IncomingMessage): string {
  const trace = request.headers['x-amzn-trace-id'];
  return typeof trace === 'string' && trace.length <= 200 ? trace : randomUUID();
}

/** Answers with the problem document of an error; what the caller is not told goes to the log. */
function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (problem.status === 500) request.log.error({ ...about(request), err: error }, 'request failed');
  else if (problem.status > 500) request.log.warn({ ...about(request), reason: reasonOf(error) }, 'request refused');
  reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify({ ...problem.toJSON(), request_id: request.id }));
}

/** What is behind a refusal, without the stack: in an outage every request brings one. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function about(request: FastifyRequest) {
  return { request_id: request.id, method: request.method, url: request.url, client: request.ip };
}
