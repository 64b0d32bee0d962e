/** Starts the whole system on this machine from its templates, and stops it. */
import { join, resolve } from 'node:path';
import { adminToken, handOver, takeBack } from './admin-token.ts';
import { Balancer } from './balancer.ts';
import { DatabaseServer } from './database.ts';
import { Identities } from './identities.ts';
import type { Logs } from './logs.ts';
import type { Machine } from './machine.ts';
import { assertPortFree, freePort } from './ports.ts';
import { Run } from './run.ts';
import { loadSample } from './sample.ts';
import { synthesize } from './synthesize.ts';
import type { Task } from './tasks.ts';
import { type Assembly, readAssembly } from './template/assembly.ts';
import { executeTemplates } from './template/execute.ts';
import { runTool } from './tool.ts';

export interface LocalOptions {
  /** Where the load balancer listens; 0 takes a free port. */
  port: number;
  /** Keeps the database, the tasks' volumes and the secrets from one run to the next. */
  dataDirectory: string;
  /** Makes the synthetic market, if it isn't there yet. */
  sample: boolean;
  /** How many tasks a service is to have, by its name; otherwise as many as its template says. */
  taskCounts?: Record<string, number>;
  logs: Logs;
  /** A synthesized cloud assembly to execute instead of the present one of `infrastructure`. */
  assemblyDirectory?: string;
  /** Gives up the start, and stops what has been started. */
  signal?: AbortSignal;
  /** Makes a stop end at once: nothing is waited for. */
  hurry?: AbortSignal;
}

export interface LocalSystem {
  url: string;
  /** Lets its bearer do everything. */
  adminToken: string;
  /** The tasks that are running now. */
  tasks(): Task[];
  database: DatabaseServer;
  /** Rotates the secrets that a service is told of; resolves when the new values are in force. @throws when a step fails. */
  rotate(serviceName: string): Promise<void>;
  /** The stacks' outputs, by stack and name. */
  outputs: Record<string, Record<string, unknown>>;
  /** Stops everything in order, within 10 s. */
  stop(): Promise<void>;
}

const projectRoot = resolve(import.meta.dirname, '..', '..');

/**
 * Resolves when every task of every service is healthy and the sample is loaded.
 * @throws when anything fails on the way, after everything has been stopped again.
 */
export async function startLocal(options: LocalOptions): Promise<LocalSystem> {
  const { logs, signal, dataDirectory, taskCounts = {} } = options;
  const log = logs.source('local');
  const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work;
    log.info(`${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  };

  const port = options.port === 0 ? await freePort() : options.port;
  const url = `http://localhost:${port}`;
  const run = await Run.claim(resolve(dataDirectory), url);
  // Before anything else is started, so that a mistake leaves nothing to clear away.
  await assertPortFree(port).catch(async (error) => {
    await run.release();
    throw error;
  });

  const database = DatabaseServer.start(run, logs.source('database'));
  const balancer = new Balancer(logs.source('balancer'));
  const services: Machine['services'] = [];
  let identities: Identities | undefined;

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };
  async function stopAll(): Promise<void> {
    run.refuseProcesses();
    await Promise.all(services.map((service) => service.stop()));
    await run.endTasks();
    await Promise.allSettled([balancer.close(), identities?.close()]);
    await database.then((server) => server.stop()).catch(() => {}); // one that did not start needs no stop
    await takeBack(run.directory);
    await run.release();
  }
  options.hurry?.addEventListener('abort', () => {
    for (const service of services) service.hurry();
    void database.then((server) => server.stop({ hurry: true })).catch(() => {});
  });

  async function start(): Promise<LocalSystem> {
    const dashboard = join(projectRoot, 'apps', 'dashboard', 'build-if-stale.ts');
    const [assembly] = await Promise.all([
      timed('The templates are synthesized', readTemplates(options, run)),
      timed('The dashboard is built', runTool('The build of the dashboard', projectRoot, run, [dashboard])),
      timed('The database runs', database),
    ]);
    refuseUnknownServices(taskCounts, assembly);
    const [stack] = assembly.stacks;
    if (!stack) throw new Error('The cloud assembly has no stack to execute.');
    run.assertOpen();
    identities = await Identities.start(run, stack, logs.source('secrets'));
    const machine: Machine = {
      projectRoot,
      port,
      assembly,
      run,
      logs,
      database,
      balancer,
      identities,
      taskCounts,
      taskDefinitions: new Map(),
      functions: new Map(),
      services,
    };
    const outputs = await timed('The templates are executed', executeTemplates(assembly, machine));
    const token = adminToken(outputs, identities);
    await handOver(run.directory, url, token);
    await balancer.open(port, token);
    await timed('Every task is healthy', Promise.all(services.map((service) => service.stable)));
    if (options.sample) await loadSample(url, token, run.directory, log);
    const tasks = () => services.flatMap((service) => service.tasks);
    const rotate = (serviceName: string) => rotateSecrets(machine, serviceName);
    return { url, adminToken: token, tasks, database: await database, rotate, outputs, stop };
  }

  const givenUp = Promise.withResolvers<never>();
  const giveUp = () => givenUp.reject(new Error('The start was given up.'));
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([start(), givenUp.promise]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

async function readTemplates({ assemblyDirectory }: LocalOptions, run: Run): Promise<Assembly> {
  return readAssembly(assemblyDirectory ?? (await synthesize(projectRoot, run)));
}

async function rotateSecrets({ taskDefinitions, identities }: Machine, serviceName: string): Promise<void> {
  const container = [...taskDefinitions.values()].find(({ name }) => name === serviceName);
  const arns = Object.values(container?.environment ?? {}).filter((value) => identities.hasRotation(value));
  if (arns.length === 0) throw new Error(`The templates have no service ${serviceName} with a secret to rotate.`);
  await Promise.all(arns.map((arn) => identities.rotate(arn)));
}

function refuseUnknownServices(taskCounts: Record<string, number>, { stacks }: Assembly): void {
  const names = stacks
    .flatMap(({ template }) => Object.values(template.Resources ?? {}))
    .filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition')
    .flatMap(({ Properties }) => (Properties?.ContainerDefinitions ?? []) as { Name: string }[])
    .map(({ Name }) => Name);
  for (const name of Object.keys(taskCounts)) {
    if (!names.includes(name)) {
      throw new Error(`There is no service ${name} to run tasks of; the templates have ${names.join(' and ')}.`);
    }
  }
}
