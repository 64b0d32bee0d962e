/**
 * Each stage by each of its entries, with as many tasks as its templates say. It is started by one and led over to the others as it runs, which
 * takes a third of the time of another start. (In AWS a running stack is so led from HTTP to a domain, but not to or from CloudFront.)
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Logs } from '../src/logs.ts';
import { type LocalSystem, startLocal } from '../src/start.ts';

interface Entry {
  name: string;
  options: Record<string, string>;
  /** Of the stack's output: where clients would find it. Here the balancer is at its own address, without TLS. */
  address: RegExp;
}

const byHttp: Entry = { name: 'by HTTP', options: { entry: 'http' }, address: /^http:\/\/localhost:\d+$/ };
const byCloudFront: Entry = {
  name: 'by CloudFront',
  options: { entry: 'cloudfront' },
  address: /^https:\/\/Distribution/,
};
const withDomain: Entry = {
  name: 'with a domain',
  options: { domainName: 'insights.example.com', hostedZoneId: 'Z0123456789', hostedZoneName: 'example.com' },
  address: /^https:\/\/insights\.example\.com$/,
};

describe.each<{ stage: string; options: Record<string, string>; entries: Entry[]; tasks: string[] }>([
  {
    stage: 'demo',
    options: { stage: 'demo' },
    entries: [byHttp, byCloudFront, withDomain],
    tasks: ['analytical', 'reporting'],
  },
  {
    // On Aurora, which differs most from the demo.
    stage: 'production',
    options: { stage: 'production', database: 'aurora-serverless' },
    entries: [byCloudFront, withDomain],
    tasks: ['analytical', 'analytical', 'reporting', 'reporting'],
  },
])('$stage', ({ stage, options, entries, tasks }) => {
  const lines: string[] = [];
  let dataDirectory: string;
  let system: LocalSystem;

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), `property-insights-${stage}-`));
    system = await startLocal({
      port: 0,
      dataDirectory,
      sample: false,
      logs: new Logs({ format: 'json', write: (text) => lines.push(text) }),
      synthesisOptions: { ...options, ...entries[0]?.options },
    });
  });

  afterAll(async () => {
    await system?.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  });

  const get = (path: string) => fetch(`${system.url}${path}`, { redirect: 'manual' });

  // Where a listener sends clients on to HTTPS, the one that they are sent to stands here in its place, without TLS.
  test.each(entries)('$name answers on the routes of both services, and on no other', async (entry) => {
    await system.update({ synthesisOptions: { ...options, ...entry.options } }); // the first as it was started
    expect(system.outputs()[`property-insights-${stage}`]?.Address).toMatch(entry.address);
    // A task is replaced if its environment names the entry, and then has another number.
    const running = system.tasks().map(({ name }) => name.replace(/-\d+$/, ''));
    expect(running.sort()).toEqual(tasks);
    for (const [path, status, text] of [
      ['/', 200, /^Welcome to the Property Insights API!/],
      ['/reporting', 200, /^Reporting Service is online\.$/],
      ['/nope', 404, /^Resource not found\.$/],
      // Each task is asked.
      ...tasks.flatMap(() => [
        ['/api/health', 200, /"service":"analytical"/] as const,
        ['/reporting/health', 200, /"service":"reporting"/] as const,
        ['/reporting/property-summary', 200, /{"region":"NSW","property_count":2}/] as const,
      ]),
    ] as const) {
      const response = await get(path);
      expect([response.status, await response.text()], path).toEqual([status, expect.stringMatching(text)]);
    }
  });

  test('its logins are rotated without a failed answer', async () => {
    await system.rotate('reporting');
    for (const _ of tasks) expect((await get('/reporting/property-summary')).status).toBe(200);
  });

  test('answers from its readers are as current as those of the writer', () => {
    expect(lines.join('')).not.toContain('the reader');
  });

  test('no password or token, former ones too, is in the environment of a task or in any line of the log', async () => {
    const kept: { versions: { SecretString: string }[] }[] = JSON.parse(
      await readFile(join(dataDirectory, 'secrets.json'), 'utf8'),
    );
    const secrets = kept
      .flatMap(({ versions }) => versions)
      .map(({ SecretString }) => (SecretString.startsWith('{') ? JSON.parse(SecretString).password : SecretString));
    // Of the master, both services, the one that was rotated, and the first token.
    expect(new Set(secrets).size).toBeGreaterThanOrEqual(5);
    const environments = system.tasks().map(({ pid }) => `/proc/${pid}/environ`);
    const texts = [lines.join(''), ...environments.filter(existsSync).map((path) => readFileSync(path, 'utf8'))];
    for (const text of texts) for (const secret of secrets) expect(text.includes(secret)).toBe(false);
  });

  test('its tasks have published their metrics, the last when they ended, where its alarms and dashboards look', async () => {
    await system.stop();
    const published = lines.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line));
    const directives = published.flatMap(({ _aws, service }) =>
      _aws.CloudWatchMetrics.map(({ Namespace, Dimensions }: Record<string, unknown>) => ({
        Namespace,
        Dimensions,
        service,
      })),
    );
    expect(new Set(directives.map(({ service }) => service))).toEqual(new Set(['analytical', 'reporting']));
    for (const { Namespace, Dimensions } of directives) {
      expect([Namespace, Dimensions]).toEqual([`property-insights-${stage}`, [['service']]]);
    }
  });
});
