/** The Fastify application that both services are made from, set up to run behind the load balancer. */
import { randomUUID } from 'node:crypto';
import fastifyAccepts from '@fastify/accepts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Database } from '@property-insights/database';
import Fastify, { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { Access, guardRoutes } from './access.ts';
import type { Admission } from './admission.ts';
import type { App } from './app.ts';
import { identifyCallers } from './caller.ts';
import { compressResponses } from './compression.ts';
import { type DescriptionOptions, describeRoutes } from './description.ts';
import { type ErrorMapper, problemOf } from './errors.ts';
import { healthRoute } from './health.ts';
import { guardHosts } from './hosts.ts';
import { parseJson } from './json.ts';
import { maxBodyBytes, maxHeadersBytes, maxSegmentLength, maxUrlBytes } from './limits.ts';
import { loggedUrl } from './logged-url.ts';
import { methodsByPath } from './methods.ts';
import { type Problem, problemDocument, problems } from './problems.ts';
import { securityHeaders } from './security.ts';
import { traceId } from './trace-id.ts';
import { traceRequests } from './tracing.ts';
import { answerUnreadable } from './unreadable.ts';
import { validatorCompiler } from './validation.ts';

export interface ServiceOptions extends Admission, Omit<DescriptionOptions, 'readAccess'> {
  name: string;
  database: Database;
  log: FastifyBaseLogger;
  /** For the errors that the service's routes throw; the first that knows an error decides. */
  errorMappers?: readonly ErrorMapper[];
  /** The codes of the markets that cannot be loaded at the moment, for the health check. */
  unavailableMarkets?: () => Promise<string[]>;
  /** Adds the service's own routes; `access` admits the requests to them. */
  routes(app: App, access: Access): void | Promise<void>;
}

/** Bytes of the headers that the load balancer adds to those that it lets pass. */
const addedHeadersBytes = 8 * 1024;

/** Every answer has these headers. One that may be kept, because it has an ETag or never changes, states that itself. */
const initialHeaders = { ...securityHeaders, 'cache-control': 'no-store' };

/** Milliseconds from which on a request is logged as slow. */
const slowThreshold = 2_000;

/** Milliseconds. The load balancer closes an idle connection after 60 s. If the service closed it first, a request just sent would become a 502. */
const keepAliveTimeout = 65_000;

/** Creates an application with health check, OpenAPI description, problem documents, validation, security headers and the given routes. */
export async function createService({
  name,
  database,
  log,
  readAccess = 'open',
  hosts = [],
  clientAddressHeader,
  errorMappers = [],
  unavailableMarkets,
  routes,
  ...description
}: ServiceOptions): Promise<App> {
  const { version, prefix } = description;
  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendProblem(problemOf(error, errorMappers), error, request, reply);
  const app = Fastify({
    // No request has a logger of its own, to save the time; lines about a request have its id from `describe`.
    loggerInstance: childless(log),
    // The load balancer logs every request, and a line of our own would slow down cached answers.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    // The load balancer is the only trusted hop: clients can forge the hops before it.
    trustProxy: (_address, hop) => hop === 0,
    bodyLimit: maxBodyBytes,
    keepAliveTimeout,
    // Counted from a connection's last byte, so it must be longer than the idle time.
    http: { headersTimeout: keepAliveTimeout + 1_000, maxHeaderSize: maxHeadersBytes + addedHeadersBytes },
    clientErrorHandler: answerUnreadable,
    // While the service stops, it answers the requests that still arrive.
    return503OnClosing: false,
    routerOptions: { maxParamLength: maxSegmentLength },
    frameworkErrors: (error, request, reply) => {
      reply.headers(initialHeaders);
      answerError(error, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  // Schemas of responses only describe: checking what our own code made would cost time.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(answerError);
  const methodsOf = methodsByPath(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] as string;
    const allowed = methodsOf(path);
    const problem =
      allowed.length === 0 || allowed.includes(request.method)
        ? problems.pathNotFound(path)
        : problems.methodNotAllowed(request.method, path, allowed);
    sendProblem(problem, problem, request, reply);
  });
  app.removeContentTypeParser('text/plain');
  parseJson(app);
  await app.register(fastifyAccepts);
  await compressResponses(app);

  traceRequests(app);
  app.addHook('onRequest', ({ url }, reply, done) => {
    reply.headers(initialHeaders);
    if (url.length > maxUrlBytes) return done(problems.urlTooLong());
    // See parseJson.
    done(url.includes('%00') ? problems.invalid('A URL cannot contain the character NUL (%00).') : undefined);
  });
  guardHosts(app, hosts);
  identifyCallers(app, clientAddressHeader);
  app.addHook('onResponse', (request, reply, done) => {
    // A stream of events lasts as long as its job.
    if (reply.elapsedTime > slowThreshold && reply.getHeader('content-type') !== 'text/event-stream') {
      request.log.warn(
        { ...describe(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'slow request',
      );
    }
    done();
  });

  const access = new Access(database);
  guardRoutes(app, access, readAccess);
  await describeRoutes(app, { ...description, readAccess });
  healthRoute(app, {
    name,
    version,
    path: `${prefix}/health`,
    database,
    // The health check needs no token.
    unavailableMarkets: readAccess === 'open' ? unavailableMarkets : undefined,
  });
  await routes(app, access);
  return app;
}

/** Ids that no other process uses. They cost less than a random one for each request. */
function requestIds(): () => string {
  const prefix = randomUUID().slice(0, -12);
  let count = 0;
  return () => {
    count += 1;
    return prefix + count.toString(16).padStart(12, '0');
  };
}

/** The logger, whose children are itself. */
function childless(log: FastifyBaseLogger): FastifyBaseLogger {
  const childless: FastifyBaseLogger = Object.create(log, { child: { value: () => childless } });
  return childless;
}

/** Answers with a problem document, and logs the details of the error that the client must not see. */
function sendProblem(problem: Problem, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (problem.status === 500) request.log.error({ ...describe(request), err: error }, 'request failed');
  else if (problem.status > 500) request.log.warn({ ...describe(request), reason: reasonOf(error) }, 'request refused');
  if (problem.kind === 'body-too-large') {
    // The rest of the body is discarded. If the connection were closed instead, the load balancer would answer 502 while it still sends.
    reply.removeHeader('connection');
    request.raw.resume();
  }
  reply
    .code(problem.status)
    .headers(problem.headers)
    // The route may have stated something else before it failed.
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(problemDocument(problem, request.id));
}

/** The cause of a refusal, without the stack, because in an outage every request is refused. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/** The members of every log line about a request. */
function describe(request: FastifyRequest) {
  const { id, method, clientAddress } = request;
  return { request_id: id, trace_id: traceId(request), method, url: loggedUrl(request), client: clientAddress };
}
