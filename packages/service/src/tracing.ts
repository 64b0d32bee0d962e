/** OpenTelemetry traces: a span for each request, with the spans of its questions and queries in it. Off unless the environment names an endpoint. */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { IdGenerator, ReadableSpan, SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { App } from './app.ts';
import { loggedUrl } from './logged-url.ts';
import { traceId } from './trace-id.ts';

const tracer = trace.getTracer('property-insights');

/** Milliseconds: X-Ray's own time limit. */
const exportTimeout = 10_000;

/** Paths of requests that load balancer and operator send, not users. */
const untraced = /\/health$/;

let ids: BalancerIds | undefined;

/**
 * Starts to export spans to the OTLP endpoint in `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (JSON over HTTP; signed if the endpoint is X-Ray's).
 * `OTEL_TRACES_SAMPLER_ARG` is the share of requests that are traced, 1 by default. Without an endpoint nothing is loaded or done.
 * @returns a function that exports the remaining spans and stops
 * @throws if a variable has an invalid value
 */
export async function startTracing(
  service: string,
  log: Logger,
  env: NodeJS.ProcessEnv = process.env,
): Promise<() => Promise<void>> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (!endpoint) return async () => {};
  if (!URL.canParse(endpoint)) {
    throw new Error(`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be a URL or not be set, not "${endpoint}".`);
  }
  const share = Number(env.OTEL_TRACES_SAMPLER_ARG || 1);
  if (!(share >= 0 && share <= 1)) {
    throw new Error(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not "${env.OTEL_TRACES_SAMPLER_ARG}".`);
  }
  const [sdk, { AsyncLocalStorageContextManager }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/resources'),
  ]);
  ids = new BalancerIds(new sdk.RandomIdGenerator());
  const exporter = await otlpExporter(new URL(endpoint), log);
  const provider: TracerProvider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(share) }),
    idGenerator: ids,
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, exportTimeoutMillis: exportTimeout })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return async () => {
    ids = undefined;
    await provider.shutdown();
    trace.disable();
    context.disable();
  };
}

/** Makes each request of the application a span, if tracing has started. Must be called before routes are added. */
export function traceRequests(app: App): void {
  if (!ids) return;
  app.addHook('onRequest', (request, reply, done) => {
    if (untraced.test(request.routeOptions.url ?? '')) return done();
    const span = begin(request);
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(context.active(), span), done);
  });
}

function begin(request: FastifyRequest): Span {
  const route = request.routeOptions.url ?? 'no route';
  if (ids) ids.next = traceId(request)?.replace(/^1-|-/g, '');
  return tracer.startSpan(
    `${request.method} ${route}`,
    {
      kind: SpanKind.SERVER,
      root: true,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'url.path': loggedUrl(request).split('?', 1)[0] as string,
        'property_insights.request_id': request.id,
      },
    },
    context.active(),
  );
}

/** Gives a request's trace the id from the load balancer, which both its log and ours contain. */
class BalancerIds implements IdGenerator {
  next: string | undefined;
  readonly #random: IdGenerator;

  constructor(random: IdGenerator) {
    this.#random = random;
  }

  generateTraceId(): string {
    const id = this.next ?? this.#random.generateTraceId();
    this.next = undefined;
    return id;
  }

  generateSpanId(): string {
    return this.#random.generateSpanId();
  }
}

async function otlpExporter(endpoint: URL, log: Logger): Promise<SpanExporter> {
  const { JsonTraceSerializer } = await import('@opentelemetry/otlp-transformer');
  const region = endpoint.hostname.match(/^xray\.([a-z0-9-]+)\.amazonaws\.com$/)?.[1];
  const headersOf = region ? await awsSigner(region) : async () => ({ 'content-type': 'application/json' });

  async function send(spans: ReadableSpan[]): Promise<void> {
    const body = JsonTraceSerializer.serializeRequest(spans);
    if (!body) throw new Error('The spans could not be serialized.');
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: await headersOf(endpoint, body),
      body: Buffer.from(body),
      signal: AbortSignal.timeout(exportTimeout),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${endpoint.host} answered ${response.status}: ${answer.slice(0, 300)}`);
  }

  return {
    export(spans, done) {
      send(spans).then(
        () => done({ code: 0 }),
        (error) => {
          log.warn({ err: error, spans: spans.length }, 'spans could not be exported');
          done({ code: 1, error });
        },
      );
    },
    shutdown: async () => {},
  };
}

/** Signs a request to X-Ray as the task's role. */
export async function awsSigner(
  region: string,
  credentials = defaultProvider(),
): Promise<(endpoint: URL, body: Uint8Array) => Promise<Record<string, string>>> {
  const [{ SignatureV4 }, { createHash, createHmac }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('node:crypto'),
  ]);
  // The signer calls this with `new`; Node's hashes have the methods that it needs.
  const sha256 = function hash(key?: Uint8Array) {
    return key ? createHmac('sha256', key) : createHash('sha256');
  } as unknown as ConstructorParameters<typeof SignatureV4>[0]['sha256'];
  const signer = new SignatureV4({ service: 'xray', region, credentials, sha256 });
  return async ({ hostname, pathname }, body) => {
    const headers = { host: hostname, 'content-type': 'application/json' };
    const signed = await signer.sign({
      method: 'POST',
      protocol: 'https:',
      hostname,
      path: pathname,
      query: {},
      headers,
      body,
    });
    return signed.headers;
  };
}
