/** A service of small servers behind the load balancer, replaced as ECS would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Balancer } from '../src/balancer.ts';
import type { ExecutionContext } from '../src/execution-context.ts';
import { Logs } from '../src/logs.ts';
import { freePort } from '../src/ports.ts';
import { service as serviceHandler } from '../src/resources/ecs-service.ts';
import { Run } from '../src/run.ts';
import { Service, type ServiceSettings } from '../src/service.ts';

const targetGroupArn = 'arn:aws:elasticloadbalancing:ap-southeast-2:000000000000:targetgroup/small/local';
const logs = new Logs({ format: 'pretty', write() {} });
const balancer = new Balancer(logs.source('balancer'));
let directory: string;
let run: Run;
let url: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'property-insights-service-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  run = await Run.claim(directory, url);
  balancer.addTargetGroup(targetGroupArn, {
    healthCheck: { path: '/', interval: 30, timeout: 5, healthyThreshold: 2, unhealthyThreshold: 2, matcher: '200' },
    deregistrationDelay: 30,
    algorithm: 'round_robin',
  });
  balancer.addListener('listener', { type: 'forward', targetGroupArn });
  await balancer.open(port, 'token');
});

afterAll(async () => {
  await balancer.close();
  await run.release();
  await rm(directory, { recursive: true, force: true });
});

/** Answers with its release, and ends at SIGTERM once it has finished what it has. */
const server = `const server = require('node:http').createServer((_, response) => setTimeout(() => response.end(process.env.RELEASE), 20));
server.listen(process.env.PORT, process.env.HOST);
process.on('SIGTERM', () => server.close());`;

const settings = (release: string, changes: Partial<ServiceSettings> = {}): ServiceSettings => ({
  tasks: {
    container: {
      name: 'small',
      command: process.execPath,
      arguments: ['--eval', server],
      workingDirectory: directory,
      environment: { RELEASE: release },
      mounts: [],
      stopTimeoutSeconds: 30,
    },
    targetGroupArns: [targetGroupArn],
    startTimeoutSeconds: 30,
  },
  count: 2,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  ...changes,
});

async function start(initial: ServiceSettings): Promise<Service> {
  const service = new Service(initial, { run, logs, balancer });
  onTestFinished(() => service.stop());
  await service.stable;
  return service;
}

/** Makes requests one after another until something is done, and one more. @returns what they were answered, each once, in order. */
async function answersDuring(work: Promise<unknown>): Promise<string[]> {
  const answers: string[] = [];
  let done = false;
  const finish = () => {
    done = true;
  };
  work.then(finish, finish);
  const ask = async () => answers.push(await (await fetch(url)).text());
  while (!done) await ask();
  await work;
  await ask();
  return [...new Set(answers)];
}

const names = (service: Service) => service.tasks.map(({ name }) => name);
const half = { minimumHealthyPercent: 50, maximumPercent: 100 };

describe('a service', () => {
  test('starts as many tasks beside the former ones as it may, and ends those when the new are healthy', async () => {
    const service = await start(settings('1'));
    expect(names(service)).toEqual(['small-1', 'small-2']);
    expect(await answersDuring(service.update(settings('2')))).toEqual(['1', '2']);
    expect(names(service)).toEqual(['small-3', 'small-4']);
  });

  test('with a maximum of 100 % ends former tasks first, as many as the minimum allows', async () => {
    const service = await start(settings('1', half));
    const update = service.update(settings('2', half));
    // One is to end at once; the other is healthy, and has to be, until a new one is.
    expect(await answersDuring(update)).toEqual(['1', '2']);
    expect(names(service)).not.toEqual(['small-1', 'small-2']);
    expect(service.tasks).toHaveLength(2);
  });

  test('goes back when the new tasks fail, and the former ones keep running', async () => {
    const service = await start(settings('1'));
    const former = service.tasks;
    const failing = settings('2');
    failing.tasks.container.arguments = ['--eval', "console.error('no such thing'); process.exit(1);"];
    const update = expect(service.update(failing)).rejects.toThrow(/^small does not start: .*no such thing/);
    expect(await answersDuring(update)).toEqual(['1']);
    expect(service.tasks).toEqual(former);
  });

  test('is redeployed with the same settings, and no request fails', async () => {
    const service = await start(settings('1'));
    expect(await answersDuring(service.redeploy())).toEqual(['1']);
    expect(names(service)).toEqual(['small-3', 'small-4']);
  });

  test('with another number of tasks keeps as many as it can', async () => {
    const service = await start(settings('1'));
    const former = service.tasks;
    await service.update(settings('1', { count: 3 }));
    expect(service.tasks.slice(0, 2)).toEqual(former);
    expect(service.tasks).toHaveLength(3);
    await service.update(settings('1', { count: 1 }));
    expect(service.tasks).toEqual(former.slice(0, 1));
  });
});

describe('a service in a template is refused', () => {
  const DeploymentCircuitBreaker = { Enable: true, Rollback: true };
  test.each<[what: string, configuration: Record<string, unknown>, message: RegExp]>([
    [
      'without a circuit breaker',
      {},
      /^Without a circuit breaker, a deployment of small .* continues for hours: enable DeploymentCircuit/,
    ],
    [
      'whose tasks could not be replaced',
      { DeploymentCircuitBreaker, MinimumHealthyPercent: 50, MaximumPercent: 100 },
      /^No task of small can be replaced: of 1, at least 1 must be healthy \(MinimumHealthyPercent 50\) and at most 1/,
    ],
  ])('%s', (_, DeploymentConfiguration, message) => {
    const { container } = settings('1').tasks;
    const context = { taskDefinitions: new Map([['task', container]]), taskCounts: {} } as unknown as ExecutionContext;
    const request = {
      logicalId: 'Small',
      properties: { TaskDefinition: 'task', DesiredCount: 1, DeploymentConfiguration },
      stack: { name: 'stack', account: '000000000000', region: 'ap-southeast-2' },
      constructName: 'service',
    };
    expect(() => serviceHandler.make(request, context)).toThrow(message);
  });
});
