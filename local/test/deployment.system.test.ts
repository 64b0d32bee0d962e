/** Deployments to the running system: no request may notice them, whether they succeed or not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Logs } from '../src/logs.ts';
import { type LocalSystem, startLocal } from '../src/start.ts';
import { addMigration, changeAssembly, type Resources } from './changed-assembly.ts';
import { Load } from './load.ts';

const directory = await mkdtemp(join(tmpdir(), 'property-insights-deployment-'));
const deployed = join(directory, 'cdk.out-production-cloudfront');

/** All that is logged, but for the requests, of which there are too many. */
const lines: string[] = [];
const logs = new Logs({ format: 'pretty', write: (text) => / (GET|POST) /.test(text) || lines.push(text) });

let system: LocalSystem;

beforeAll(async () => {
  const synthesisOptions = { stage: 'production', entry: 'cloudfront' };
  system = await startLocal({ port: 0, dataDirectory: directory, sample: false, logs, synthesisOptions });
});

afterAll(async () => {
  await system?.stop();
  await rm(directory, { recursive: true, force: true });
});

beforeEach(() => {
  lines.length = 0;
});

/** Does something while both services answer 500 requests a second, or as many as the machine leaves room for; none of them may fail. */
async function underLoad(work: () => Promise<void>): Promise<void> {
  const load = new Load(system, 500);
  await delay(300);
  await work();
  await delay(300);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.durations.length).toBeGreaterThan(100);
}

/** The templates deployed at first, with something changed. */
const changed = async (change: (resources: Resources) => void) =>
  changeAssembly(deployed, await mkdtemp(join(directory, 'assembly-')), change);

interface Container {
  Name: string;
  Command?: string[];
  Environment: { Name: string; Value: unknown }[];
}

function containers(resources: Resources): Container[] {
  const definitions = Object.values(resources).filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition');
  return definitions.flatMap(({ Properties }) => Properties?.ContainerDefinitions as Container[]);
}

function setVariable(resources: Resources, name: string, value: string): void {
  for (const { Environment } of containers(resources)) Environment.push({ Name: name, Value: value });
}

const tasks = () => system.tasks().map(({ name, pid }) => ({ name, pid }));
const lineOf = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));

test('production by CloudFront runs two tasks of each service', () => {
  const names = system.tasks().map(({ name }) => name);
  expect(names).toEqual(['analytical-1', 'analytical-2', 'reporting-1', 'reporting-2']);
});

test('all tasks are replaced without a failed request', async () => {
  const former = tasks();
  const assembly = await changed((resources) => setVariable(resources, 'RELEASE', '2'));
  await underLoad(() => system.update({ assemblyDirectory: assembly }));

  expect(tasks().map(({ name }) => name)).toEqual(['analytical-3', 'analytical-4', 'reporting-3', 'reporting-4']);
  for (const service of ['analytical', 'reporting']) {
    // Never fewer than two: none is stopped before another is healthy, nor both before both.
    expect(lineOf(RegExp(`${service}-[34] is healthy`))).toBeLessThan(lineOf(RegExp(`${service}-[12] .*stopping`)));
    for (const number of [1, 2]) expect(lineOf(RegExp(`${service}-${number} .* stopped`))).toBeGreaterThan(0);
  }
  expect(former.map(({ pid }) => pid)).not.toEqual(expect.arrayContaining([tasks()[0]?.pid]));

  await system.update({ assemblyDirectory: assembly });
  expect(tasks().map(({ name }) => name)).toEqual(['analytical-3', 'analytical-4', 'reporting-3', 'reporting-4']);
});

test('a failing migration stops a deployment: the former tasks continue, and nothing is changed', async () => {
  const former = tasks();
  const sql = '-- Up Migration\nCREATE TABLE half_done (id integer);\nSELECT 1 / 0;\n';
  const migrated = await addMigration(deployed, await mkdtemp(join(directory, 'assembly-')), sql);
  const assembly = await changeAssembly(migrated, await mkdtemp(join(directory, 'assembly-')), (resources) =>
    setVariable(resources, 'RELEASE', '3'),
  );
  await underLoad(() =>
    expect(system.update({ assemblyDirectory: assembly })).rejects.toThrow(
      /Custom::Trigger\): migrator failed: .*zero/,
    ),
  );

  expect(tasks()).toEqual(former);
  expect(lines.join('')).not.toMatch(/stopping|is healthy/);
});

test('tasks that never become healthy are stopped, and the former continue', async () => {
  const former = tasks();
  const assembly = await changed((resources) => {
    setVariable(resources, 'RELEASE', '2');
    const reporting = containers(resources).find(({ Name }) => Name === 'reporting') as Container;
    reporting.Command = ['node', 'apps/reporting/src/none.ts'];
  });
  await underLoad(() =>
    expect(system.update({ assemblyDirectory: assembly })).rejects.toThrow(
      /AWS::ECS::Service\): reporting does not start: ended with exit/,
    ),
  );
  expect(tasks()).toEqual(former);
});

test('a changed rule applies at once, and a removed one no longer', async () => {
  const former = tasks();
  const isReporting = ([id]: [string, unknown]) => /^LoadBalancer.*Reporting.*Rule/.test(id);
  const assembly = await changed((resources) => {
    setVariable(resources, 'RELEASE', '2');
    for (const [id] of Object.entries(resources).filter(isReporting)) delete resources[id];
  });
  await system.update({ assemblyDirectory: assembly });
  expect((await fetch(`${system.url}/reporting`)).status).toBe(404);
  expect((await fetch(`${system.url}/api/health`)).status).toBe(200);
  expect(tasks()).toEqual(former);
});
