/** Production's templates on this machine, in the form that differs most from the demo's: by CloudFront and on Aurora, with two tasks a service. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Logs } from '../src/logs.ts';
import { type LocalSystem, startLocal } from '../src/start.ts';

const projectRoot = join(import.meta.dirname, '..', '..');
const lines: string[] = [];
let directory: string;
let system: LocalSystem;

async function synthesize(outdir: string, options: Record<string, string>): Promise<void> {
  const { context } = JSON.parse(await readFile(join(projectRoot, 'cdk.json'), 'utf8'));
  const staging = { 'aws:cdk:disable-asset-staging': true, 'aws:cdk:enable-path-metadata': true };
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_VALIDATION: 'false',
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...staging, ...options }),
  };
  await promisify(execFile)(process.execPath, ['infrastructure/src/main.ts'], { cwd: projectRoot, env });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'property-insights-production-'));
  const assemblyDirectory = join(directory, 'cdk.out');
  await synthesize(assemblyDirectory, { stage: 'production', entry: 'cloudfront', database: 'aurora-serverless' });
  system = await startLocal({
    port: 0,
    dataDirectory: join(directory, 'data'),
    sample: false,
    logs: new Logs({ format: 'pretty', write: (text) => lines.push(text) }),
    assemblyDirectory,
  });
}, 180_000);

afterAll(async () => {
  await system?.stop();
  await rm(directory, { recursive: true, force: true });
}, 30_000);

const get = async (path: string) => {
  const response = await fetch(`${system.url}${path}`);
  return [response.status, await response.json()];
};

test('it runs two tasks of each service, on one database behind both of the cluster’s endpoints', async () => {
  expect(
    system
      .tasks()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['analytical-1', 'analytical-2', 'reporting-1', 'reporting-2']);
  const counts = [
    { region: 'NSW', property_count: 2 },
    { region: 'VIC', property_count: 1 },
  ];
  // Each task is asked.
  for (let request = 0; request < 2; request += 1) {
    expect(await get('/reporting/property-summary')).toEqual([200, counts]);
    expect(await get('/api/properties')).toEqual([200, expect.arrayContaining([expect.anything()])]);
  }
  expect(lines.join('')).not.toContain('the reader');
});

test('its logins are rotated without a failed answer', async () => {
  await system.rotate('reporting');
  expect((await get('/reporting/property-summary'))[0]).toBe(200);
}, 30_000);
