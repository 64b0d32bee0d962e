/** Templates that no other test executes: the demo by HTTP and production by CloudFront run, and are put to work, elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Logs } from '../src/logs.ts';
import { startLocal } from '../src/start.ts';

test('production with a domain is executed: its listener without TLS, in place of the one that sends clients on to it', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'property-insights-stages-'));
  onTestFinished(() => rm(dataDirectory, { recursive: true, force: true }));
  const system = await startLocal({
    port: 0,
    dataDirectory,
    sample: false,
    logs: new Logs({ format: 'pretty', write() {} }),
    synthesisOptions: {
      stage: 'production',
      domainName: 'insights.example.com',
      hostedZoneId: 'Z0123456789',
      hostedZoneName: 'example.com',
    },
    taskCounts: { analytical: 0, reporting: 0 },
  });
  onTestFinished(() => system.stop());
  const outputs = Object.values(system.outputs['property-insights-production'] ?? {});
  expect(outputs).toContain('https://insights.example.com');
  // Without tasks, what is routed to a service is not available, and the rest is not found.
  for (const [path, status] of [
    ['/', 503],
    ['/api/health', 503],
    ['/reporting', 503],
    ['/nope', 404],
  ] as const) {
    expect((await fetch(system.url + path, { redirect: 'manual' })).status).toBe(status);
  }
}, 120_000);
