import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTracing } from '../src/index.ts';
import { awsSigner } from '../src/tracing.ts';
import { exampleWithDatabase } from './example.ts';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  status: { code?: number };
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

const silent = pino({ level: 'silent' });
const spans: Span[] = [];
let collector: Server;
let stopTracing: () => Promise<void>;

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const { resourceSpans } = (await new Response(request as unknown as ReadableStream).json()) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
    };
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const { port } = collector.address() as AddressInfo;
  stopTracing = await startTracing('example', silent, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
  });
});
const service = exampleWithDatabase();
afterAll(() => collector.close());

const attribute = ({ attributes }: Span, name: string) => {
  const { stringValue, intValue } = attributes.find(({ key }) => key === name)?.value ?? {};
  return stringValue ?? intValue;
};

test('a request is a span under the id of the load balancer and has a span for each query; health checks have none', async () => {
  const trace = 'Root=1-67891233-abcdef012345678912345678';
  await service.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = service.app.server.address() as AddressInfo;
  const get = async (path: string) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-amzn-trace-id': trace } })).text();
  await get('/example/health');
  await get('/example/version?secret=1');
  await get('/example/bug');
  await get('/example/nothing');
  await stopTracing();
  const roots = spans.filter(({ parentSpanId }) => !parentSpanId);
  expect(roots.map(({ name }) => name)).toEqual(['GET /example/version', 'GET /example/bug', 'GET no route']);
  const [version, bug, nothing] = roots as [Span, Span, Span];
  expect(version.traceId).toBe('67891233abcdef012345678912345678');
  expect(attribute(version, 'http.response.status_code')).toBe(200);
  expect(JSON.stringify(version)).not.toContain('secret');
  expect([attribute(bug, 'http.response.status_code'), bug.status.code]).toEqual([500, 2]);
  expect([attribute(nothing, 'http.response.status_code'), nothing.status.code ?? 0]).toEqual([404, 0]);
  const [statement, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === version.spanId);
  expect(others).toEqual([]);
  expect(statement).toMatchObject({ name: 'postgresql versions', traceId: version.traceId });
  expect(attribute(statement as Span, 'db.system.name')).toBe('postgresql');
});

test('without an endpoint nothing is exported, and an invalid variable is reported', async () => {
  await (await startTracing('example', silent, {}))();
  const endpoint = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://localhost:1' };
  await expect(startTracing('example', silent, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'xray' })).rejects.toThrow(
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be a URL or not be set, not "xray".',
  );
  await expect(startTracing('example', silent, { ...endpoint, OTEL_TRACES_SAMPLER_ARG: '5%' })).rejects.toThrow(
    'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not "5%".',
  );
});

test('exports to X-Ray are signed with the role, for its service and region', async () => {
  const sign = await awsSigner('eu-west-1', async () => ({
    accessKeyId: 'AKID',
    secretAccessKey: 'secret',
    sessionToken: 'token',
  }));
  const headers = await sign(new URL('https://xray.eu-west-1.amazonaws.com/v1/traces'), Buffer.from('{}'));
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-amz-security-token': 'token',
    // SHA-256 of "{}".
    'x-amz-content-sha256': '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/xray\/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}$/,
    ),
  });
});
